"""Files with a referral or request: attached, agreed to, sent, looked at where they arrive, opened.

A consent must name files (`cases.ATTACHMENTS`) as it names fields. What needs two officers (a
child's data, who somebody under protection is) needs two who have both seen this file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import grants, handled, history, telling
from ayni.cooperation import vocabulary as words
from ayni.cooperation.attached import Attachment, Standing
from ayni.cooperation.contents import FileType, NotTaken, look
from ayni.cooperation.errors import FileNotTaken, SameOfficer
from ayni.cooperation.forgetting import forget
from ayni.cooperation.models import Exchange
from ayni.cooperation.states import State
from ayni.cooperation.taking_in import IncomingFile
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, Refused, Text, WrongState
from ayni.members import api as members
from ayni.vault import api as vault

SEND, SECOND = members.Permission.REFERRAL_SEND, members.Permission.REFERRAL_SECOND
READ = (members.Permission.REFERRAL_ANSWER, SEND)
_NAMED = frozenset({cases.ATTACHMENTS})
_DESCRIBES = ("attachment", "key", "sha256", "size")
_SENT = (*_DESCRIBES, "type", "what")


def can_attach(row: Exchange) -> bool:
    """Whether a file may go with this now: it has been sent or accepted, it is about a case of
    ours, and it is not over."""
    begun = State(row.state) not in (State.DRAFT, State.APPROVED)
    over = row.settled_at is not None or telling.by_letter(row)
    return row.case_id is not None and begun and not over


def _disclosure(row: Exchange, officers: frozenset[str]) -> cases.Disclosure:
    return cases.Disclosure(
        recipient_state=row.counterpart_state,
        recipient_institution=row.counterpart_institution,
        fields=_NAMED,
        officers=officers - {""},
    )


def _rules(row: Exchange) -> dict[str, Any]:
    case = row.case
    assert case is not None
    return {
        "age": cases.age_status(case.person),
        "feared_states": cases.feared_states(case.person),
    }


def _covered(row: Exchange, officers: frozenset[str], *, both: bool) -> cases.ConsentView:
    """The consent under which a file may leave; with `both` also two officers where they must."""
    handled.check_onward(case_id=row.case_id, to=row.counterpart_state, fields=_NAMED)
    check = cases.check_may_leave if both else cases.check_covered
    return check(
        disclosure=_disclosure(row, officers),
        consents=cases.consent_views(row.case),
        now=clock.now(),
        **_rules(row),
    )


def second_missing(row: Exchange, one: Attachment) -> Text:
    """Why another officer must agree before this file leaves; empty if nobody need."""
    try:
        officers = frozenset({one.written_by, one.second_officer})
        cases.check_second(disclosure=_disclosure(row, officers), **_rules(row))
    except cases.SecondOfficerMissing as missing:
        return missing.reason
    return ""


def check_attach(*, by: Actor, about_id: UUID) -> Exchange:
    """The referral or request to which the actor may attach a file now. Raises `NotAllowed`,
    `WrongState`, `FearedState`, `ConsentMissing`, `GuardianMissing`, `NotOnward`."""
    members.check_may(by, SEND)
    row = history.fetch_either(about_id, by=by)
    if not can_attach(row):
        raise WrongState
    _covered(row, frozenset({by.id}), both=False)
    return row


def attach(*, by: Actor, about_id: UUID, file: IncomingFile, what: str) -> Attachment:
    """Keep a file that was cleaned and sealed as it came, as a draft: nothing leaves. It is looked
    at first.

    Raises `FileNotTaken` and what `check_attach` raises; then nothing of the file stays.
    """
    described = None
    try:
        row = check_attach(by=by, about_id=about_id)
        described = file.finish(by=by)
        found = _looked_at(described, described.attachment)
    except Refused:
        file.abandon()
        raise
    except NotTaken as refusal:
        if described is None:
            file.abandon()
        else:
            exchange.remove_attachment(by=by, attachment=file.id, reason=refusal.why.value)
        raise FileNotTaken(why=refusal.why.value) from None
    except (exchange.Malformed, exchange.TooLarge):
        file.abandon()
        raise FileNotTaken(why="size") from None
    with audit.act(by=by, verb="cooperation.attach", subject=row.id) as act:
        kind, gone = words.AttachmentKind(what).value, sorted(file.taken_out)
        one = _new(row, described, what=kind, type_=found, taken_out=gone)
        one.written_by = by.id
        one.save(force_insert=True)
        act.note(attachment=one.id)
    return one


def _new(
    row: Exchange,
    described: exchange.Described,
    *,
    what: str,
    type_: str,
    taken_out: Sequence[str] = (),
) -> Attachment:
    one = Attachment(
        institution_id=row.institution_id,
        subject=row.subject,
        about=row.id,
        direction="out",
        stream=described.attachment,
        standing=Standing.DRAFT.value,
        created_at=clock.now(),
    )
    told: dict[str, Any] = {**described.to_json(), "what": what, "type": str(type_)}
    if taken_out:
        told["taken_out"] = [str(each) for each in taken_out]
    one.seal(vault.sealer(row.subject), content=told)
    return one


def _looked_at(described: exchange.Described, stream: str, declared: str = "") -> FileType:
    """What a sealed file is. Raises `NotTaken`, `NotGenuine`, `Malformed`."""
    whole = exchange.Opening(described).whole(exchange.sealed_chunks(stream))
    return look(whole, declared=declared)


def told_of(one: Attachment) -> dict[str, Any]:
    """What is sealed of it. Raises `Erased`."""
    opened = one.unseal(vault.sealer(one.subject), ["content"])["content"]
    return dict(opened) if isinstance(opened, dict) else {}


def _described(told: Mapping[str, Any]) -> exchange.Described:
    return exchange.Described.from_json({name: told[name] for name in _DESCRIBES})


def fetch(*, by: Actor, about_id: UUID, attachment_id: UUID) -> tuple[Exchange, Attachment]:
    """A referral or request and one of its files. Raises `NotFound`, `CaseClosed`."""
    row = history.fetch_either(about_id, by=by)
    one = Attachment.objects.filter(
        id=attachment_id, about=row.id, institution_id=by.institution
    ).first()
    if one is None:
        raise NotFound
    return row, one


def _locked(by: Actor, about_id: UUID, attachment_id: UUID) -> tuple[Exchange, Attachment]:
    row, one = fetch(by=by, about_id=about_id, attachment_id=attachment_id)
    return row, Attachment.objects.select_for_update().get(id=one.id)


def agree_attachment(*, by: Actor, about_id: UUID, attachment_id: UUID) -> Attachment:
    """Another officer agrees that exactly this file leaves. Raises `SameOfficer`, `WrongState`."""
    members.check_may(by, SECOND)
    with audit.act(by=by, verb="cooperation.agree_attachment", subject=attachment_id):
        row, one = _locked(by, about_id, attachment_id)
        if one.standing != Standing.DRAFT:
            raise WrongState
        if by.id == one.written_by:
            raise SameOfficer
        _covered(row, frozenset({one.written_by, by.id}), both=True)
        one.second_officer = by.id
        one.save(update_fields=["second_officer"])
    return one


def send_attachment(*, by: Actor, about_id: UUID, attachment_id: UUID) -> Attachment:
    """Send a draft. Raises `WrongState`, `FearedState`, `ConsentMissing`, `GuardianMissing`,
    `SecondOfficerMissing`, `NotOnward`, `NoNode`."""
    members.check_may(by, SEND)
    with audit.act(by=by, verb="cooperation.send_attachment", subject=attachment_id) as act:
        row, one = _locked(by, about_id, attachment_id)
        if one.standing != Standing.DRAFT or not can_attach(row):
            raise WrongState
        consent = _covered(row, frozenset({one.written_by, one.second_officer}), both=True)
        act.note(case=row.case_id, consent=consent.id)
        told = told_of(one)
        one.sent_at, one.standing = clock.now(), Standing.SENT.value
        if telling.is_local(row):
            telling.hand_over(row, lambda mirror, actor: _take_here(mirror, one, told, actor))
            one.standing, one.settled_at = Standing.ARRIVED.value, one.sent_at
        else:
            one.message = telling.queue(
                row, by=by, kind="attachment.send",
                payload={"data": {name: told[name] for name in _SENT}},
                grant=grants.grant_for(row, _NAMED, consent),
            )  # fmt: skip
            exchange.send_attachment(
                by=by, attachment=one.stream, peer=row.counterpart_state, message=one.message
            )
        one.save()
        telling.register(
            row, basis=f"consent:{consent.id}", fields=[cases.ATTACHMENTS],
            channel="node" if one.message else "local", message=one.message,
        )  # fmt: skip
    return one


def remove_attachment(*, by: Actor, about_id: UUID, attachment_id: UUID) -> None:
    """Remove a draft: its key and its chunks. What was sent is not ours alone any more."""
    members.check_may(by, SEND)
    with audit.act(by=by, verb="cooperation.remove_attachment", subject=attachment_id):
        _row, one = _locked(by, about_id, attachment_id)
        if one.standing != Standing.DRAFT:
            raise WrongState
        forget(one, by=by, reason="draft")


def _take_here(mirror: Exchange, one: Attachment, told: Mapping[str, Any], by: Actor) -> None:
    """Give the other institution of this node a copy under its own key, erased by itself."""
    copy = exchange.copy_attachment(by=by, attachment=one.stream)
    new = _new(mirror, _described(told), what=told["what"], type_=told["type"])
    new.stream, new.direction = copy, "in"
    new.standing, new.settled_at = Standing.READY.value, clock.now()
    with audit.act(by=by, verb="cooperation.receive_attachment", subject=mirror.id):
        new.save(force_insert=True)


def take(row: Exchange, received: exchange.Received, *, by: Actor) -> Attachment:
    """A message names a file: its chunks may come. Raises `AttachmentTaken`, `NotSendable`."""
    told = dict(received.payload["data"])
    described = _described(told)
    one = _new(row, described, what=told["what"], type_=told["type"])
    one.direction, one.standing = "in", Standing.COMING.value
    one.message = received.message
    with audit.act(by=by, verb="cooperation.receive_attachment", subject=row.id):
        exchange.expect_attachment(
            by=by, attachment=one.stream, size=described.size, peer=received.sender,
            message=received.message,
        )  # fmt: skip
        one.save(force_insert=True)
    return one


def arrived(*, attachment: str, institution: str) -> None:
    """All chunks of a file are here (called by a job of `exchange`): look at it, and tell the other
    side whether it can be opened. Nobody opens it before."""
    own = members.institution_by_code(institution)
    by = audit.job("cooperation.look_at_attachment", str(own.id))
    with members.acting(own.id):
        one = Attachment.objects.filter(stream=attachment).first()
        if one is None or one.standing != Standing.COMING:
            return
        reason = _what_is_wrong(one)
        with audit.act(by=by, verb="cooperation.look_at_attachment", subject=one.id, why=reason):
            one = Attachment.objects.select_for_update().get(id=one.id)
            if one.standing != Standing.COMING:
                return
            row = history.fetch_either(one.about, by=by)
            if reason:
                forget(one, by=by, reason=reason)
            one.standing = (Standing.REFUSED if reason else Standing.READY).value
            one.settled_at = clock.now()
            one.save()
            _tell(row, one, reason, by=by)


def _what_is_wrong(one: Attachment) -> str:
    """Empty if it is what its message says, and may be opened."""
    try:
        told = told_of(one)
        _looked_at(_described(told), one.stream, declared=str(told["type"]))
    except NotTaken as refusal:
        return str(refusal.why.value)
    except (exchange.NotGenuine, exchange.Malformed):
        return "damaged"
    except vault.Erased:
        return "erased"
    return ""


def _tell(row: Exchange, one: Attachment, reason: str, *, by: Actor) -> None:
    if grants.fears(row):
        return
    try:
        with transaction.atomic():
            telling.queue(
                row, by=by, kind="attachment.state", grant=None,
                payload={
                    "attachment": one.stream, "at": clock.isoformat(clock.now()),
                    "reason": reason, "state": "refused" if reason else "ready",
                },
            )  # fmt: skip
    except exchange.NoNode:
        return  # it is here all the same; the sender sees that it was taken


def hear(row: Exchange, told: Mapping[str, Any], *, by: Actor) -> None:
    """The other side says whether our file can be opened there."""
    one = (
        Attachment.objects.select_for_update()
        .filter(stream=told["attachment"], about=row.id, direction="out")
        .first()
    )
    if one is None:
        raise NotFound
    if one.standing != Standing.SENT:
        return
    refused = told["state"] == "refused"
    with audit.act(by=by, verb="cooperation.hear_attachment", subject=one.id, why=told["reason"]):
        one.standing = (Standing.REFUSED if refused else Standing.ARRIVED).value
        one.reason, one.settled_at = told["reason"], clock.now()
        one.save(update_fields=["standing", "reason", "settled_at"])


def still_allowed(
    *, message: str, subject: str, grant: exchange.Grant | None, now: datetime
) -> str | None:
    """Asked before the message leaves and before each chunk; a reason stops it."""
    one = Attachment.objects.filter(message=message).first()
    if one is None or one.standing == Standing.REMOVED:
        return "removed"
    officers = frozenset({one.written_by, one.second_officer})
    return grants.file_may_leave(UUID(subject), _NAMED, officers, grant, now) or None


def follow(row: Exchange, was: UUID) -> None:
    """From now on the files of a referral are erased with the case that began with it."""
    old, new = vault.sealer(was), vault.sealer(row.subject)
    for one in Attachment.objects.select_for_update().filter(about=row.id, subject=was):
        told = one.unseal(old, ["content"])["content"]
        one.subject = row.subject
        one.seal(new, content=told)
        one.save(update_fields=["subject", "content"])


@dataclass(frozen=True, slots=True)
class Opened:
    """A file as it is given to an officer: its content comes chunk by chunk."""

    content: Iterator[bytes]
    type: FileType
    size: int
    what: str


def open_attachment(*, by: Actor, about_id: UUID, attachment_id: UUID) -> Opened:
    """Open a file; the opening is recorded first. Raises `WrongState` before it was looked at,
    `NotAllowed`, `CaseClosed`, `Erased`."""
    row, one = read(by=by, about_id=about_id, attachment_id=attachment_id, form="attachment_file")
    if one.standing not in (Standing.DRAFT, Standing.SENT, Standing.ARRIVED, Standing.READY):
        raise WrongState
    told = told_of(one)
    described = _described(told)
    return Opened(
        content=exchange.Opening(described).whole(exchange.sealed_chunks(one.stream)),
        type=FileType(told["type"]),
        size=described.size,
        what=told["what"],
    )


def read(
    *, by: Actor, about_id: UUID, attachment_id: UUID, form: str = "attachment"
) -> tuple[Exchange, Attachment]:
    """One file and what it goes with; the looking is recorded, at its case as well. Raises
    `NotForYou`, `TimeIsOver` where the handling codes of what came forbid it."""
    if not any(members.may(by, permission) for permission in READ):
        members.check_may(by, READ[0])
    row, one = fetch(by=by, about_id=about_id, attachment_id=attachment_id)
    if one.direction == "in":
        handled.check_sees(row, by=by)
    audit.read(by=by, verb=f"cooperation.open_{form}", subject=one.id)
    history.note_opened(row, by=by, form="exchange")
    return row, one


def attachments_of(row: Exchange) -> list[Attachment]:
    """The files of a referral or request, in the order in which they came."""
    return list(
        Attachment.objects.filter(about=row.id).exclude(standing=Standing.REMOVED, direction="out")
    )


def forget_erased(*, institution: UUID) -> int:
    """Every night: remove the chunks of files whose key is gone; how many. They could not be read
    any more before, here or in a backup."""
    by = audit.job("cooperation.forget_erased", str(institution))
    with members.acting(institution):
        left = list(Attachment.objects.filter(content__isnull=False))
        known = vault.sealers({one.subject for one in left})
        gone = [one for one in left if one.subject not in known]
        for one in gone:
            with audit.act(by=by, verb="cooperation.forget_attachment", subject=one.id):
                forget(one, by=by, reason="erased")
    return len(gone)
