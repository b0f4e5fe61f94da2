"""Jobs: a pause is over."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ayni.cooperation import pausing
from ayni.lib import clock


@app.periodic(cron="1 * * * *", periodic_id="cooperation.pauses_over")
@app.task(
    queueing_lock="cooperation.pauses_over", name="cooperation.pauses_over", pass_context=False
)
def pauses_over(timestamp: int) -> None:
    """Every hour, for a pause ends at a full one: what is due counts again in lists."""
    pausing.work_out_anew(now=clock.now())
