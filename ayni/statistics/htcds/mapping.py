"""A case of Ayni as a record of HTCDS 2.0, and back, without loss. Pure.

HTCDS has one first and one second name, a whole day of birth and no case id: what it has a field
for stands there, so that everybody who knows the standard reads it, and what it cannot say stands
in a field of ours beside it (ADR 0014, 0077). Coming back, our field counts where there is one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from ayni.statistics.htcds import fields, values
from ayni.statistics.htcds.records import Record
from ayni.statistics.htcds.values import Value

# Ages as the field's public data set bands them (CTDC codebook v6), from low to high.
AGE_BANDS = ((0, 8), (9, 17), (18, 20), (21, 23), (24, 26), (27, 29), (30, 38), (39, 47), (48, 130))
# Answers of the protocol's step 3.3 -> field; the codes are HTCDS's own.
ANSWERS = {
    "trafficking_status": "vic_TraffickingStatus",
    "deciding_body": "vic_TraffickingStatusDecisionMakingOrg",
    "methods_of_control": "vic_MethodsOfControl",
    "method_of_recruitment": "vic_MethodOfRecruitment",
}
_TEXTS = {
    "name_as_written": "ayni_NameAsWritten",
    "given_names": "prs_FirstName",
    "first_surname": "ayni_FirstSurname",
    "second_surname": "ayni_SecondSurname",
    "residence_country": "ayni_ResidenceCountry",
}
_LISTS = {
    "other_names": "ayni_OtherNames",
    "documents": "ayni_Documents",
    "phones": "ayni_Phones",
    "contact": "ayni_Contact",
    "languages": "ayni_Languages",
}
_TOLD = {"health": "ayni_Health", "narrative": "ayni_Narrative", "needs": "ayni_Needs"}
_CODES = {
    "side": "ayni_Side",
    "situation": "ayni_Situation",
    "risk": "ayni_Risk",
    "closure_reason": "ayni_ClosureReason",
}


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What of a case is exported. `person`: as `cases.IDENTITY`, what is empty left out; `answers`:
    of step 3.3; `told`: health, narrative and needs; `country` is the registering state's code.
    `referred_to`, `referred_on`: to which institution (its code) the case was referred last, and
    when; `came_on`: when a referral first brought it here. `feared`: the states that must never
    learn of the person, ISO 3166-1 alpha-2 in capitals."""

    reference: str
    node: str
    country: str
    opened_on: date
    status: str
    side: str
    closed_on: date | None = None
    closure_reason: str = ""
    host_country: str = ""
    situation: str = ""
    risk: str = ""
    officer: str = ""
    consent: bool = False
    tracks: tuple[str, ...] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)
    exploitation: Any = None
    person: Mapping[str, Any] = field(default_factory=dict)
    told: Mapping[str, Any] = field(default_factory=dict)
    referred_to: str = ""
    referred_on: date | None = None
    came_on: date | None = None
    feared: tuple[str, ...] = ()


def record_of(case: CaseFacts) -> Record:
    """A case as a record, with everything that is known; `without` takes away what was not asked
    for."""
    told: dict[str, Value | None] = {
        "ayni_RecordId": case.reference,
        "ayni_RegistrationDate": case.opened_on,
        "ayni_RegistrationYear": Decimal(case.opened_on.year),
        "ayni_RegisteringState": case.country,
        "ayni_RegisteringNode": case.node,
        "ayni_Track": case.tracks,
        "ayni_FearedStates": case.feared,
        "ayni_HostCountry": case.host_country,
        "ayni_ClosedOn": case.closed_on,
        "ayni_AgeBand": _band(case.person.get("birth"), case.opened_on),
        "cas_Status": case.status,
        "cas_CaseOwner": case.officer,
        "cas_ReasonForCaseClosure": _closure(case.closure_reason),
        "cas_IncomingReferralDate": case.came_on,
        "cas_ReferredOrganisation": case.referred_to,
        "cas_OutgoingReferralDate": case.referred_on,
        "con_Consent": case.consent,
        **{name: getattr(case, one) for one, name in _CODES.items()},
        **{name: case.told.get(one) for one, name in _TOLD.items()},
        **_answered(case),
        **_person(case.person),
    }
    known = fields.fields()
    kept = {
        name: value if isinstance(value, bool) else _tidy(value)
        for name in known
        if isinstance(value := told.get(name), bool) or (value is not None and _tidy(value))
    }
    return Record({name: value for name, value in kept.items() if value is not None})


def _closure(code: str) -> str:
    """The words of a reason: the standard has a text where ours is a code, which stands beside it
    and alone counts coming back."""
    return (fields.fields()["ayni_ClosureReason"].codes or {}).get(code, "")


