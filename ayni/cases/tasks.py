"""Jobs: forms in progress are gone after 24 hours, records when their time is over; who opened more
than is usual."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ayni.audit import api as audit
from ayni.cases import drafts, erasing, readings
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members


@app.periodic(cron="7 * * * *", periodic_id="cases.drop_expired")
@app.task(queueing_lock="cases.drop_expired", name="cases.drop_expired", pass_context=False)
def drop_expired(timestamp: int) -> None:
    """Every hour: remove drafts and traces of sent forms that are older than 24 hours."""
    drafts.drop_expired()


@app.periodic(cron="37 4 * * *", periodic_id="cases.apply_retention")
@app.task(queueing_lock="cases.apply_retention", name="cases.apply_retention", pass_context=False)
def apply_retention(timestamp: int) -> None:
    """Every day: block and erase what is due, for each institution of this node. Nothing by a
    clock that other nodes call ahead: what was erased cannot come back."""
    if exchange.clock_is_ahead():
        return
    for institution in members.institutions(state=members.this_node()):
        with members.acting(institution.id):
            by = audit.job("cases.apply_retention", str(institution.id))
            erasing.apply_retention(by=by, now=clock.now())


@app.periodic(cron="52 * * * *", periodic_id="cases.count_readings")
@app.task(queueing_lock="cases.count_readings", name="cases.count_readings", pass_context=False)
def count_readings(timestamp: int) -> None:
    """Every hour: raise an alarm where an officer opened more than the budget of the role."""
    for institution in members.institutions(state=members.this_node()):
        with members.acting(institution.id):
            by = audit.job("cases.count_readings", str(institution.id))
            readings.notice_readings(by=by, now=clock.now())
