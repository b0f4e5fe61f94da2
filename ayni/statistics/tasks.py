"""Sums over states are added as soon as they are complete."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ayni.audit import api as audit
from ayni.members import api as members
from ayni.statistics.masked import adding


@app.periodic(cron="*/10 * * * *", periodic_id="statistics.add_sums")
@app.task(
    queue="exchange",
    name="statistics.add_sums",
    lock="statistics.add_sums",
    queueing_lock="statistics.add_sums",
)
def add_sums(timestamp: int) -> None:
    """Add every sum over states of which all parts are here."""
    if members.this_node() == members.SECRETARIAT:
        adding.add_what_is_complete(by=audit.job("statistics.add_sums"))
