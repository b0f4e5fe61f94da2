"""Persons: recording, correcting, opening the identity, protection flag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import birth as births
from ayni.cases import search
from ayni.cases import vocabulary as words
from ayni.cases.access import fetch, fetch_to_change
from ayni.cases.models import Person
from ayni.lib import clock
from ayni.lib.errors import Refused
from ayni.members import api as members
from ayni.vault import api as vault

IDENTITY = (
    "name_as_written", "given_names", "first_surname", "second_surname", "other_names", "birth",
    "gender", "citizenships", "documents", "phones", "contact", "languages", "residence_country",
)  # fmt: skip


class UnknownCode(Refused):
    """A value that is not in its list of codes."""

    code = "unknown_code"
    reason = _("This value is not in the list.")


def check_details(details: Mapping[str, Any]) -> None:
    """Raise `UnknownCode` or ValueError for details that are not of the agreed form."""
    unknown = set(details) - set(IDENTITY)
    if unknown:
        raise UnknownCode(field=sorted(unknown)[0])
    births.from_json(details.get("birth"))
    if details.get("gender") and details["gender"] not in words.Gender.values:
        raise UnknownCode(field="gender")
    for name in details.get("other_names") or []:
        if name["kind"] not in words.NameKind.values:
            raise UnknownCode(field="other_names")
    for document in details.get("documents") or []:
        if document["kind"] not in words.DocumentKind.values:
            raise UnknownCode(field="documents")


def create(
    *, institution_id: str, subject: UUID, details: Mapping[str, Any], feared_states: list[str]
) -> Person:
    """A person's row inside the verb that opens the case (which audits)."""
    check_details(details)
    person = Person(institution_id=institution_id, subject=subject, created_at=clock.now())
    person.seal(vault.sealer(subject), **dict(details), feared_states=_checked(feared_states))
    person.save(force_insert=True)
    search.index(
        institution_id=person.institution_id,
        subject=subject,
        about="person",
        about_id=person.id,
        details=details,
    )
    return person


def _checked(feared_states: list[str]) -> list[Any]:
    unknown = set(feared_states) - set(members.states())
    if unknown:
        raise UnknownCode(field="feared_states")
    return sorted(feared_states)


def correct_person(
    *, by: Actor, person_id: UUID, version: int, details: Mapping[str, Any]
) -> Person:
    """Replace the given details. Raises `Conflict` if someone else changed them meanwhile."""
    members.check_may(by, members.Permission.CASE_WRITE)
    check_details(details)
    with audit.act(
        by=by, verb="cases.correct_person", subject=person_id, fields=",".join(sorted(details))
    ):
        person = fetch_to_change(Person, person_id, by=by, version=version)
        sealer = vault.sealer(person.subject)
        person.seal(sealer, **dict(details))
        person.save()
        search.index(
            institution_id=person.institution_id,
            subject=person.subject,
            about="person",
            about_id=person.id,
            details=person.unseal(sealer, IDENTITY),
        )
    return person


def open_identity(*, by: Actor, person_id: UUID) -> dict[str, Any]:
    """The identity in clear; each opening is recorded before anything is shown."""
    members.check_may(by, members.Permission.IDENTITY_READ)
    person = fetch(Person, person_id, by=by)
    audit.read(by=by, verb="cases.open_identity", subject=person_id)
    opened: dict[str, Any] = person.unseal(vault.sealer(person.subject), IDENTITY)
    return opened


def set_feared_states(*, by: Actor, person_id: UUID, states: list[str]) -> Person:
    """The protection flag: these states receive nothing about her, not even a clock.

    `cooperation` withdraws what is queued to them in the same transaction (see its api).
    """
    members.check_may(by, members.Permission.CASE_WRITE)
    with audit.act(by=by, verb="cases.set_feared_states", subject=person_id):
        person = fetch_to_change(Person, person_id, by=by, version=None)
        person.seal(vault.sealer(person.subject), feared_states=_checked(states))
        person.save()
    return person


def feared_states(person: Person) -> frozenset[str]:
    """Codes of the states that the person fears."""
    opened = person.unseal(vault.sealer(person.subject), ["feared_states"])["feared_states"]
    return frozenset(str(code) for code in opened) if isinstance(opened, list) else frozenset()


def age_status(person: Person) -> births.AgeStatus:
    """Adult, child or unknown, today."""
    stored = person.unseal(vault.sealer(person.subject), ["birth"])["birth"]
    return births.age_status(births.from_json(stored), clock.now().date())
