"""A second person decides with reasons; what is accepted is signed and published."""

from __future__ import annotations

from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import Refused, Stale
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics.disclosure.findings import Mode
from ayni.statistics.releasing import budget, content, kept
from ayni.statistics.releasing.errors import (
    ChangedSinceReview,
    NotYourStep,
    OwnProposal,
    PublishedMeanwhile,
    ReasonsNeeded,
    UnknownRelease,
    WhyNeeded,
)
from ayni.statistics.releasing.kinds import PART, RELEASE, header
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
    Act.PUBLISH: Permission.RELEASE_REVIEW,
    Act.WITHDRAW: Permission.RELEASE_REVIEW,
    Act.DISCARD: Permission.RELEASE_PROPOSE,
}
_BY_ANOTHER = (Act.ACCEPT, Act.SEND_BACK, Act.PUBLISH)


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
        row = _locked(release_id)
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


def publish_release(*, by: Actor, release_id: UUID) -> Release:
    """Sign and publish what was accepted, to all members; a correction comes in the place of what
    it corrects. Raises as `check_act`, `PublishedMeanwhile`, and what `gazette.publish` raises."""
    with audit.act(by=by, verb="statistics.publish_release", subject=release_id) as act:
        row = _locked(release_id)
        budget.hold(row.population)
        state = check_act(by=by, release=row, act=Act.PUBLISH)
        # Beside others the noise needs no check; the method of a group of persons stays one.
        alone = row.mode != Mode.DIFFERENTIAL_PRIVACY
        before = kept.released(row.population)
        if alone and row.seen != [str(each.id) for each in before]:
            raise PublishedMeanwhile
        if any(each.method != row.method for each in before):
            raise PublishedMeanwhile
        raw = kept.raw_content(row.id)
        _check_is_what_was_accepted(row, raw)
        corrected = None if row.corrects_id is None else _locked(row.corrects_id)
        seen, row.key = 0, str(row.id)
        if corrected is not None:
            replaced = leads_to(State(corrected.state), Act.REPLACE)
            if replaced is None:
                raise NotYourStep
            seen, row.key = corrected.version, corrected.key
            corrected.state = replaced
            corrected.save(update_fields=["state"])
        _publish_parts(by, raw)
        found = gazette.publish(by=by, kind=RELEASE, key=row.key, seen=seen, body=header(row, raw))
        row.state, row.version = state, found.said.version
        row.published_by, row.published_at = UUID(by.id), clock.now()
        row.save()
        act.note(version=row.version, sha256=row.sha256)
    return row


def _check_is_what_was_accepted(row: Release, raw: bytes) -> None:
    """Raise `ChangedSinceReview` unless these very bytes were accepted by a second person."""
    accepted = ReleaseReview.objects.filter(
        release=row, decision=Decision.ACCEPT, sha256=row.sha256
    )
    if content.digest_of(raw) != row.sha256 or not accepted.exists():
        raise ChangedSinceReview


def withdraw_release(*, by: Actor, release_id: UUID, reason: str) -> Release:
    """Take back what was published: no node shows it any more, and each tells why (`reason`: a code
    of `WhyWithdrawn`). What was charged stays charged, and later releases are checked beside it.
    Raises as `check_act` and `gazette.withdraw`, and `WhyNeeded` for what is no code."""
    if reason not in set(WhyWithdrawn):
        raise WhyNeeded
    with audit.act(by=by, verb="statistics.withdraw_release", subject=release_id) as act:
        row = _locked(release_id)
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
        row = _locked(release_id)
        row.state = check_act(by=by, release=row, act=Act.DISCARD)
        row.save(update_fields=["state"])
        kept.forget_counts(row)
    return row


def _locked(release_id: UUID) -> Release:
    row = Release.objects.select_for_update().filter(id=release_id).first()
    if row is None:
        raise UnknownRelease
    return row


def _publish_parts(by: Actor, raw: bytes) -> None:
    """The content in parts, each an entry of its own; those that stand already are left."""
    here, name = members.this_node(), content.digest_of(raw)[:40]
    for number, part in enumerate(content.packed(raw)):
        key = f"{name}.{number}"
        if gazette.one(owner=here, kind=PART, key=key) is None:
            gazette.publish(by=by, kind=PART, key=key, seen=0, body={"part": part})
