"""Jobs: alerts whose time is over."""

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
