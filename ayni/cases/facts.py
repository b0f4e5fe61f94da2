"""What a case tells the conditions of the protocol. What is absent is unknown, and closes gates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from ayni.cases import birth as births
from ayni.cases.models import Case, Consent
from ayni.members import api as members
from ayni.vault import api as vault

_PLATFORM = "other"


def state_code(country: str) -> str:
    """The code of one of the ten states, or `other`."""
    code = country.lower()
    return code if code in members.states() else _PLATFORM


def _track(tracks: list[str]) -> str | None:
    match sorted(tracks):
        case ["smuggling", "trafficking"]:
            return "both"
        case [one]:
            return one
        case _:
            return None


def _holds(consents: Iterable[Consent], purpose: str, now: datetime) -> bool:
    return any(
        c.purpose == purpose and c.withdrawn_at is None and c.given_at <= now < c.valid_until
        for c in consents
    )


def own_states(citizenships: Any) -> set[str]:
    """Codes of the states among the ten whose national the person is."""
    known = (
        {str(code).lower() for code in citizenships} if isinstance(citizenships, list) else set()
    )
    return known & set(members.states())


def fears_own(feared_states: Any, citizenships: Any) -> bool:
    """Whether a feared state is her own; while her nationality is unknown any of them may be."""
    feared = set(feared_states) if isinstance(feared_states, list) else set()
    return bool(feared & own_states(citizenships)) if citizenships else bool(feared)


def facts_from(
    case: Case,
    stored: Any,
    *,
    age: births.AgeStatus,
    citizenships: Any,
    feared_states: Any,
    consents: Iterable[Consent],
    now: datetime,
) -> dict[str, Any]:
    """Facts of a case whose sealed parts are open already.

    Answers of steps come first; what the case itself records (age, track, risk, fear, consents)
    stands above them, so that an old answer never contradicts the record.
    """
    facts: dict[str, Any] = dict(stored) if isinstance(stored, Mapping) else {}
    if age is not births.AgeStatus.UNKNOWN:
        facts["age_group"] = age.value
    else:
        facts.pop("age_group", None)
    if case.host_country:
        facts["host_state"] = state_code(case.host_country)
    if isinstance(citizenships, list) and citizenships:
        facts["nationality_state"] = state_code(str(citizenships[0]))
    if fears_own(feared_states, citizenships):
        facts["fears_own_state"] = True
    for name, value in (
        ("situation", case.situation),
        ("risk_level", case.risk),
        ("track", _track(case.tracks)),
        ("closure_reason", case.closure_reason),
    ):
        if value:
            facts[name] = value
    listed = list(consents)
    if _holds(listed, "interview", now):
        facts["consent_to_interview"] = True
    elif facts.get("consent_to_interview") is True:
        facts["consent_to_interview"] = False
    return facts


def facts_of(case: Case, now: datetime) -> dict[str, Any]:
    """Facts of a case, opening what is needed."""
    sealer = vault.sealer(case.subject)
    person = case.person.unseal(sealer, ["birth", "feared_states", "citizenships"])
    return facts_from(
        case,
        case.unseal(sealer, ["facts"])["facts"],
        age=births.age_status(births.from_json(person["birth"]), now.date()),
        citizenships=person["citizenships"],
        feared_states=person["feared_states"],
        consents=case.consents.all(),
        now=now,
    )
