"""Jobs: alerts whose time is over, and answers that were taken back."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ayni.alerts import expiring
from ayni.exchange import api as exchange
from ayni.lib import clock


@app.periodic(cron="*/5 * * * *", periodic_id="alerts.remove_expired")
@app.task(queueing_lock="alerts.remove_expired", name="alerts.remove_expired", pass_context=False)
def remove_expired(timestamp: int) -> None:
    """Every five minutes. Between its end and this nobody reads an alert either, so that nothing
    is removed by a clock that other nodes call ahead: somebody may still be missing."""
    if exchange.clock_is_ahead():
        return
    expiring.remove_expired(now=clock.now())


@app.periodic(cron="2-59/5 * * * *", periodic_id="alerts.tell_untold")
@app.task(queueing_lock="alerts.tell_untold", name="alerts.tell_untold", pass_context=False)
def tell_untold(timestamp: int) -> None:
    """Every five minutes, so that whoever comes back is told soon that an answer is taken back, or
    that one is destroyed."""
    expiring.tell_untold()