def _tidy(value: Any) -> Any:
    """Text as the formats keep it: one kind of line break, nothing empty around it."""
    if isinstance(value, str):
        return value.replace("\r\n", "\n").replace("\r", "\n").strip()
    return value


def _answered(case: CaseFacts) -> dict[str, Value | None]:
    found: dict[str, Value | None] = {}
    for answer, name in ANSWERS.items():
        codes = fields.fields()[name].codes or {}
        told = case.answers.get(answer)
        if isinstance(told, list | tuple):
            found[name] = tuple(dict.fromkeys(code for code in told if code in codes))
        elif told in codes:
            found[name] = str(told)
    listed = case.exploitation if isinstance(case.exploitation, list) else []
    codes = fields.fields()["vic_TypeOfExploitation"].codes or {}
    exploited = tuple(dict.fromkeys(code for code in listed if code in codes))
    found["vic_TypeOfExploitation"] = exploited
    if case.exploitation and list(exploited) != case.exploitation:
        found["ayni_Exploitation"] = case.exploitation
    return found


def _person(person: Mapping[str, Any]) -> dict[str, Value | None]:
    surnames = [person.get(one) for one in ("first_surname", "second_surname")]
    found: dict[str, Value | None] = {
        **{name: person.get(one) for one, name in _TEXTS.items()},
        **{name: person.get(one) for one, name in _LISTS.items()},
        "prs_SecondName": " ".join(_tidy(each) for each in surnames if each),
        "prs_Gender": person.get("gender"),
        **_birth(person.get("birth")),
    }
    named = person.get("citizenships")
    known = named if isinstance(named, list) else []
    codes = tuple(dict.fromkeys(code for code in known if code in fields.countries()))
    found["prs_Citizenship"] = codes
    if named and list(codes) != named:
        found["ayni_Citizenships"] = named
    for at, name in enumerate(("prs_PrimaryLanguage", "prs_SecondaryLanguage")):
        spoken = person.get("languages")
        if isinstance(spoken, list) and len(spoken) > at:
            found[name] = fields.language_words().get(str(spoken[at]))
    documents, phones = person.get("documents"), person.get("phones")
    if isinstance(documents, list) and documents and isinstance(documents[0], dict):
        found["prs_IdentityNumber"] = str(documents[0].get("number") or "")
    if isinstance(phones, list):
        found["prs_MobilePhone"] = next((str(p) for p in phones if values.is_phone(str(p))), "")
    lives = str(person.get("residence_country") or "").strip()
    found["prs_MailingCountry"] = lives if lives in fields.countries() else ""
    return found


def _birth(birth: Any) -> dict[str, Value | None]:
    if not isinstance(birth, Mapping):
        return {}
    exact = birth.get("precision") == "date"
    as_of = birth.get("as_of")
    return {
        "prs_Birthdate": date.fromisoformat(birth["value"]) if exact else None,
        "ayni_BirthPrecision": birth.get("precision"),
        "ayni_BirthValue": birth.get("value"),
        "ayni_BirthQuality": birth.get("quality"),
        "ayni_BirthAsOf": date.fromisoformat(as_of) if as_of else None,
    }


def without(record: Record, holds: str) -> Record:
    """A record without the fields that hold "identity", or "told"."""
    known = fields.fields()
    kept = {name: v for name, v in record.values.items() if known[name].holds != holds}
    # Free text of an event, a plan or a comment is what somebody told; an address finds somebody.
    groups = {
        prefix: tuple(
            entry
            for each in entries
            if (entry := {n: v for n, v in each.items() if known[n].holds != holds})
        )
        for prefix, entries in record.groups.items()
    }
    return Record(kept, {prefix: entries for prefix, entries in groups.items() if entries})


def facts_of(record: Record) -> CaseFacts:
    """The case that a record of ours was made of. Raises KeyError for one of somebody else's, which
    says neither its id nor where and when it was registered."""
    told = record.values
    text = {one: str(told.get(name, "")) for one, name in _CODES.items()}
    return CaseFacts(
        reference=str(told["ayni_RecordId"]),
        node=str(told["ayni_RegisteringNode"]),
        country=str(told["ayni_RegisteringState"]),
        opened_on=_day(told["ayni_RegistrationDate"]) or date.min,
        closed_on=_day(told.get("ayni_ClosedOn")),
        status=str(told["cas_Status"]),
        side=text["side"],
        closure_reason=text["closure_reason"],
        situation=text["situation"],
        risk=text["risk"],
        host_country=str(told.get("ayni_HostCountry", "")),
        officer=str(told.get("cas_CaseOwner", "")),
        consent=told.get("con_Consent") is True,
        tracks=_codes(told.get("ayni_Track")),
        answers={
            answer: list(told[name]) if isinstance(told[name], tuple) else told[name]  # type: ignore[arg-type]
            for answer, name in ANSWERS.items()
            if name in told
        },
        exploitation=told.get("ayni_Exploitation")
        or list(_codes(told.get("vic_TypeOfExploitation")))
        or None,
        person=person_of(record),
        told={one: told[name] for one, name in _TOLD.items() if name in told},
        referred_to=str(told.get("cas_ReferredOrganisation", "")),
        referred_on=_day(told.get("cas_OutgoingReferralDate")),
        came_on=_day(told.get("cas_IncomingReferralDate")),
        feared=_codes(told.get("ayni_FearedStates")),
    )


