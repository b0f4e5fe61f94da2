"""Jobs at fixed times, and one that is killed is taken up again. Delivering is the courier's."""

from __future__ import annotations

import logging

from django.db import transaction
from procrastinate import JobContext, exceptions
from procrastinate.contrib.django import app
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from ayni.audit import api as audit
from ayni.exchange import (
    ahead,
    chunk_tasks,
    contents,
    fetch_tasks,
    heads,
    inbox,
    keys,
    limits,
    lost,
    message_log,
    missing,
    our_clock,
    refresh,
    resealed,
    resealing,
    trust,
    unknown,
)
from ayni.exchange.errors import KeysExpired, NotTrusted
from ayni.lib import clock

log = logging.getLogger("ayni.exchange")
FOUND_HERE = (chunk_tasks, fetch_tasks)  # whose jobs are found through this file
STALLED_AFTER, STALLED_EVERY = 30, 15  # seconds: no sign of a worker; its jobs are looked for


@app.task(queue="exchange", name="exchange.refresh_trust", lock="exchange.refresh_trust")
def refresh_trust() -> None:
    """Fetch the directories and key sheets that are new."""
    refresh.refresh(by=audit.job("exchange.refresh"))


def ask_to_refresh() -> None:
    """Queue a refresh, unless one is queued already: a peer signs by a sheet not known here."""
    try:
        with transaction.atomic():
            refresh_trust.configure(queueing_lock="exchange.refresh_trust").defer()
    except exceptions.AlreadyEnqueued:
        return


def ask_to_refresh_for_whoever_asks() -> None:
    """The same for a request by a key sheet that is not known here, which anybody can write: not
    more often than `limits` lets strangers."""
    if limits.of_this_process().may_refresh():
        ask_to_refresh()


@app.periodic(cron="17 * * * *", periodic_id="exchange.refresh_hourly")
@app.task(queue="exchange", name="exchange.refresh_hourly", queueing_lock="exchange.refresh_hourly")
def refresh_hourly(timestamp: int) -> None:
    """Every hour: our own keys if they are due, and what the other members have published."""
    if trust.directory_document() is None:
        return
    ahead.renew_if_due(by=audit.job("exchange.renew"), now=clock.now())
    ask_to_refresh()


@app.periodic(cron="41 3 * * *", periodic_id="exchange.remove_old_keys")
@app.task(
    queue="exchange", name="exchange.remove_old_keys", queueing_lock="exchange.remove_old_keys"
)
def remove_old_keys(timestamp: int) -> None:
    """Every night: private keys of sheets that were succeeded long ago and that nothing needs, and
    what is kept of messages to give them again. Nothing goes by a clock that is called ahead."""
    if our_clock.is_ahead():
        return
    keys.remove_old_keys(by=audit.job("exchange.remove_old_keys"), now=clock.now())
    resealing.let_go(now=clock.now())
    contents.sweep()


@app.periodic(cron="23 * * * *", periodic_id="exchange.sign_head")
@app.task(
    queue="exchange",
    name="exchange.sign_head",
    lock="exchange.sign_head",
    queueing_lock="exchange.sign_head",
)
def sign_head(timestamp: int) -> None:
    """Once a day: the heads of the audit chain and of the log of messages go to the others. Asked
    every hour, so that a node that was down at that time signs when it is back."""
    if trust.directory_document() is None:
        return
    try:
        heads.sign_head(by=audit.job("exchange.sign_head"), now=clock.now())
        message_log.sign(by=audit.job("exchange.sign_log"), now=clock.now())
    except (NotTrusted, KeysExpired) as refusal:
        log.error("head not signed", extra={"ids": {"why": refusal.code}})


@app.periodic(cron="* * * * *", periodic_id="exchange.apply_waiting")
@app.task(queue="exchange", name="exchange.apply_waiting", queueing_lock="exchange.apply_waiting")
def apply_waiting(timestamp: int) -> None:
    """Every minute: messages that were ahead of our clock and whose time has come, and those of a
    kind that this node has learnt by an upgrade."""
    inbox.apply_waiting()
    unknown.take_up()
    if trust.directory_document() is not None:
        resealed.ask_for_lost(by=audit.job("exchange.ask_again"))
        lost.ask(by=audit.job("exchange.ask_again"))
        missing.ask(by=audit.job("exchange.ask_missing"), now=clock.now())


@app.periodic(cron=f"* * * * * */{STALLED_EVERY}", periodic_id="exchange.retry_stalled")
@app.task(
    queue="exchange",
    name="exchange.retry_stalled",
    queueing_lock="exchange.retry_stalled",
    pass_context=True,
)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Four times a minute: a job whose worker was killed stays `doing` for ever otherwise."""
    await take_up_stalled(context.app.job_manager)


async def take_up_stalled(jobs: JobManager) -> None:
    """Queue again the jobs of workers that gave no sign for 30 s; whichever room they are of."""
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER):
        try:
            await jobs.retry_job(job)
        except (exceptions.AlreadyEnqueued, exceptions.UniqueViolation):
            # The same is queued already; left as it is, its lock would hold that one up for ever.
            await jobs.finish_job(job, Status.FAILED, delete_job=False)
