"""Sums over states are added as soon as they are complete; proposed releases are checked."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from procrastinate import exceptions
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


@app.task(queue="exchange", name="statistics.check_release")
def check_release(release: str) -> None:
    """Look at a proposed release; one that was looked at is left as it is."""
    # Not at the top: who proposes queues this.
    from ayni.statistics.releasing import checking

    checking.check_release(by=audit.job("statistics.check_release"), release_id=UUID(release))


def ask_to_check(release: str) -> None:
    """Queue the check in the present transaction, unless it is queued already."""
    name = f"release-{release}"
    try:
        with transaction.atomic():
            check_release.configure(lock=name, queueing_lock=name).defer(release=release)
    except exceptions.AlreadyEnqueued:
        return


@app.periodic(cron="*/5 * * * *", periodic_id="statistics.check_releases")
@app.task(
    queue="exchange", name="statistics.check_releases", queueing_lock="statistics.check_releases"
)
def check_releases(timestamp: int) -> None:
    """Every five minutes: proposals of which the job was lost or has failed."""
    from ayni.statistics.releasing import checking

    for release in checking.unchecked():
        ask_to_check(str(release))
