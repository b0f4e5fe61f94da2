"""What states say of their own law: published by a focal point who has read it, used by every node
in place of what the register holds of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.norms.errors import UnknownItem
from ayni.norms.finding_kind import NAME, finding_of, grounds_of
from ayni.norms.model import Evidence, Mark, Provision, StatedLaw, Text, TransferGround


@dataclass(frozen=True, slots=True)
class LawRead:
    """What a focal point has read in its source: whether the law provides for the topic, what it
    says (in `language`, a tag such as `pt-br`), the article, where it is written, and the day on
    which it was read. `grounds`, of a law on personal data: all that it names as letting data leave
    the state, none if it names none; None where that is not said."""

    provides: bool
    text: str
    language: str
    reference: str
    source: str
    read: date
    grounds: frozenset[TransferGround] | None = None


def state_finding(*, by: Actor, ident: str, law: LawRead, seen: int) -> Published:
    """Say what this node's own state's law says of one finding of the register, to all members.

    `seen`: number of the statement that stood when the author wrote, 0 for none. Raises
    `NotAllowed`, `NotFound`, what the kind's `check` raises, `gazette.StaleEntry` with what stands
    now, `gazette.NoKeys`, `gazette.NotComparedYet`.
    """
    members.check_may(by, Permission.NORMS_VERIFY)
    own_finding(ident)
    grounds = None if law.grounds is None else sorted(each.value for each in law.grounds)
    with audit.act(by=by, verb="norms.state_finding", subject=ident):
        return gazette.publish(
            by=by,
            kind=NAME,
            key=ident,
            body={
                "provides": law.provides,
                "text": law.text.strip(),
                "language": law.language,
                "reference": law.reference.strip(),
                "source": law.source.strip(),
                **({} if grounds is None else {"grounds": grounds}),
            },
            valid_from=law.read,
            seen=seen,
        )


def take_back_finding(*, by: Actor, ident: str, seen: int) -> Published:
    """Take back what this node said of it: the register alone holds again. Raises as
    `state_finding`, and `gazette.NothingToWithdraw`."""
    members.check_may(by, Permission.NORMS_VERIFY)
    own_finding(ident)
    with audit.act(by=by, verb="norms.take_back_finding", subject=ident):
        return gazette.withdraw(by=by, kind=NAME, key=ident, seen=seen)


def own_finding(ident: str) -> Provision:
    """A finding of the register about the law of this node's own state. Raises `NotFound`."""
    try:
        found = finding_of(ident)
    except UnknownItem:
        raise NotFound(item=ident) from None
    if found.state != members.this_node():
        raise NotFound(item=ident)
    return found


def own_law_said(ident: str) -> Published | None:
    """What this node said last of a finding, or took back; None if it never said anything."""
    return gazette.one(owner=members.this_node(), kind=NAME, key=ident)


def stated_laws() -> dict[str, StatedLaw]:
    """What counts of what states say of their own law, by the id of the finding."""
    return dict(_counted())


def _counted() -> Iterator[tuple[str, StatedLaw]]:
    for each in gazette.current(kind=NAME):
        stated = _stated(each) if _is_its_own(each.said) else None
        if stated is not None:
            yield each.said.key, stated


def _is_its_own(said: gazette.Said) -> bool:
    """Whether it is about the law of who says it: two that contradict each other are not checked,
    and nobody makes the law of another unknown."""
    try:
        return finding_of(said.key).state == said.owner
    except UnknownItem:
        return False


_CONTESTED = Evidence("two statements of the state that contradict each other", Mark.UNVERIFIED)


def _stated(published: Published) -> StatedLaw | None:
    """What counts of a statement: that it was read in its source, or that two of one number
    contradict each other, whatever they say; None for anything else."""
    said = published.said
    told, body = said.at.date(), said.body
    if published.line.contested:
        return StatedLaw(False, None, "", "", told, _CONTESTED, contested=True)
    if not published.counts or said.withdrawn or said.valid_from is None:
        return None
    text = body["text"]
    return StatedLaw(
        provides=body["provides"],
        text=Text(es=text, pt=text, en=text),
        language=body["language"],
        reference=body["reference"],
        on=told,
        evidence=Evidence(body["source"], Mark.VERIFIED, said.valid_from.isoformat()),
        grounds=grounds_of(body),
    )
