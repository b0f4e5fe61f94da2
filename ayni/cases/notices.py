"""Notices: taking, triage, decision (protocol phase 1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import search
from ayni.cases import vocabulary as words
from ayni.cases.access import fetch, fetch_to_change
from ayni.cases.errors import ReadOnly
from ayni.cases.models import Notice
from ayni.cases.states import NoticeState, notice_may_go
from ayni.lib import clock
from ayni.lib.errors import Refused, WrongState
from ayni.lib.identifiers import spoken_code
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

_PUBLIC_FIELDS = frozenset(
    {
        "informant", "anonymous", "language", "safe_to_talk", "place", "informant_name", "contact",
        "about", "narrative", "indicators",
    }
)  # fmt: skip


class ReasonMissing(Refused):
    """A decision needs its reason."""

    code = "reason_missing"
    reason = _("Write the reason. Without it nobody can follow the decision later.")


@dataclass(frozen=True, slots=True)
class NewNotice:
    """What is told at step 1.1 and 1.2. Codes as in `vocabulary`; the rest is free text.

    `contact` is {method, address, hours, never, safe_word, who_listens}; `about` is what is told
    of the person: {name, age, gender, phones, documents, nationality}.
    """

    channel: str
    informant: str = ""
    anonymous: bool = False
    track: str = ""
    language: str = ""
    safe_to_talk: bool | None = None
    place: str = ""
    informant_name: str = ""
    contact: Mapping[str, Any] | None = None
    about: Mapping[str, Any] | None = None
    narrative: str = ""
    indicators: tuple[str, ...] = ()
    received_at: datetime | None = None


def take_notice(*, by: Actor, new: NewNotice) -> Notice:
    """Record a notice for the actor's institution; anonymity never blocks."""
    members.check_may(by, members.Permission.NOTICE_TAKE)
    subject = vault.new_subject()
    now = clock.now()
    notice = Notice(
        institution_id=by.institution,
        subject=subject,
        created_at=now,
        reference=spoken_code(),
        state=NoticeState.RECEIVED,
        received_at=new.received_at or now,
        channel=words.Channel(new.channel).value,
        informant=words.Informant(new.informant).value if new.informant else "",
        anonymous=new.anonymous,
        track=words.Track(new.track).value if new.track else "",
        language=new.language,
        safe_to_talk=new.safe_to_talk,
    )
    notice.seal(
        vault.sealer(subject),
        place=new.place,
        informant_name="" if new.anonymous else new.informant_name,
        contact=dict(new.contact or {}),
        about=dict(new.about or {}),
        narrative=new.narrative,
        indicators=[words.Indicator(code).value for code in new.indicators],
    )
    with audit.act(by=by, verb="cases.take_notice", subject=notice.id, channel=notice.channel):
        notice.save(force_insert=True)
        search.index(
            institution_id=notice.institution_id,
            subject=subject,
            about="notice",
            about_id=notice.id,
            details=new.about or {},
        )
        protocol.record_event(
            by=by,
            subject=notice.id,
            institution=notice.institution_id,
            step="1.1",
            kind="done",
            at=notice.received_at,
            side=words.Side.HOST.value,
            facts=_facts(notice),
        )
        if notice.safe_to_talk is not None:
            step_done(by, notice, "1.2")
    return notice


def step_done(by: Actor, notice: Notice, step: str) -> None:
    """Record a step of phase 1 as done now, inside the verb that does it."""
    protocol.record_event(
        by=by,
        subject=notice.id,
        institution=notice.institution_id,
        step=step,
        kind="done",
        side=words.Side.HOST.value,
        facts=_facts(notice),
    )


def _change(notice_id: UUID, *, by: Actor, version: int, to: NoticeState) -> Notice:
    notice = fetch_to_change(Notice, notice_id, by=by, version=version)
    if notice.state == NoticeState.HISTORICAL:
        raise ReadOnly
    if not notice_may_go(notice.state, to):
        raise WrongState
    notice.state = to
    return notice


