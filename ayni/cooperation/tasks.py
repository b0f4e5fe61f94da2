"""Jobs: a pause is over; what another institution let be read has reached its
time; a consent did; what was kept after a withdrawal was erased."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ayni.audit import api as audit
from ayni.cooperation import attaching, expiring, handled, pausing, untaken, withdrawals
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members


@app.periodic(cron="1 * * * *", periodic_id="cooperation.pauses_over")
@app.task(
    queueing_lock="cooperation.pauses_over", name="cooperation.pauses_over", pass_context=False
)
def pauses_over(timestamp: int) -> None:
    """Every hour, for a pause ends at a full one: what is due counts again in lists."""
    pausing.work_out_anew(now=clock.now())


@app.periodic(cron="*/5 * * * *", periodic_id="cooperation.handling_over")
@app.task(
    queueing_lock="cooperation.handling_over", name="cooperation.handling_over", pass_context=False
)
def handling_over(timestamp: int) -> None:
    """Every five minutes: destroy what may not be read any more. Nobody could read it meanwhile,
    also while nothing is destroyed: by a clock that other nodes call ahead."""
    if exchange.clock_is_ahead():
        return
    handled.destroy_what_is_over(now=clock.now())


@app.periodic(cron="7 4 * * *", periodic_id="cooperation.forget_erased")
@app.task(
    queueing_lock="cooperation.forget_erased", name="cooperation.forget_erased", pass_context=False
)
def forget_erased(timestamp: int) -> None:
    """Every night: chunks that nobody can open any more give their room back."""
    for institution in members.institutions():
        if institution.state == members.this_node():
            attaching.forget_erased(institution=institution.id)


@app.periodic(cron="47 4 * * *", periodic_id="cooperation.apply_untaken")
@app.task(
    queueing_lock="cooperation.apply_untaken", name="cooperation.apply_untaken", pass_context=False
)
def apply_untaken(timestamp: int) -> None:
    """Every night: block and erase what nobody took into a case, for each institution. Nothing by a
    clock that other nodes call ahead."""
    if exchange.clock_is_ahead():
        return
    for institution in members.institutions(state=members.this_node()):
        with members.acting(institution.id):
            by = audit.job("cooperation.apply_untaken", str(institution.id))
            untaken.apply_untaken(by=by, now=clock.now())


@app.periodic(cron="7 5 * * *", periodic_id="cooperation.destroyed_meanwhile")
@app.task(
    queueing_lock="cooperation.destroyed_meanwhile",
    name="cooperation.destroyed_meanwhile",
    pass_context=False,
)
def destroyed_meanwhile(timestamp: int) -> None:
    """Every night, after retention: what was kept for a reason and is erased now is told to those
    whose person has withdrawn the consent."""
    for institution in members.institutions(state=members.this_node()):
        with members.acting(institution.id):
            by = audit.job("cooperation.destroyed_meanwhile", str(institution.id))
            withdrawals.destroyed_meanwhile(by=by)


@app.periodic(cron="*/10 * * * *", periodic_id="cooperation.consents_over")
@app.task(
    queueing_lock="cooperation.consents_over", name="cooperation.consents_over", pass_context=False
)
def consents_over(timestamp: int) -> None:
    """Every ten minutes: whoever received data under a consent whose time is over is told; not by a
    clock that other nodes call ahead, for they would destroy it."""
    if exchange.clock_is_ahead():
        return
    for institution in members.institutions(state=members.this_node()):
        with members.acting(institution.id):
            by = audit.job("cooperation.consents_over", str(institution.id))
            expiring.consents_over(by=by, now=clock.now())
