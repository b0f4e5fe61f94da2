"""A second person decides with reasons; what was published is withdrawn; what was not is left."""

from __future__ import annotations

from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import Refused, Stale
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics.releasing import kept
from ayni.statistics.releasing.errors import (
    NotYourStep,
    OwnProposal,
    ReasonsNeeded,
    UnknownRelease,
    WhyNeeded,
)
from ayni.statistics.releasing.kinds import RELEASE, header
from ayni.statistics.releasing.reasons import WhyWithdrawn
from ayni.statistics.releasing.states import Act, State, leads_to
from ayni.statistics.releasing.tables import Decision, Release, ReleaseReview
from ayni.vault import api as vault

_DECISIONS = {Decision.ACCEPT: Act.ACCEPT, Decision.SEND_BACK: Act.SEND_BACK}
SHORTEST = 10  # characters of reasons
# Acts of a person, by the permission each needs. Nobody does those of `_BY_ANOTHER` to her own.
_NEEDS = {
    Act.ACCEPT: Permission.RELEASE_REVIEW,
    Act.SEND_BACK: Permission.RELEASE_REVIEW,
    Act.SIGN: Permission.RELEASE_REVIEW,
    Act.PUBLISH: Permission.RELEASE_REVIEW,
    Act.WITHDRAW: Permission.RELEASE_REVIEW,
    Act.DISCARD: Permission.RELEASE_PROPOSE,
}
_BY_ANOTHER = (Act.ACCEPT, Act.SEND_BACK, Act.SIGN, Act.PUBLISH)


def check_act(*, by: Actor, release: Release, act: Act) -> State:
    """The state to which this act of this person leads. Raises `NotAllowed`, `OwnProposal`,
    `NotYourStep`; KeyError for an act of the machine."""
    members.check_may(by, _NEEDS[act])
    if act in _BY_ANOTHER and by.id == str(release.proposed_by):
        raise OwnProposal
    state = leads_to(State(release.state), act)
    if state is None:
        raise NotYourStep
    return state


def can_correct(*, by: Actor, release: Release) -> bool:
    """Whether this person may propose something in the place of this release."""
    return release.state == State.PUBLISHED and members.may(by, Permission.RELEASE_PROPOSE)


def can_act(*, by: Actor, release: Release, act: Act) -> bool:
    """Whether `check_act` would let it pass."""
    try:
        check_act(by=by, release=release, act=act)
    except Refused:
        return False
    return True


def review_release(
    *, by: Actor, release_id: UUID, decision: str, reasons: str, sha256: str
) -> Release:
    """Accept a release or send it back, with reasons. `sha256`: of what the reviewer had before
    her. Raises as `check_act`, `ReasonsNeeded`, `Stale`; ValueError for another decision."""
    wanted = Decision(decision)
    with audit.act(by=by, verb="statistics.review_release", subject=release_id) as act:
        row = locked(release_id)
        state = check_act(by=by, release=row, act=_DECISIONS[wanted])
        if len(reasons.strip()) < SHORTEST:
            raise ReasonsNeeded
        if sha256 != row.sha256:
            raise Stale
        review = ReleaseReview(
            release=row,
            proposer=row.proposed_by,
            by=by.id,
            at=clock.now(),
            sha256=sha256,
            decision=wanted,
        )
        review.seal(vault.node_sealer(), reasons=reasons.strip())
        review.save()
        row.state = state
        row.save(update_fields=["state"])
        if wanted is Decision.SEND_BACK:
            kept.forget_counts(row)
        act.note(decision=wanted.value)
    return row


def withdraw_release(*, by: Actor, release_id: UUID, reason: str) -> Release:
    """Take back what was published: no node shows it any more, and each tells why (`reason`: a code
    of `WhyWithdrawn`). What was charged stays charged, and later releases are checked beside it.
    Raises as `check_act` and `gazette.withdraw`, and `WhyNeeded` for what is no code."""
    if reason not in set(WhyWithdrawn):
        raise WhyNeeded
    with audit.act(by=by, verb="statistics.withdraw_release", subject=release_id) as act:
        row = locked(release_id)
        row.state = check_act(by=by, release=row, act=Act.WITHDRAW)
        seen = row.version + _say_why(by, row, reason)
        gazette.withdraw(by=by, kind=RELEASE, key=row.key, seen=seen)
        row.withdrawn_for, row.withdrawn_by = reason, UUID(by.id)
        row.withdrawn_at = clock.now()
        row.save()
        act.note(reason=reason)
    return row


def _say_why(by: Actor, row: Release, reason: str) -> int:
    """The header once more, with the reason: what is taken back afterwards says nothing. How many
    versions that took; none where there is room only for taking it back."""
    body = header(row, kept.raw_content(row.id), withdrawn=reason)
    try:
        gazette.publish(by=by, kind=RELEASE, key=row.key, seen=row.version, body=body)
    except gazette.NoMoreVersions:
        return 0
    return 1


def discard_release(*, by: Actor, release_id: UUID) -> Release:
    """Not pursue a release that has not been published. Raises as `check_act`."""
    with audit.act(by=by, verb="statistics.discard_release", subject=release_id):
        row = locked(release_id)
        row.state = check_act(by=by, release=row, act=Act.DISCARD)
        row.save(update_fields=["state"])
        kept.forget_counts(row)
    return row


def locked(release_id: UUID) -> Release:
    """The row, which nobody else changes until the transaction ends. Raises `UnknownRelease`."""
    row = Release.objects.select_for_update().filter(id=release_id).first()
    if row is None:
        raise UnknownRelease
    return row