def person_of(record: Record) -> dict[str, Any]:
    """The person of any record, as `cases.IDENTITY`; what the record does not say is left out.

    A second name of somebody else's record is kept whole as the first surname: where it divides
    nobody can know.
    """
    told = record.values
    found: dict[str, Any] = {
        one: told[name] for one, name in {**_TEXTS, **_LISTS}.items() if name in told
    }
    if not {"first_surname", "second_surname"} & set(found) and "prs_SecondName" in told:
        found["first_surname"] = told["prs_SecondName"]
    if "prs_Gender" in told:
        found["gender"] = told["prs_Gender"]
    named = told.get("ayni_Citizenships") or list(_codes(told.get("prs_Citizenship")))
    if named:
        found["citizenships"] = named
    birth = _birth_of(told)
    if birth:
        found["birth"] = birth
    if "ayni_Languages" not in told:
        spoken = [told.get("prs_PrimaryLanguage"), told.get("prs_SecondaryLanguage")]
        if any(spoken):
            found["languages"] = [each for each in spoken if each]
    if "ayni_Phones" not in told:
        phones = [told.get("prs_MobilePhone"), told.get("prs_HomePhone")]
        if any(phones):
            found["phones"] = [each for each in phones if each]
    if "ayni_ResidenceCountry" not in told and "prs_MailingCountry" in told:
        found["residence_country"] = told["prs_MailingCountry"]
    return found


def _birth_of(told: Mapping[str, Value]) -> dict[str, str]:
    if "ayni_BirthPrecision" in told:
        as_of = _day(told.get("ayni_BirthAsOf"))
        return {
            "precision": str(told["ayni_BirthPrecision"]),
            "value": str(told.get("ayni_BirthValue", "")),
            "quality": str(told.get("ayni_BirthQuality", "stated")),
            "as_of": as_of.isoformat() if as_of else "",
        }
    day = _day(told.get("prs_Birthdate"))
    if day is None:
        return {}
    return {"precision": "date", "value": day.isoformat(), "quality": "stated", "as_of": ""}


def _day(value: object) -> date | None:
    return value if isinstance(value, date) else None


def _codes(value: object) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else ()


# Age


def ages(birth: Any, on: date) -> tuple[int, int] | None:
    """The lowest and highest age, in whole years, that somebody of this birth can have on a day;
    None if it is unknown or lies behind that day."""
    born = _born(birth) if isinstance(birth, Mapping) else None
    if born is None or born[1] > on:
        return None
    return _age(born[1], on), _age(born[0], on)


def _age(born: date, on: date) -> int:
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _born(birth: Mapping[str, Any]) -> tuple[date, date] | None:
    value = str(birth.get("value", ""))
    match birth.get("precision"):
        case "date":
            day = date.fromisoformat(value)
            return day, day
        case "year_month":
            first = date.fromisoformat(f"{value}-01")
            return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        case "year":
            return date(int(value), 1, 1), date(int(value), 12, 31)
        case "age_band":
            low, high = (int(part) for part in value.split("-"))
            said = date.fromisoformat(str(birth["as_of"]))
            return _before(said, high + 1) + timedelta(days=1), _before(said, low)
    return None


def _before(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year - years)
    except ValueError:  # 29 February
        return day.replace(year=day.year - years, day=28)


def _band(birth: Any, on: date) -> str:
    """The band in which somebody is for certain; empty if two are possible."""
    possible = ages(birth, on)
    if possible is None:
        return ""
    for low, high in AGE_BANDS:
        if low <= possible[0] and possible[1] <= high:
            return f"{low}-{high}"
    return ""


def band_of(record: Record) -> str:
    """The age band of any record at its registration, as far as it is known; empty if not."""
    told = record.values
    if "ayni_AgeBand" in told:
        return str(told["ayni_AgeBand"])
    on = registered_on(record)
    return _band(_birth_of(told), on) if on else ""


def registered_on(record: Record) -> date | None:
    """The day on which a record was registered; else on which the person was referred."""
    told = record.values
    return _day(told.get("ayni_RegistrationDate")) or _day(told.get("cas_IncomingReferralDate"))
