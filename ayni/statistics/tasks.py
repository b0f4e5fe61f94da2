"""Jobs: sums over states are added as soon as they are complete, cases counted as they change,
proposed releases checked, files that officers gave taken in."""

from __future__ import annotations

import logging
from dataclasses import asdict
from uuid import UUID

from django.db import transaction
from procrastinate import exceptions
from procrastinate.contrib.django import app

from ayni.audit import api as audit
from ayni.lib import clock
from ayni.lib.errors import Refused
from ayni.members import api as members
from ayni.statistics.masked import adding, forgetting, sending
from ayni.statistics.sources import own_cases

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *", periodic_id="statistics.add_sums")
@app.task(
    queue="exchange",
    name="statistics.add_sums",
    lock="statistics.add_sums",
    queueing_lock="statistics.add_sums",
)
def add_sums(timestamp: int) -> None:
    """Every minute: add what is complete; the last announcement may come after the last part."""
    if members.this_node() == members.SECRETARIAT:
        adding.add_what_is_complete(by=audit.job("statistics.add_sums"))


@app.periodic(cron="* * * * *", periodic_id="statistics.send_sum_parts")
@app.task(
    queue="exchange",
    name="statistics.send_sum_parts",
    lock="statistics.send_sum_parts",
    queueing_lock="statistics.send_sum_parts",
)
def send_sum_parts(timestamp: int) -> None:
    """Every minute: let this state's part of a sum leave if all others know that it was given, or
    end it if the last day has passed."""
    if members.this_node() != members.SECRETARIAT:
        sending.send_what_may_leave(by=audit.job("statistics.send_sum_parts"))


@app.periodic(cron="53 2 * * *", periodic_id="statistics.forget_sums")
@app.task(
    queue="exchange",
    name="statistics.forget_sums",
    lock="statistics.forget_sums",
    queueing_lock="statistics.forget_sums",
)
def forget_sums(timestamp: int) -> None:
    """Every night: delete secrets and parts of sums over states that have ended."""
    forgetting.forget_what_ended(by=audit.job("statistics.forget_sums"))


@app.periodic(cron="* * * * *", periodic_id="statistics.count_cases")
@app.task(
    name="statistics.count_cases",
    lock="statistics.count_cases",
    queueing_lock="statistics.count_cases",
)
def count_cases(timestamp: int) -> None:
    """Every minute: count the cases of which something has changed."""
    for institution in members.institutions(state=members.this_node()):
        with members.acting(institution.id):
            by = audit.job("statistics.count_cases", str(institution.id))
            own_cases.count_changed(by=by)


@app.periodic(cron="23 3 * * *", periodic_id="statistics.check_case_counts")
@app.task(
    name="statistics.check_case_counts",
    lock="statistics.count_cases",
    queueing_lock="statistics.check_case_counts",
)
def check_case_counts(timestamp: int) -> None:
    """Every night: count all cases anew, put right what differs and say so."""
    for institution in members.institutions(state=members.this_node()):
        with members.acting(institution.id):
            by = audit.job("statistics.check_case_counts", str(institution.id))
            found = own_cases.count_all(by=by)
        if found.missed or found.cells:
            told = {"institution": str(institution.id), **asdict(found)}
            log.warning("counts of cases were put right", extra={"ids": told})


@app.periodic(cron="43 3 * * *", periodic_id="statistics.count_records")
@app.task(
    name="statistics.count_records",
    lock="statistics.count_records",
    queueing_lock="statistics.count_records",
)
def count_records(timestamp: int) -> None:
    """Every night: count records in HTCDS of which nothing was counted yet."""
    # Not at the top: whatever reads files of HTCDS is loaded by whoever needs it.
    from ayni.statistics.htcds import counting

    for institution in members.institutions(state=members.this_node()):
        with members.acting(institution.id):
            by = audit.job("statistics.count_records", str(institution.id))
            counting.count_what_is_not(by=by, now=clock.now())


@app.periodic(cron="33 3 * * *", periodic_id="statistics.forget_files")
@app.task(
    name="statistics.forget_files",
    lock="statistics.forget_files",
    queueing_lock="statistics.forget_files",
)
def forget_files(timestamp: int) -> None:
    """Every night: delete the files of releases that were taken back or replaced, whether or not
    anybody has asked for one since."""
    # Not at the top: pages are loaded by whoever shows them.
    from ayni.statistics import releases
    from ayni.statistics.pages import kept_files

    kept_files.keep_only(releases.shown_digests())


