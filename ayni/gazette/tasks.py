"""Once a day this node and the others compare what they hold of what is published."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ayni.audit import api as audit
from ayni.gazette import comparing
from ayni.lib import clock


@app.periodic(cron="37 * * * *", periodic_id="gazette.compare")
@app.task(
    queue="exchange",
    name="gazette.compare",
    lock="gazette.compare",
    queueing_lock="gazette.compare",
)
def compare(timestamp: int) -> None:
    """Each other node once a day; asked every hour, so that a node that was down compares when it
    is back."""
    comparing.compare(by=audit.job("gazette.compare"), now=clock.now())
