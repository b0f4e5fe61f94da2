"""What closing a case begins (step 7.5): the retention clock and the record for statistics.

Both are written in the transaction that closes, and withdrawn in the one that opens again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings

from ayni.cases import birth as births
from ayni.cases import retention
from ayni.cases import vocabulary as words
from ayni.cases.counted import StatisticsRecord
from ayni.cases.facts import state_code
from ayni.cases.models import Case
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

# What a record may hold, and the name of HTCDS 2.0 where it has one. No name, document, number,
# address, day, free text, place within a country, or reference.
COUNTED: Mapping[str, str] = {
    "side": "",
    "tracks": "",
    "status": "cas_Status",
    "closure_reason": "",
    "opened_year": "",
    "closed_year": "",
    "gender": "prs_Gender",
    "age_group": "",
    "citizenship": "prs_Citizenship",
    "host_state": "",
    "trafficking_status": "vic_TraffickingStatus",
    "exploitation": "vic_TypeOfExploitation",
    "consent": "con_Consent",
}


def begin(case: Case, now: datetime) -> None:
    """Write both for a case that closes now (not saved here)."""
    zone = ZoneInfo(members.institution(case.institution_id).time_zone)
    period = retention.period_for(
        members.this_node(), retention.periods(), node_months=settings.AYNI_RETENTION_MONTHS
    )
    case.kept_until = retention.kept_until(now.astimezone(zone).date(), period.months)
    case.kept_by = {"months": period.months, "status": period.status, "source": period.source}
    record = StatisticsRecord(
        institution_id=case.institution_id,
        subject=_key_of(case.institution_id),
        closed_year=now.astimezone(zone).year,
    )
    record.seal(vault.sealer(record.subject), coded=coded_answers(case, now, zone))
    record.save(force_insert=True)
    case.seal(vault.sealer(case.subject), record=str(record.id))


def withdraw(case: Case) -> None:
    """Take both back for a case that is opened again (not saved here)."""
    record = _record_of(case)
    if record is not None:
        record.delete()
    case.kept_until, case.kept_by = None, {}
    case.seal(vault.sealer(case.subject), record=None)


def consent_withdrawn(case: Case) -> None:
    """The record of a closed case says from now on that she does not agree to statistics."""
    record = _record_of(case)
    if record is not None:
        sealer = vault.sealer(record.subject)
        record.seal(sealer, coded={**_coded(record, sealer), "consent": False})
        record.save()


def recorded(case: Case) -> dict[str, Any]:
    """The coded answers that were written down when the case was closed; empty if none were."""
    record = _record_of(case)
    return {} if record is None else _coded(record, vault.sealer(record.subject))


def _coded(record: StatisticsRecord, sealer: vault.Sealer) -> dict[str, Any]:
    told = record.unseal(sealer)["coded"]
    return told if isinstance(told, dict) else {}


def _record_of(case: Case) -> StatisticsRecord | None:
    known = case.unseal(vault.sealer(case.subject), ["record"])["record"]
    if not known:
        return None
    found = StatisticsRecord.objects.filter(
        institution_id=case.institution_id, id=UUID(str(known))
    ).first()
    if found is None:
        raise NotFound
    return found


def _key_of(institution: UUID) -> UUID:
    """One key for all records of an institution; erasing a person's does not touch it."""
    there = StatisticsRecord.objects.filter(institution_id=institution).first()
    return vault.new_subject() if there is None else there.subject


def codes_of(case: Case, zone: ZoneInfo, sealer: vault.Sealer) -> dict[str, Any]:
    """What is counted of a case at any time: keys of `COUNTED`, each a code, codes or a year.

    Nothing of what is sealed leaves this function but codes. Raises `Tampered`.
    """
    told = case.unseal(sealer, ["facts", "exploitation"])
    facts = told["facts"] if isinstance(told["facts"], dict) else {}
    person = case.person.unseal(sealer, ["birth", "gender", "citizenships"])
    known = [str(code) for code in _list(person["citizenships"])]
    definition = protocol.definition(case.definition, case.definition_version)
    codes = {option.code for option in definition.options.get("type_of_exploitation", ())}
    opened = case.opened_at.astimezone(zone)
    return {
        "side": case.side,
        "tracks": sorted(case.tracks),
        "opened_year": opened.year,
        "gender": _code(person["gender"], words.Gender.values),
        "age_group": births.age_status(births.from_json(person["birth"]), opened.date()).value,
        # A rare nationality tells who somebody is.
        "citizenship": state_code(known[0]) if known else "",
        "host_state": state_code(case.host_country) if case.host_country else "",
        "trafficking_status": _code(
            facts.get("trafficking_status"),
            [option.code for option in definition.options.get("trafficking_status", ())],
        ),
        "exploitation": sorted(codes & {str(each) for each in _list(told["exploitation"])}),
    }


def coded_answers(case: Case, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """What is counted of a closed case: the keys of `COUNTED`, each a code, codes, a year or yes or
    no."""
    return {
        **codes_of(case, zone, vault.sealer(case.subject)),
        "status": case.status,
        "closure_reason": case.closure_reason,
        "closed_year": now.astimezone(zone).year,
        "consent": _agrees(case, now),
    }


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _code(value: Any, known: Any) -> str:
    """The value if it is a code; what another node wrote in its own words is not counted."""
    return str(value) if value in known else ""


def _agrees(case: Case, now: datetime) -> bool:
    return any(
        c.purpose == words.Purpose.STATISTICS
        and c.withdrawn_at is None
        and c.given_at <= now < c.valid_until
        for c in case.consents.all()
    )
