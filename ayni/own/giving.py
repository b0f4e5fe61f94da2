"""An officer gives a code on paper, and ends it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.identifiers import spoken_code
from ayni.members import api as members
from ayni.own import codes
from ayni.own.errors import ChildAuthorityOnly, NotAgreed, PersonOnly
from ayni.own.models import Code, Visit
from ayni.vault import api as vault

LONGEST = timedelta(days=90)
Giver = cases.vocabulary.ConsentBy


@dataclass(frozen=True, slots=True)
class NewCode:
    """To whom a code is given. `agreed`: she or he wants it; `safe`: the paper can be kept where
    nobody looks, as the safe contact allows; `own_view`: what a child says; at most 90 days."""

    given_to: str
    agreed: bool
    safe: bool
    own_view: str = ""
    valid_for: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Given:
    """The two numbers in clear: shown once, kept nowhere."""

    opens: str
    harmless: str
    valid_until: datetime


def digest(number: str) -> bytes:
    """The keyed digest of a number as typed; its key lies in the keyring, apart from the tables."""
    return vault.search_token("own.code", codes.normal(number))


def _check(new: NewCode, *, is_child: bool) -> None:
    if not (new.agreed and new.safe) or not timedelta(0) < new.valid_for <= LONGEST:
        raise NotAgreed
    given_to = Giver(new.given_to)
    if is_child and (given_to != Giver.CHILD_AUTHORITY or not new.own_view.strip()):
        raise ChildAuthorityOnly
    if not is_child and given_to != Giver.PERSON:
        raise PersonOnly


def give_code(*, by: Actor, case_id: UUID, new: NewCode) -> Given:
    """Make the two numbers of one paper; an earlier paper ends.

    Raises `NotAgreed`, `ChildAuthorityOnly`, `PersonOnly`, `NotFound`, `NotAllowed`;
    `cases.CaseClosed` unless the case stands open to the actor, for what the paper opens would
    outlast an emergency; ValueError for an unknown `given_to`.
    """
    with audit.act(by=by, verb="own.give_code", subject=case_id) as act:
        case = cases.case_for(by=by, case_id=case_id)
        cases.check_open(case, by=by, standing=True)
        _check(new, is_child=cases.age_status(case.person).counts_as_child)
        # Of two officers at once the later one ends the paper of the first.
        cases.Case.objects.select_for_update().get(id=case_id)
        _end(case_id)
        now = clock.now()
        given = Given(_number(), _number(), now + new.valid_for)
        code = Code(
            institution_id=case.institution_id,
            case=case,
            opens=digest(given.opens),
            harmless=digest(given.harmless),
            given_to=new.given_to,
            given_at=now,
            given_by=UUID(by.id),
            valid_until=given.valid_until,
        )
        code.seal(vault.sealer(case.subject), own_view=new.own_view.strip())
        code.save(force_insert=True)
        act.note(code=code.id, given_to=new.given_to)
    return given


def _number() -> str:
    return spoken_code(codes.GROUPS, codes.LENGTH)


def end_code(*, by: Actor, case_id: UUID) -> None:
    """End the code of a case at once, and the visits with it."""
    with audit.act(by=by, verb="own.end_code", subject=case_id):
        cases.case_for(by=by, case_id=case_id)
        _end(case_id)


def _end(case_id: UUID) -> None:
    Visit.objects.filter(code__case_id=case_id).delete()
    Code.objects.filter(case_id=case_id, ended_at__isnull=True).update(ended_at=clock.now())


def code_of(*, by: Actor, case_id: UUID) -> Code | None:
    """The code of a case that opens something now, if there is one; its numbers are not in it."""
    members.check_may(by, members.Permission.CASE_WRITE)
    return Code.objects.filter(
        case_id=case_id,
        institution_id=by.institution,
        ended_at__isnull=True,
        valid_until__gt=clock.now(),
    ).first()
