"""Persons: recording, opening the identity, age, feared states."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import birth as births
from ayni.cases import search
from ayni.cases import vocabulary as words
from ayni.cases.access import fetch
from ayni.cases.errors import UnknownCode
from ayni.cases.models import Person
from ayni.cases.safeguards import Unplaced
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault

IDENTITY = (
    "name_as_written", "given_names", "first_surname", "second_surname", "other_names", "birth",
    "gender", "citizenships", "documents", "phones", "contact", "languages", "residence_country",
)  # fmt: skip


def check_details(details: Mapping[str, Any]) -> None:
    """Raise `UnknownCode` or ValueError for details that are not of the agreed form."""
    unknown = set(details) - set(IDENTITY)
    if unknown:
        raise UnknownCode(field=sorted(unknown)[0])
    births.check_possible(births.from_json(details.get("birth")), clock.now().date())
    if details.get("gender") and details["gender"] not in words.Gender.values:
        raise UnknownCode(field="gender")
    for name in details.get("other_names") or []:
        if name["kind"] not in words.NameKind.values:
            raise UnknownCode(field="other_names")
    for document in details.get("documents") or []:
        if document["kind"] not in words.DocumentKind.values:
            raise UnknownCode(field="documents")


def check_birth(values: Mapping[str, Any]) -> None:
    """Raise ValueError for a birth, in what another node sent, that is no day, month, year or age,
    or that cannot be."""
    try:
        births.check_possible(births.from_json(values.get("birth")), clock.now().date())
    except (KeyError, TypeError, AttributeError, OverflowError):
        raise ValueError("birth") from None


def create(
    *, institution_id: str, subject: UUID, details: Mapping[str, Any], feared_states: list[str]
) -> Person:
    """A person's row inside the verb that opens the case (which audits)."""
    check_details(details)
    person = Person(institution_id=institution_id, subject=subject, created_at=clock.now())
    person.seal(vault.sealer(subject), **dict(details), feared_states=checked_states(feared_states))
    person.save(force_insert=True)
    index_again(person)
    return person


def index_again(person: Person) -> None:
    """Write the search tokens of a person anew, hidden from others where she fears this state."""
    known = person.unseal(vault.sealer(person.subject), [*IDENTITY, "feared_states"])
    feared = known.pop("feared_states")
    search.index(
        institution_id=person.institution_id,
        subject=person.subject,
        about="person",
        about_id=person.id,
        details=known,
    )
    if isinstance(feared, list) and feared:
        search.hide(subject=person.subject, from_others=members.this_node() in feared)


def lock(person_id: UUID) -> Person:
    """A person's row, locked, inside a verb that has checked whose it is."""
    return Person.objects.select_for_update().get(id=person_id)


def checked_states(feared_states: list[str]) -> list[Any]:
    unknown = set(feared_states) - set(members.states())
    if unknown:
        raise UnknownCode(field="feared_states")
    return sorted(feared_states)


def open_identity(*, by: Actor, person_id: UUID) -> dict[str, Any]:
    """The identity in clear; each opening is recorded before anything is shown."""
    members.check_may(by, members.Permission.IDENTITY_READ)
    person = fetch(Person, person_id, by=by)
    audit.read(by=by, verb="cases.open_identity", subject=person_id)
    opened: dict[str, Any] = person.unseal(vault.sealer(person.subject), IDENTITY)
    return opened


def named_states(person: Person) -> frozenset[str]:
    """Codes of the states that are recorded as feared."""
    opened = person.unseal(vault.sealer(person.subject), ["feared_states"])["feared_states"]
    return frozenset(str(code) for code in opened) if isinstance(opened, list) else frozenset()


def feared_states(person: Person) -> frozenset[str]:
    """Codes of the states that receive nothing: those that are named; all but this one (`Unplaced`)
    while she fears her own state and which one that is is not recorded."""
    named = named_states(person)
    if not fears_unplaced(person):
        return named
    return Unplaced(named | (frozenset(members.states()) - {members.this_node()}))


def fears_unplaced(person: Person) -> bool:
    """Whether a case of hers says that she fears her own state, and none what state that is."""
    return nationality_unknown(person) and fears_own_state(person)


def nationality_unknown(person: Person) -> bool:
    """Whether neither the person's record nor a case of hers says whose national she is."""
    if person.unseal(vault.sealer(person.subject), ["citizenships"])["citizenships"]:
        return False
    return not any("nationality_state" in facts for facts in _told_by_cases(person))


def fears_own_state(person: Person) -> bool:
    """Whether a case of hers says that she fears her own state, whichever it is (step 2.6)."""
    return any(facts.get("fears_own_state") is True for facts in _told_by_cases(person))


def named_too(person: Person, states: Iterable[str]) -> dict[str, Any]:
    """What is to be sealed so that these states are named as feared, too, inside a verb that holds
    the person's row; empty if they are. Hides her from others here if this state is one of them."""
    before = named_states(person)
    now = before | set(states)
    if now == before:
        return {}
    if members.this_node() in now:
        search.hide(subject=person.subject, from_others=True)
    return {"feared_states": checked_states(list(now))}


def _told_by_cases(person: Person) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for case in person.cases.all():
        facts = case.unseal(vault.sealer(case.subject), ["facts"])["facts"]
        found.append(facts if isinstance(facts, dict) else {})
    return found


def own_states_of(person: Person) -> frozenset[str]:
    """Codes of the states among the ten whose national the person is."""
    opened = person.unseal(vault.sealer(person.subject), ["citizenships"])["citizenships"]
    known = opened if isinstance(opened, list) else []
    return frozenset(str(code).lower() for code in known) & frozenset(members.states())


def age_of_birth(stored: Any) -> births.AgeStatus:
    """Adult, child or unknown, today, by a birth as another node sent it; None is unknown."""
    return births.age_status(births.from_json(stored), clock.now().date())


def age_status(person: Person) -> births.AgeStatus:
    """Adult, child or unknown, today."""
    stored = person.unseal(vault.sealer(person.subject), ["birth"])["birth"]
    return births.age_status(births.from_json(stored), clock.now().date())
