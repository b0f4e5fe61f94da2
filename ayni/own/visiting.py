"""A visit with a number from paper: it begins, goes on from page to page, and is over.

No cookie: each page carries a ticket in its form, used up by the next page. Going back, or sending
the first form again, shows nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.core import signing
from django.db import IntegrityError
from django.db.models import Q

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.lib import clock
from ayni.lib.identifiers import random_token
from ayni.own import codes, guessing
from ayni.own.errors import UnknownNumber, VisitOver
from ayni.own.giving import digest
from ayni.own.models import Code, Visit
from ayni.vault import api as vault

LASTS = timedelta(minutes=10)
FORM_OPEN = timedelta(minutes=30)
# A second click of a frightened person comes within this time and brings the same ticket.
TWO_CLICKS = timedelta(seconds=2)
PARTS = frozenset(
    {
        "start",
        "written",
        "journey",
        "consents",
        "withdraw",
        "withdrawn",
        "opened",
        "rights",
        "ask",
        "asked",
    }
)
_SALT = "ayni.own"


@dataclass(frozen=True, slots=True)
class Visiting:
    """Who visits. `ticket` is for the next page; a harmless visit has no next page."""

    person: Actor
    case_id: UUID
    harmless: bool
    ticket: str


def new_form() -> str:
    """What the form that asks for the number carries: it begins one visit, within half an hour."""
    return signing.TimestampSigner(salt=_SALT).sign(random_token())


def _form_digest(form: str) -> bytes:
    try:
        name = signing.TimestampSigner(salt=_SALT).unsign(form, max_age=FORM_OPEN)
    except signing.BadSignature:
        raise VisitOver from None
    return vault.search_token("own.form", name)


def _ticket_digest(ticket: str) -> bytes:
    return vault.search_token("own.ticket", ticket)


def enter(*, address: str, number: str, form: str) -> Visiting:
    """Begin a visit with one of the two numbers; `address` is where it comes from.

    Raises `TooManyTries`, `VisitOver` (a form that is too old or was used), `UnknownNumber`.
    """
    now = clock.now()
    guessing.check(address, now)
    entered = _form_digest(form)
    found = _code(number, now)
    if found is None:
        guessing.note(address, now)
        raise UnknownNumber
    try:
        return _begun(found, entered, harmless=bytes(found.harmless) == digest(number), now=now)
    except IntegrityError:
        raise VisitOver from None


def _code(number: str, now: datetime) -> Code | None:
    if not codes.normal(number):
        return None
    token = digest(number)
    return Code.objects.filter(
        Q(opens=token) | Q(harmless=token), ended_at__isnull=True, valid_until__gt=now
    ).first()


def _begun(code: Code, entered: bytes, *, harmless: bool, now: datetime) -> Visiting:
    """Both numbers take the same way through the same statements."""
    visiting = _visiting(code, harmless=harmless)
    shows = "nothing" if harmless else "own"
    token = _ticket_digest(visiting.ticket)
    with audit.act(
        by=visiting.person, verb="own.enter", subject=code.case_id, code=code.id, shows=shows
    ):
        # Kept as long as the form that began it could be sent again.
        Visit.objects.filter(began_at__lte=now - FORM_OPEN, until__lte=now).delete()
        Visit.objects.create(
            code=code,
            harmless=harmless,
            entered=entered,
            ticket=token,
            before=token,
            began_at=now,
            turned_at=now,
            until=now + LASTS,
        )
    return visiting


def _visiting(code: Code, *, harmless: bool) -> Visiting:
    person = Actor(ActorKind.PERSON, str(code.id), str(code.institution_id))
    return Visiting(person, code.case_id, harmless, random_token(24))


def go_on(*, ticket: str, part: str) -> Visiting:
    """The next page of a visit: `part` of `PARTS`. Raises `VisitOver`, ValueError."""
    if part not in PARTS:
        raise ValueError("part")
    return _turned(_ticket_digest(ticket), part, clock.now())


def _turned(token: bytes, part: str, now: datetime) -> Visiting:
    known = _open_visit(token, now)
    visiting = _visiting(known.code, harmless=False)
    with audit.act(by=visiting.person, verb="own.look", subject=visiting.case_id, part=part):
        # Locked, and looked at again: another click may have used the ticket up meanwhile.
        visit = Visit.objects.select_for_update().filter(id=known.id).first()
        if visit is None or not _holds(visit, token, now):
            raise VisitOver
        visit.before, visit.ticket = token, _ticket_digest(visiting.ticket)
        visit.turned_at, visit.until = now, now + LASTS
        visit.save(update_fields=["before", "ticket", "turned_at", "until"])
    return visiting


def _open_visit(token: bytes, now: datetime) -> Visit:
    visit = (
        Visit.objects.select_related("code")
        .filter(Q(ticket=token) | Q(before=token), harmless=False, until__gt=now)
        .filter(code__ended_at__isnull=True, code__valid_until__gt=now)
        .first()
    )
    if visit is None or not _holds(visit, token, now):
        raise VisitOver
    return visit


def _holds(visit: Visit, token: bytes, now: datetime) -> bool:
    return bytes(visit.ticket) == token or (
        bytes(visit.before) == token and now - visit.turned_at <= TWO_CLICKS
    )


def leave(*, ticket: str) -> None:
    """The visit is over; nothing if it was over already."""
    _left(_ticket_digest(ticket), clock.now())


def _left(token: bytes, now: datetime) -> None:
    try:
        visit = _open_visit(token, now)
    except VisitOver:
        return
    person = _visiting(visit.code, harmless=False).person
    with audit.act(by=person, verb="own.leave", subject=visit.code.case_id):
        Visit.objects.filter(id=visit.id).update(until=now)