def triage_notice(
    *,
    by: Actor,
    notice_id: UUID,
    version: int,
    situation: str,
    imminent_danger: bool,
    age_group: str,
    indicators: tuple[str, ...],
    reason: str,
) -> Notice:
    """Class a notice as emergency, urgency or orientation (step 1.3).

    `age_group` is child, adult or empty (unknown, which counts as child). Danger now or a child
    is an emergency: the protocol's gate refuses another class (`StepRefused`).
    """
    members.check_may(by, members.Permission.NOTICE_TRIAGE)
    with audit.act(by=by, verb="cases.triage_notice", subject=notice_id, situation=situation):
        notice = _change(notice_id, by=by, version=version, to=NoticeState.TRIAGED)
        notice.situation = words.Situation(situation).value
        notice.triaged_at = clock.now()
        notice.imminent_danger = imminent_danger
        notice.age_group = age_group
        notice.seal(
            vault.sealer(notice.subject),
            indicators=[words.Indicator(code).value for code in indicators],
            triage_reason=reason,
        )
        notice.save()
        protocol.record_event(
            by=by,
            subject=notice.id,
            institution=notice.institution_id,
            step="1.3",
            kind="done",
            at=notice.triaged_at,
            side=words.Side.HOST.value,
            facts=_facts(notice),
        )
    return notice


def decide_notice(*, by: Actor, notice_id: UUID, version: int, outcome: str, reason: str) -> Notice:
    """Decide what becomes of a notice (step 1.5). Raises `ReasonMissing`, `WrongState`."""
    members.check_may(by, members.Permission.NOTICE_TRIAGE)
    if not reason.strip():
        raise ReasonMissing
    with audit.act(by=by, verb="cases.decide_notice", subject=notice_id, outcome=outcome):
        notice = _change(notice_id, by=by, version=version, to=NoticeState.DECIDED)
        notice.outcome = words.NoticeOutcome(outcome).value
        notice.decided_at = clock.now()
        notice.seal(vault.sealer(notice.subject), decision_reason=reason)
        notice.save()
        protocol.record_event(
            by=by,
            subject=notice.id,
            institution=notice.institution_id,
            step="1.5",
            kind="done",
            at=notice.decided_at,
            side=words.Side.HOST.value,
            facts=_facts(notice),
        )
    return notice


def _facts(notice: Notice) -> dict[str, Any]:
    """What a notice tells the conditions of the protocol."""
    known: dict[str, Any] = {}
    if notice.safe_to_talk is not None:
        known["safe_to_talk"] = notice.safe_to_talk
    if notice.situation:
        known["situation"] = notice.situation
    if notice.imminent_danger is not None:
        # Age unknown counts as child.
        known["danger_or_child_seen"] = notice.imminent_danger or notice.age_group != "adult"
    if notice.age_group:
        known["age_group"] = notice.age_group
    if notice.outcome:
        known["notice_outcome"] = notice.outcome
    return known


def open_notice(*, by: Actor, notice_id: UUID) -> tuple[Notice, dict[str, Any]]:
    """A notice and what it says; the opening is recorded first."""
    members.check_may(by, members.Permission.CASE_READ)
    notice = fetch(Notice, notice_id, by=by)
    audit.read(by=by, verb="cases.open_notice", subject=notice_id)
    opened: dict[str, Any] = notice.unseal(vault.sealer(notice.subject))
    return notice, opened


def notices_waiting(*, by: Actor, limit: int = 100) -> list[Notice]:
    """Notices of the actor's institution that are not decided, oldest first."""
    members.check_may(by, members.Permission.CASE_READ)
    return list(
        Notice.objects.filter(
            institution_id=by.institution, state__in=[NoticeState.RECEIVED, NoticeState.TRIAGED]
        ).order_by("received_at")[:limit]
    )


def receive_public_notice(payload: Mapping[str, Any]) -> str:
    """A notice from the public pages, handed up by `help` through the wiring table.

    `payload` has the fields of `NewNotice` (channel is always the public page) and `institution`,
    the code of the institution that takes notices here. Returns the reference to tell the person.
    """
    institution = members.institution_by_code(str(payload["institution"]))
    by = Actor(ActorKind.PUBLIC, "public-page", str(institution.id))
    told = {key: value for key, value in payload.items() if key in _PUBLIC_FIELDS}
    if "indicators" in told:
        told["indicators"] = tuple(told["indicators"])
    with members.acting(institution.id):
        notice = take_notice(by=by, new=NewNotice(channel=words.Channel.WEB.value, **told))
    return notice.reference
