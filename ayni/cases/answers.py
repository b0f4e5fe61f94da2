"""What a step's form tells the case itself: answers that belong into the record of case and person.

A form's answers stay as they were given. Some of them also are the case's own data (track, risk,
birth, nationality, fear of a state): those are brought into the record, or refused if the record
says otherwise, so that no two places tell two things.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.cases import birth as births
from ayni.cases import facts, persons
from ayni.cases import vocabulary as words
from ayni.cases.errors import Contradicted
from ayni.cases.models import Case
from ayni.lib import clock
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

_TRACKS = {
    "trafficking": ["trafficking"],
    "smuggling": ["smuggling"],
    "both": ["smuggling", "trafficking"],
    "neither": [],
}


def learn(case: Case, step: str, answers: Mapping[str, Any]) -> None:
    """Bring the answers of one form into the case (not saved here) and the person (saved).

    Raises `Contradicted` if age or nationality of the person are recorded otherwise.
    """
    definition = protocol.definition(case.definition, case.definition_version)
    learned = protocol.facts_from_answers(definition, {step: answers})
    if learned:
        add_facts(case, learned)
    before = (case.tracks, case.risk, case.narrative, case.exploitation)
    if "track" in learned:
        case.tracks = _TRACKS[str(learned["track"])]
    if "risk_level" in learned:
        case.risk = words.Risk(str(learned["risk_level"])).value
    _tell_case(case, answers)
    if before != (case.tracks, case.risk, case.narrative, case.exploitation):
        # Whoever has an older version in a form must see the new value first.
        case.version += 1
    _tell_person(case, learned)


def add_facts(case: Case, learned: Mapping[str, Any]) -> None:
    """Add facts to those that the case holds (sealed)."""
    sealer = vault.sealer(case.subject)
    known = case.unseal(sealer, ["facts"])["facts"]
    case.seal(sealer, facts={**(known if isinstance(known, dict) else {}), **learned})


def _tell_case(case: Case, answers: Mapping[str, Any]) -> None:
    """The identification interview tells what the case is about (step 3.3)."""
    sealer = vault.sealer(case.subject)
    exploitation = answers.get("type_of_exploitation")
    if isinstance(exploitation, list) and exploitation:
        case.seal(sealer, exploitation=exploitation)
    account = answers.get("account")
    if isinstance(account, str) and account.strip():
        told = case.unseal(sealer, ["narrative"])["narrative"]
        whole = account if not told or account in str(told) else f"{told}\n\n{account}"
        case.seal(sealer, narrative=whole)


def _tell_person(case: Case, learned: Mapping[str, Any]) -> None:
    wanted = {"age_group", "nationality_state", "fears_own_state"} & set(learned)
    if not wanted:
        return
    person = persons.lock(case.person_id)
    sealer = vault.sealer(person.subject)
    known = person.unseal(sealer, ["birth", "citizenships"])
    changed: dict[str, Any] = {}
    if "age_group" in learned:
        changed |= _age(known["birth"], str(learned["age_group"]))
    citizenships = known["citizenships"]
    if "nationality_state" in learned:
        added = _nationality(citizenships, str(learned["nationality_state"]))
        changed |= added
        citizenships = added.get("citizenships", citizenships)
    fears = learned.get("fears_own_state")
    if fears is None and "citizenships" in changed:  # she said so before it was known which it is
        fears = persons.fears_own_state(person)
    if fears is True:
        changed |= persons.named_too(person, facts.own_states(citizenships))
    if changed:
        person.seal(sealer, **changed)
        person.version += 1
        person.save()
        case.person = person


def feared_by_answers(case: Case, answers: Mapping[str, Any]) -> frozenset[str]:
    """Her own states as they would stand with these answers of a form, if by them or by what the
    case says already she fears hers; for calling back what is queued there before anything is
    recorded. Raises `Contradicted` if her nationality is recorded otherwise."""
    person, fears = case.person, answers.get("fears_own_state")
    code = answers.get("nationality_state")
    citizenships = person.unseal(vault.sealer(person.subject), ["citizenships"])["citizenships"]
    added = {} if code is None else _nationality(citizenships, str(code))
    if fears is None and added:
        fears = persons.fears_own_state(person)
    if fears is not True:
        return frozenset()
    return frozenset(facts.own_states(added.get("citizenships", citizenships)))


def _age(stored: Any, group: str) -> dict[str, Any]:
    today = clock.now().date()
    birth = births.from_json(stored)
    status = births.age_status(birth, today)
    if status.value == group:
        return {}
    if status is not births.AgeStatus.UNKNOWN:
        raise Contradicted(field="age_group")
    band = births.narrowed(birth, is_child=group == "child", today=today)
    if band is None:
        raise Contradicted(field="age_group")
    return {"birth": births.to_json(band)}


def _nationality(stored: Any, code: str) -> dict[str, Any]:
    citizenships = stored if isinstance(stored, list) else []
    if not citizenships:
        return {} if code == "other" else {"citizenships": [code.upper()]}
    known = {str(each).lower() for each in citizenships}
    if code in known or (code == "other" and known - set(members.states())):
        return {}
    raise Contradicted(field="nationality_state")
