"""What was accepted is signed by a second person, and published by a job in her name.

A content of many parts takes minutes: each part is an entry of its own, signed and queued for every
node. So a person signs once, the release stands as being published, and the job goes on where it
was killed: parts that stand already are left, and the header, which makes it count, is the last.
"""

from __future__ import annotations

from uuid import UUID

from django.db.models import F

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, Refused
from ayni.members import api as members
from ayni.statistics.disclosure.findings import Mode
from ayni.statistics.releasing import budget, content, kept
from ayni.statistics.releasing.errors import (
    ChangedSinceReview,
    NotYourStep,
    PublishedMeanwhile,
    PublishingBroken,
)
from ayni.statistics.releasing.kinds import PART, RELEASE, header, part_key
from ayni.statistics.releasing.reviewing import check_act, locked
from ayni.statistics.releasing.states import Act, State, leads_to
from ayni.statistics.releasing.tables import Decision, Release, ReleaseReview, ReleaseTask, TaskKind
from ayni.statistics.tasks import ask_for_task

MOST_TRIES = 5


def sign_release(*, by: Actor, release_id: UUID, queue: bool = True) -> Release:
    """Sign what was accepted: from now on it is published to all members, by a job that is queued
    unless the caller goes on at once. Raises as `check_act`, `PublishedMeanwhile`,
    `ChangedSinceReview`."""
    with audit.act(by=by, verb="statistics.sign_release", subject=release_id) as act:
        row = locked(release_id)
        budget.hold(row.population)
        state = check_act(by=by, release=row, act=Act.SIGN)
        raw = kept.raw_content(row.id)
        _check_may_come_out(row, raw)
        row.state = state
        row.save(update_fields=["state"])
        ReleaseTask.objects.create(
            release=row, kind=TaskKind.PUBLISH, asked_by=by.id, asked_at=clock.now(),
            steps=len(content.packed(raw)) + 1,
        )  # fmt: skip
        act.note(sha256=row.sha256)
        if queue:
            ask_for_task(str(row.id), TaskKind.PUBLISH)
    return row


def publish_release(*, by: Actor, release_id: UUID) -> Release:
    """Sign and publish at once, without waiting for the job; a correction comes in the place of
    what it corrects. Raises as `sign_release`, and what `gazette.publish` raises."""
    sign_release(by=by, release_id=release_id, queue=False)
    return publish_signed(release_id=release_id)


def publish_signed(*, release_id: UUID) -> Release:
    """Publish what was signed, in the name of who signed it; nothing where that is done. A refusal
    leaves it accepted and is raised: nothing of it counts."""
    task = ReleaseTask.objects.filter(
        release=release_id, kind=TaskKind.PUBLISH, ended_at=None
    ).first()
    if task is None:
        return Release.objects.get(id=release_id)
    ReleaseTask.objects.filter(id=task.id).update(tries=F("tries") + 1)
    task.refresh_from_db()
    try:
        if task.tries > MOST_TRIES:
            raise PublishingBroken(tries=MOST_TRIES)
        by = _who(task)
        raw = kept.raw_content(release_id)
        for number, part in enumerate(content.packed(raw)):
            publish_part(by, raw, number, part)
            ReleaseTask.objects.filter(id=task.id).update(done=number + 1)
        return _publish_header(by, task)
    except Refused as refused:
        _stop(task, refused)
        raise


def _who(task: ReleaseTask) -> Actor:
    """Who signed, as she or he stands now. Raises `NotAllowed`."""
    try:
        return members.actor_of(members.user(task.asked_by))
    except NotFound:
        raise NotAllowed from None


def publish_part(by: Actor, raw: bytes, number: int, part: str) -> None:
    """One part of a content, in a transaction of its own; one that stands already is left, also
    where another job has published it at this moment."""
    here = members.this_node()
    key = part_key(content.digest_of(raw), number)
    if gazette.one(owner=here, kind=PART, key=key) is not None:
        return
    try:
        gazette.publish(by=by, kind=PART, key=key, seen=0, body={"part": part})
    except gazette.StaleEntry:
        if gazette.one(owner=here, kind=PART, key=key) is None:
            raise


def _publish_header(by: Actor, task: ReleaseTask) -> Release:
    with audit.act(by=by, verb="statistics.publish_release", subject=task.release_id) as act:
        row = locked(task.release_id)
        budget.hold(row.population)
        if row.state == State.PUBLISHED:  # another job was faster
            return row
        state = check_act(by=by, release=row, act=Act.PUBLISH)
        raw = kept.raw_content(row.id)
        _check_may_come_out(row, raw)
        corrected = None if row.corrects_id is None else locked(row.corrects_id)
        seen, row.key = 0, str(row.id)
        if corrected is not None:
            replaced = leads_to(State(corrected.state), Act.REPLACE)
            if replaced is None:
                raise NotYourStep
            seen, row.key = corrected.version, corrected.key
            corrected.state = replaced
            corrected.save(update_fields=["state"])
        found = gazette.publish(by=by, kind=RELEASE, key=row.key, seen=seen, body=header(row, raw))
        row.state, row.version = state, found.said.version
        row.published_by, row.published_at = UUID(by.id), clock.now()
        row.save()
        ReleaseTask.objects.filter(id=task.id).update(done=task.steps, ended_at=clock.now())
        act.note(version=row.version, sha256=row.sha256)
    return row


def _stop(task: ReleaseTask, refused: Refused) -> None:
    """It stands as accepted again, and why is kept."""
    by = audit.job("statistics.publish_release")
    with audit.act(by=by, verb="statistics.stop_publishing", subject=task.release_id) as act:
        row = locked(task.release_id)
        state = leads_to(State(row.state), Act.STOP)
        if state is not None:
            row.state = state
            row.save(update_fields=["state"])
        ReleaseTask.objects.filter(id=task.id, ended_at=None).update(
            ended_at=clock.now(), problem=refused.code
        )
        act.note(problem=refused.code)


def _check_may_come_out(row: Release, raw: bytes) -> None:
    """Raise `PublishedMeanwhile` or `ChangedSinceReview` unless these very bytes were accepted by a
    second person, and nothing of the same persons came between check and publication."""
    before = [each for each in kept.released(row.population) if each.id != row.id]
    # Beside others the noise needs no check; the method of a group of persons stays one.
    alone = row.mode != Mode.DIFFERENTIAL_PRIVACY
    if alone and row.seen != [str(each.id) for each in before]:
        raise PublishedMeanwhile
    if any(each.method != row.method for each in before):
        raise PublishedMeanwhile
    if alone and row.beside != kept.others(row):
        raise PublishedMeanwhile
    under_way = Release.objects.filter(population=row.population, state=State.PUBLISHING)
    if (alone or under_way.exclude(method=row.method).exists()) and under_way.exclude(
        id=row.id
    ).exists():
        raise PublishedMeanwhile
    accepted = ReleaseReview.objects.filter(
        release=row, decision=Decision.ACCEPT, sha256=row.sha256
    )
    if content.digest_of(raw) != row.sha256 or not accepted.exists():
        raise ChangedSinceReview
