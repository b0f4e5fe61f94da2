"""What a person asks about her own data: asked once, answered by everybody who holds them.

The institution she asks passes it on to those to whom it gave her data or from whom it had them:
to another node by message, inside this one by hand. Each answers by its own clock. What crosses a
border are codes and times; her words and the officers' stay on the node where they were written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, Q, QuerySet

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.cooperation import grants, history, telling
from ayni.cooperation import vocabulary as words
from ayni.cooperation.errors import NotTheirs, RightAsked, SayWhat, SayWhy
from ayni.cooperation.models import (
    Attachment,
    Event,
    Exchange,
    Referral,
    Request,
    RightsCopy,
    RightsRequest,
)
from ayni.cooperation.states import Move, State
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.vault import api as vault

LONGEST_WORDS = 4000
# Sent, and not taken back before it left; a request without data told nobody anything.
_NEVER_LEFT = (State.DRAFT, State.APPROVED, State.CANCELLED)
_SENT_FILES = Attachment.objects.filter(direction="out", sent_at__isnull=False)


@dataclass(frozen=True, slots=True)
class OpenedRight:
    """One request of the person, with her words, the answer's words, and how it stands with the
    others who hold her data."""

    row: RightsRequest
    asked: str
    answer: str
    copies: list[RightsCopy]


def ask_right(
    *, by: Actor, case_id: UUID, right: str, fields: Iterable[str] = (), asked: str = ""
) -> RightsRequest:
    """Ask for one of `Right`, by the person with her code (`own` binds her to her case) or by an
    officer for her. `fields`: names of data, of `cases.DISCLOSABLE`; `asked`: her own words.

    Raises `RightAsked` while the same waits for its answer, `SayWhat` for a correction of nothing,
    `NotFound`, `NotAllowed`; ValueError for an unknown right, KeyError for an unknown field.
    """
    _check_may(by)
    wanted = words.Right(right)
    named = sorted({name for name in fields if cases.DISCLOSABLE[name]})
    said = asked.strip()[:LONGEST_WORDS]
    if wanted is words.Right.CORRECTION and not (named or said):
        raise SayWhat
    with audit.act(by=by, verb="cooperation.ask_right", subject=case_id, right=wanted) as act:
        history.alone(f"right:{case_id}:{wanted}")
        case = cases.fetch(
            cases.Case, case_id, by=by, joined=("person",), unopened=_opens_nothing(by)
        )
        if _open_ones(case.id, wanted).filter(direction="own").exists():
            raise RightAsked
        row = RightsRequest(
            institution_id=case.institution_id,
            subject=case.subject,
            case=case,
            direction="own",
            right=wanted.value,
            fields=named,
            asked_at=clock.now(),
            asked_by=str(by.kind),
            due_at=due_from(clock.now()),
        )
        row.seal(vault.sealer(row.subject), asked=said)
        row.save(force_insert=True)
        act.note(request=row.id, passed_on=_pass_on(row, case, by=by))
    return row


def due_from(now: datetime) -> datetime:
    """Until when this node answers what is asked now: a full hour, by its own setting."""
    return clock.hour_up(now + timedelta(days=settings.AYNI_RIGHTS_DAYS))


def _check_may(by: Actor) -> None:
    herself = by.kind == ActorKind.PERSON
    permission = members.Permission.OWN_READ if herself else members.Permission.RIGHTS_ANSWER
    members.check_may(by, permission)


def _opens_nothing(by: Actor) -> bool:
    """Whoever keeps the protection of data answers for every case, and opens none of them."""
    return by.kind == ActorKind.USER and not members.may(by, members.Permission.CASE_READ)


def _open_ones(case_id: UUID, right: str) -> Any:
    return RightsRequest.objects.filter(case_id=case_id, right=right, answered_at__isnull=True)


def _holders(case: cases.Case) -> list[Exchange]:
    """Of each other institution that holds data of this case the newest referral or request by
    which they were given to or came from it."""
    found: dict[tuple[str, str], Exchange] = {}
    for model in (Request, Referral):
        rows = model._default_manager.filter(institution_id=case.institution_id, case=case)
        for row in rows.select_related("case__person").order_by("created_at"):
            if row.direction == "in" or left(row):
                found[row.counterpart_state, row.counterpart_institution] = row
    return list(found.values())


def left(row: Exchange) -> bool:
    """Whether data of the person went to the other side with this, as fields or as a file."""
    if row.sent_at is None or State(row.state) in _NEVER_LEFT:
        return False
    if not row.fields and not _SENT_FILES.filter(about=row.id).exists():
        return False
    if State(row.state) is not State.WITHDRAWN:
        return True
    return Event.objects.filter(about=row.id, move=Move.ARRIVE).exists()


def that_left(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Those of these rows of which `left` holds, as a query."""
    arrived = Event.objects.filter(about=OuterRef("id"), move=Move.ARRIVE)
    return (
        rows.filter(
            ~Q(fields=[]) | Exists(_SENT_FILES.filter(about=OuterRef("id"))), sent_at__isnull=False
        )
        .exclude(state__in=_NEVER_LEFT)
        .exclude(~Exists(arrived), state=State.WITHDRAWN)
    )


