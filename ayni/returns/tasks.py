"""Jobs: plans whose journey is long over."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.returns import planning


@app.periodic(cron="20 * * * *", periodic_id="returns.forget_plans")
@app.task(queueing_lock="returns.forget_plans", name="returns.forget_plans", pass_context=False)
def forget_plans(timestamp: int) -> None:
    """Every hour; not by a clock that other nodes call ahead."""
    if exchange.clock_is_ahead():
        return
    planning.forget_over(now=clock.now())
