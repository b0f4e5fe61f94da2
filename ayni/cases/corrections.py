"""Correcting what is recorded: the person, whom she fears, and what she told and needs.

What the protocol says is worked out anew in the same transaction: an age or a nationality decides
which steps apply.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import circumstances, facts, persons, search
from ayni.cases.access import fetch, fetch_to_change, lock
from ayni.cases.errors import UnknownCode
from ayni.cases.heard import tell_changed
from ayni.cases.models import Case, Person
from ayni.cases.states import CASE_OPEN
from ayni.cases.steps import protocol_facts
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

TOLD = ("narrative", "needs", "exploitation")
OPENED = (*TOLD, "circumstances")


def _refresh(person: Person, by: Actor) -> None:
    for case in Case.objects.filter(person=person, status__in=sorted(CASE_OPEN)):
        protocol.refresh(by=by, subject=case.id, facts=protocol_facts(case))


def feared_by_details(person: Person, details: Mapping[str, Any]) -> frozenset[str]:
    """Her own states that these details add, if a case of hers says that she fears hers."""
    if "citizenships" not in details or not persons.fears_own_state(person):
        return frozenset()
    known = facts.own_states(details["citizenships"])
    return frozenset(known - persons.own_states_of(person))


def correct_person(
    *, by: Actor, person_id: UUID, version: int, details: Mapping[str, Any]
) -> Person:
    """Replace the given details. Who fears her own state fears the one that is recorded now, too:
    `cooperation.protect` calls back what is queued there, before this.

    Raises `Conflict` if someone else changed them meanwhile.
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    persons.check_details(details)
    with audit.act(
        by=by, verb="cases.correct_person", subject=person_id, fields=",".join(sorted(details))
    ):
        person = fetch_to_change(Person, person_id, by=by, version=version)
        sealer = vault.sealer(person.subject)
        feared = feared_by_details(person, details)
        person.seal(sealer, **dict(details), **persons.named_too(person, feared))
        person.save()
        search.index(
            institution_id=person.institution_id,
            subject=person.subject,
            about="person",
            about_id=person.id,
            details=person.unseal(sealer, persons.IDENTITY),
        )
        _refresh(person, by)
        for case in person.cases.all():
            tell_changed(case)
    return person


def hold_feared_states(*, by: Actor, person_id: UUID) -> frozenset[str]:
    """The states recorded as feared, with her record locked: nobody changes them until the act is
    over."""
    return persons.named_states(lock(Person, person_id, by=by))


def set_feared_states(*, by: Actor, person_id: UUID, states: list[str]) -> Person:
    """The protection flag: these states receive nothing about her, not even a clock.

    `cooperation` withdraws what is queued to them in the same transaction (see its api).
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cases.set_feared_states", subject=person_id):
        person = fetch_to_change(Person, person_id, by=by, version=None)
        person.seal(vault.sealer(person.subject), feared_states=persons.checked_states(states))
        person.save()
        search.hide(subject=person.subject, from_others=members.this_node() in states)
        _refresh(person, by)
    return person


def correct_told(
    *, by: Actor, case_id: UUID, version: int, told: Mapping[str, Any], health: str | None = None,
    answers: Mapping[str, str] | None = None,
) -> Case:  # fmt: skip
    """Replace what she told and needs (`TOLD`), what must be known of her health, and what was
    answered about her situation (`circumstances.as_kept`); None leaves it as it is.

    Raises `Conflict` if someone else changed the case meanwhile, `UnknownCode` for another field or
    an answer that is none.
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    unknown = set(told) - set(TOLD)
    if unknown:
        raise UnknownCode(field=sorted(unknown)[0])
    with audit.act(by=by, verb="cases.correct_told", subject=case_id):
        case = fetch_to_change(Case, case_id, by=by, version=version)
        if case.status not in CASE_OPEN:
            raise WrongState
        sealer = vault.sealer(case.subject)
        case.seal(sealer, **dict(told))
        if answers is not None:
            before = case.unseal(sealer, ["circumstances"])["circumstances"]
            kept = circumstances.as_kept(before, answers, now=clock.now())
            case.seal(sealer, circumstances=kept)
        case.save()
        tell_changed(case)
        if health is not None:
            person = persons.lock(case.person_id)
            person.seal(vault.sealer(person.subject), health=health)
            person.save()
    return case


def open_told(*, by: Actor, case_id: UUID) -> tuple[Case, dict[str, Any]]:
    """What she told and needs, her health, and what was answered about her situation (`Answered` by
    profile), for correcting it; the opening is recorded first."""
    members.check_may(by, members.Permission.CASE_READ)
    case = fetch(Case, case_id, by=by)
    audit.read(by=by, verb="cases.open_told", subject=case_id)
    sealer = vault.sealer(case.subject)
    opened = {**case.unseal(sealer, OPENED), **case.person.unseal(sealer, ["health"])}
    return case, {**opened, "circumstances": circumstances.answered(opened["circumstances"])}