@app.periodic(cron="*/5 * * * *", periodic_id="statistics.prepare_files")
@app.task(
    name="statistics.prepare_files",
    lock="statistics.prepare_files",
    queueing_lock="statistics.prepare_files",
)
def prepare_files(timestamp: int) -> None:
    """Every five minutes: make the large files of what was published, before anybody waits."""
    # Not at the top: pages are loaded by whoever shows them.
    from ayni.statistics.pages import prepared_files

    prepared_files.prepare()


@app.task(queue="exchange", name="statistics.check_release")
def check_release(release: str) -> None:
    """Look at a proposed release; one that was looked at is left as it is."""
    # Not at the top: who proposes queues this.
    from ayni.statistics.releasing import checking

    checking.check_release(by=audit.job("statistics.check_release"), release_id=UUID(release))


def ask_to_check(release: str) -> None:
    """Queue the check in the present transaction, unless it is queued already."""
    name = f"release-{release}"
    # One at a time: a check works for minutes, and other jobs need the worker.
    lock = "statistics.check_release"
    try:
        with transaction.atomic():
            check_release.configure(lock=lock, queueing_lock=name).defer(release=release)
    except exceptions.AlreadyEnqueued:
        return


@app.task(queue="exchange", name="statistics.release_task")
def release_task(release: str, kind: str) -> None:
    """Publish what was signed, or make a release again; done once, whoever asks how often."""
    from ayni.statistics.releasing import publishing, rebuilding
    from ayni.statistics.releasing.tables import TaskKind

    if kind == TaskKind.REBUILD:
        rebuilding.rebuild_asked(release_id=UUID(release))
        return
    try:
        publishing.publish_signed(release_id=UUID(release))
    except Refused as refused:  # kept with the release, and told on its page
        log.warning("a release was not published", extra={"ids": {"code": refused.code}})


def ask_for_task(release: str, kind: str) -> None:
    """Queue it in the present transaction, unless it is queued already."""
    name = f"release-{kind}-{release}"
    try:
        with transaction.atomic():
            release_task.configure(lock=f"statistics.release_{kind}", queueing_lock=name).defer(
                release=release, kind=kind
            )
    except exceptions.AlreadyEnqueued:
        return


@app.periodic(cron="*/5 * * * *", periodic_id="statistics.check_releases")
@app.task(
    queue="exchange", name="statistics.check_releases", queueing_lock="statistics.check_releases"
)
def check_releases(timestamp: int) -> None:
    """Every five minutes: proposals, publications and rebuildings of which the job was lost or has
    failed."""
    from ayni.statistics.releasing import checking

    for release in checking.unchecked():
        ask_to_check(str(release))
    for release, kind in checking.unfinished():
        ask_for_task(str(release), kind)


@app.task(name="statistics.import_upload")
def import_upload(institution: str, upload: str) -> None:
    """Take in a file that an officer gave at a page; the arguments are ids only."""
    # Not at the top: who gives a file queues this.
    from ayni.statistics.htcds import upload_job

    upload_job.import_upload(institution=UUID(institution), upload=UUID(upload))


def ask_to_import(institution: str, upload: str) -> None:
    """Queue it in the present transaction, unless it is queued already."""
    try:
        with transaction.atomic():
            import_upload.configure(
                lock="statistics.import_upload", queueing_lock=f"upload-{upload}"
            ).defer(institution=institution, upload=upload)
    except exceptions.AlreadyEnqueued:
        return


@app.periodic(cron="*/5 * * * *", periodic_id="statistics.check_uploads")
@app.task(name="statistics.check_uploads", queueing_lock="statistics.check_uploads")
def check_uploads(timestamp: int) -> None:
    """Every five minutes: files whose job was lost or has failed are taken up again, and what
    nobody waits for, or came a day ago, is destroyed."""
    from ayni.statistics.htcds import upload_job

    for institution in members.institutions(state=members.this_node()):
        by = audit.job("statistics.check_uploads", str(institution.id))
        with members.acting(institution.id):
            upload_job.destroy_what_is_over(by=by, now=clock.now())
            upload_job.destroy_files_that_ended(by=by)
            for upload in upload_job.unfinished():
                ask_to_import(str(institution.id), str(upload))