def _pass_on(request: RightsRequest, case: cases.Case, *, by: Actor) -> int:
    """Tell all others who hold her data; a state that she fears is told nothing. How many."""
    count = 0
    for row in _holders(case):
        if row.id == request.about or grants.fears(row):
            continue
        copy = RightsCopy.objects.create(
            institution_id=request.institution_id,
            request=request,
            about=row.id,
            shared_id=exchange.new_conversation(),
            counterpart_state=row.counterpart_state,
            counterpart_institution=row.counterpart_institution,
            by_letter=telling.by_letter(row),
        )
        count += 1
        if not copy.by_letter:
            told = {
                "id": copy.shared_id,
                "at": clock.isoformat(request.asked_at),
                "right": request.right,
                "fields": request.fields,
            }
            _tell(row, "right.ask", told, by=by)
    return count


def answer_right(
    *, by: Actor, request_id: UUID, decision: str, reason: str, answer: str = ""
) -> RightsRequest:
    """Answer what a person asked of our institution (`RightDecision`, `RightReason`); an answer is
    final. `answer`: words for her, needed unless it is granted; of a request that was passed on to
    us only the codes go back. Raises `WrongState` for one that was answered, `SayWhy`, `NotFound`,
    `NotAllowed`; ValueError for an unknown code."""
    members.check_may(by, members.Permission.RIGHTS_ANSWER)
    decided, why = words.RightDecision(decision), words.RightReason(reason)
    said = answer.strip()[:LONGEST_WORDS]
    verb = "cooperation.answer_right"
    with audit.act(by=by, verb=verb, subject=request_id, decision=decided, reason=why) as act:
        row = _fetch(by, request_id, lock=True)
        if row.answered_at is not None:
            raise WrongState
        if row.direction == "own" and decided is not words.RightDecision.GRANTED and not said:
            raise SayWhy
        if row.case_id is not None:
            act.note(case=row.case_id)
        row.decision, row.reason = decided.value, why.value
        row.answered_at, row.answered_by = clock.now(), by.id
        row.seal(vault.sealer(row.subject), answer=said)
        row.save()
        if row.direction == "in":
            assert row.about is not None
            told = {
                "id": row.shared_id,
                "at": clock.isoformat(row.answered_at),
                "decision": row.decision,
                "reason": row.reason,
            }
            about = history.fetch_either(row.about, by=by)
            if not grants.fears(about):
                _tell(about, "right.answer", told, by=by)
    return row


def hear_ask(about: Exchange, told: Mapping[str, Any], *, by: Actor) -> None:
    """Another institution passes on what the person asks; the same once more changes nothing."""
    with audit.act(by=by, verb="cooperation.hear", subject=about.id, move="right.ask"):
        known = RightsRequest.objects.filter(
            institution_id=about.institution_id, shared_id=told["id"]
        )
        if known.exists():
            return
        row = RightsRequest(
            institution_id=about.institution_id,
            subject=about.subject,
            case_id=about.case_id,
            direction="in",
            about=about.id,
            shared_id=told["id"],
            right=told["right"],
            fields=sorted(set(told["fields"])),
            asked_at=clock.now(),
            asked_by=str(by.kind),
            due_at=due_from(clock.now()),
        )
        onward = _kept_and_passed_on(row, by=by)
        answer = {
            "id": row.shared_id,
            "due": clock.isoformat(row.due_at),
            "onward": min(onward, 99),
        }
        if not grants.fears(about):
            _tell(about, "right.due", answer, by=by)


