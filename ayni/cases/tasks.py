"""Jobs: forms in progress are gone after 24 hours."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ayni.cases import drafts


@app.periodic(cron="7 * * * *", periodic_id="cases.drop_expired")
@app.task(queueing_lock="cases.drop_expired", name="cases.drop_expired", pass_context=False)
def drop_expired(timestamp: int) -> None:
    """Every hour: remove drafts and traces of sent forms that are older than 24 hours."""
    drafts.drop_expired()
