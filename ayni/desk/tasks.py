"""Jobs: reminders in the morning of each post."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ayni.desk import reminders
from ayni.lib import clock


@app.periodic(cron="20 * * * *", periodic_id="desk.remind")
@app.task(queueing_lock="desk.remind", name="desk.remind", pass_context=False)
def remind(timestamp: int) -> None:
    """Every hour, for posts where it is morning now or was today: at most one a day and officer."""
    reminders.remind(now=clock.now())