def _kept_and_passed_on(row: RightsRequest, *, by: Actor) -> int:
    """Save what she asks, and tell those who hold her data through us; how many. Also of a case
    whose time is over: what they have did not end with it."""
    # Each case passes one thing on once, or two that know of each other would do so for ever.
    is_new = row.case_id is not None and not _open_ones(row.case_id, row.right).exists()
    row.save(force_insert=True)
    if not is_new or row.case_id is None:
        return 0
    with cases.seeing(row.case_id, institution=row.institution_id) as case:
        return 0 if case is None else _pass_on(row, case, by=by)


def hear_due(about: Exchange, told: Mapping[str, Any], *, by: Actor) -> None:
    """Until when the other side answers her, by its own clock. Raises `NotTheirs`."""
    with audit.act(by=by, verb="cooperation.hear", subject=about.id, move="right.due"):
        copy = _copy(about, told)
        copy.due_at, copy.onward = clock.parse(told["due"]), told["onward"]
        copy.save(update_fields=["due_at", "onward"])


def hear_answer(about: Exchange, told: Mapping[str, Any], *, by: Actor) -> None:
    """What the other side answers her: the first answer counts. Raises `NotTheirs`."""
    with audit.act(by=by, verb="cooperation.hear", subject=about.id, move="right.answer"):
        copy = _copy(about, told)
        if copy.answered_at is None:
            copy.decision, copy.reason = told["decision"], told["reason"]
            copy.answered_at = clock.now()
            copy.save(update_fields=["decision", "reason", "answered_at"])


def _copy(about: Exchange, told: Mapping[str, Any]) -> RightsCopy:
    found = RightsCopy.objects.select_for_update().filter(
        institution_id=about.institution_id, about=about.id, shared_id=told["id"]
    )
    copy = found.first()
    if copy is None:
        raise NotTheirs("right")
    return copy


_HEAR = {"right.ask": hear_ask, "right.due": hear_due, "right.answer": hear_answer}


def _tell(row: Exchange, kind: str, told: Mapping[str, Any], *, by: Actor) -> None:
    if not telling.is_local(row):
        telling.queue(row, by=by, kind=kind, payload=told, grant=None)
        return
    hear = _HEAR[kind]
    telling.hand_over(row, lambda mirror, actor: hear(mirror, told, by=actor))


def rights_waiting(*, by: Actor) -> list[RightsRequest]:
    """What persons ask of the actor's institution and is not answered, the nearest time first;
    nothing is opened."""
    members.check_may(by, members.Permission.RIGHTS_ANSWER)
    found = RightsRequest.objects.filter(institution_id=by.institution, answered_at__isnull=True)
    if not _opens_nothing(by):
        found = cases.only_open(found, by=by)
    return list(found.select_related("case"))


def open_right(*, by: Actor, request_id: UUID) -> OpenedRight:
    """One request of a person with her words; the opening is recorded first. Raises `NotFound`."""
    members.check_may(by, members.Permission.RIGHTS_ANSWER)
    row = _fetch(by, request_id)
    audit.read(by=by, verb="cooperation.open_right", subject=request_id)
    if row.case_id is not None:  # so that whoever asks who opened the case is told of it
        audit.read(by=by, verb="cooperation.rights_of_case", subject=row.case_id, right=request_id)
    return _opened(row)


def rights_of_case(*, by: Actor, case_id: UUID) -> list[OpenedRight]:
    """What the person of a case asked here, newest first, with the answers of all who hold her
    data: for herself, or for whoever answers. Recorded. Raises `NotFound`, `NotAllowed`."""
    _check_may(by)
    case = cases.fetch(cases.Case, case_id, by=by, unopened=_opens_nothing(by))
    audit.read(by=by, verb="cooperation.rights_of_case", subject=case_id)
    rows = RightsRequest.objects.filter(case=case, direction="own").order_by("-asked_at", "id")
    return [_opened(row) for row in rows]


def _fetch(by: Actor, request_id: UUID, *, lock: bool = False) -> RightsRequest:
    found = RightsRequest.objects.filter(id=request_id, institution_id=by.institution)
    row = found.select_for_update().first() if lock else found.select_related("case").first()
    if row is None:
        raise NotFound
    if row.case_id is not None:
        cases.fetch(cases.Case, row.case_id, by=by, unopened=_opens_nothing(by))
    return row


def _opened(row: RightsRequest) -> OpenedRight:
    try:
        told = row.unseal(vault.sealer(row.subject), ["asked", "answer"])
    except vault.Erased:  # what remains says that she asked, and what was decided
        told = {"asked": "", "answer": ""}
    copies = list(RightsCopy.objects.filter(request=row))
    return OpenedRight(row, str(told["asked"] or ""), str(told["answer"] or ""), copies)
