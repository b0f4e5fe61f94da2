"""Every few minutes: notices of the public that wait are handed up."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ayni.help import api


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="help.deliver_waiting", pass_context=False)
def deliver_waiting(timestamp: int) -> None:
    """Hand up what waits; does nothing when nothing waits."""
    api.deliver_waiting()
