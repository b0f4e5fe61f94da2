"""Records of HTCDS 2.0 in the shapes of CTDC's public data sets. Pure.

Columns and values: the k-anonymised data set of April 2020 (codebook v6 counts 62 variables; its
header names 63 columns) and the Global Synthetic Dataset as its public readers show it. The shape
is not the protection: rows made here are true records of single persons, and no release. What is
released goes through disclosure control.

HTCDS says less than CTDC asks: what it cannot say is unknown (-99, or empty in the synthetic shape)
and never 0.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from enum import StrEnum

from ayni.statistics.htcds import fields, mapping
from ayni.statistics.htcds.records import DEFINED, INDUSTRIES, INDUSTRY, METHODS, Record

UNKNOWN = "-99"
UNKNOWN_COUNTRY = "ZZ"
# CTDC's method of control -> what of HTCDS says it (options, then definitions without an option).
MEANS: Mapping[str, tuple[str, ...]] = {
    "DebtBondage": ("DebtBondage",),
    "TakesEarnings": ("TakesEarnings",),
    "RestrictsFinancialAccess": ("RestrictsFinancialAccess",),
    "Threats": ("PhysicalThreats", "ThreatensChildrenFamily", "Threats"),
    "PsychologicalAbuse": ("PsychologicalAbuse",),
    "PhysicalAbuse": ("PhysicalAbuse",),
    "SexualAbuse": ("SexualAbuse",),
    "FalsePromises": ("FalsePromises",),
    "PsychoactiveSubstances": ("PsychoactiveSubstance",),
    "RestrictsMovement": ("RestrictsMovement",),
    "RestrictsMedicalCare": ("RestrictsMedicalCare",),
    "ExcessiveWorkingHours": ("ExcessiveWorkingHours",),
    "UsesChildren": ("UsesChildren",),
    "ThreatOfLawEnforcement": ("ThreatsLawEnforcement",),
    "WithholdsNecessities": ("WithholdsNecessities",),
    "WithholdsDocuments": ("WithholdsDocuments",),
    "Other": ("Other",),
}
# CTDC's kind of labour -> sections of ISIC. Fishing lies in section A with agriculture, and cannot
# be told from it; illicit activities, peddling and begging are no sections.
LABOUR: Mapping[str, tuple[str, ...]] = {
    "Agriculture": ("A",),
    "Aquafarming": (),
    "Begging": (),
    "Construction": ("F",),
    "DomesticWork": ("T",),
    "Hospitality": ("I",),
    "IllicitActivities": (),
    "Manufacturing": ("C",),
    "MiningOrDrilling": ("B",),
    "Peddling": (),
    "Transportation": ("H",),
    "Other": tuple("DEGJKLMNOPQRSU"),
}
SEX = ("Prostitution", "Pornography", "RemoteInteractiveServices", "PrivateSexualServices")
RELATIONS = ("IntimatePartner", "Friend", "Family", "Other")
# HTCDS's relationship -> CTDC's word, and of which of CTDC's kinds it says yes or no. A partner may
# be "Familial"; a friend or a partner may be "Acquainted": of those it says nothing.
_RELATION: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "Familial": ("Family", {"Family": "1", "Friend": "0", "Other": "0"}),
    "Acquainted": (UNKNOWN, {"Family": "0"}),
    "Unaquainted": ("Other", {"IntimatePartner": "0", "Friend": "0", "Family": "0", "Other": "1"}),
}
_FORCED = ("ForcedLabour", "ChildLabour", "Servitude", "ForcedBegging")
_OTHER = ("OrganRemoval", "ForcedAdoption", "Surrogacy", "Other", "ForcedMarriage")
_TRANS = frozenset({"TransgenderFeminine", "TransgenderMasculine", "NonConforming"})

K_ANONYMOUS_COLUMNS = (
    "yearOfRegistration", "Datasource", "gender", "ageBroad", "majorityStatus",
    "majorityStatusAtExploit", "majorityEntry", "citizenship",
    *(f"meansOfControl{name}" for name in (*MEANS, "NotSpecified", "Concatenated")),
    "isForcedLabour", "isSexualExploit", "isOtherExploit", "isSexAndLabour", "isForcedMarriage",
    "isForcedMilitary", "isOrganRemoval", "isSlaveryAndPractices", "typeOfExploitConcatenated",
    *(f"typeOfLabour{name}" for name in (*LABOUR, "NotSpecified", "Concatenated")),
    *(f"typeOfSex{name}" for name in (*SEX, "Concatenated")),
    "isAbduction", "RecruiterRelationship", "CountryOfExploitation",
    *(f"recruiterRelation{name}" for name in (*RELATIONS, "Unknown")),
)  # fmt: skip
SYNTHETIC_COLUMNS = (
    "yearOfRegistration", "gender", "ageBroad", "citizenship", "CountryOfExploitation",
    "traffickMonths", "meansDebtBondageEarnings", "meansThreats", "meansAbusePsyPhySex",
    "meansFalsePromises", "meansDrugsAlcohol", "meansDenyBasicNeeds", "meansExcessiveWorkHours",
    "meansWithholdDocs", "isForcedLabour", "isSexualExploit", "isOtherExploit",
    *(f"typeOfLabour{name}" for name in ("Agriculture", "Construction", "DomesticWork",
                                         "Hospitality")),
    *(f"typeOfSex{name}" for name in SEX[:2]),
    *(f"recruiterRelation{name}" for name in RELATIONS),
)  # fmt: skip
_SYNTHETIC_MEANS = {
    "meansDebtBondageEarnings": ("DebtBondage", "TakesEarnings", "RestrictsFinancialAccess"),
    "meansThreats": ("PhysicalThreats", "ThreatensChildrenFamily", "ThreatsLawEnforcement",
                     "Threats"),
    "meansAbusePsyPhySex": ("PsychologicalAbuse", "PhysicalAbuse", "SexualAbuse"),
    "meansFalsePromises": ("FalsePromises",),
    "meansDrugsAlcohol": ("PsychoactiveSubstance",),
    "meansDenyBasicNeeds": ("RestrictsMedicalCare", "WithholdsNecessities"),
    "meansExcessiveWorkHours": ("ExcessiveWorkingHours",),
    "meansWithholdDocs": ("WithholdsDocuments",),
}  # fmt: skip


class Shape(StrEnum):
    """The two shapes."""

    K_ANONYMOUS = "k_anonymous"
    SYNTHETIC = "synthetic"


COLUMNS: Mapping[Shape, tuple[str, ...]] = {
    Shape.K_ANONYMOUS: K_ANONYMOUS_COLUMNS,
    Shape.SYNTHETIC: SYNTHETIC_COLUMNS,
}


def rows(records: Iterable[Record], shape: Shape) -> list[dict[str, str]]:
    """One row for each victim of trafficking in persons, actual or possible, in the order of the
    records; others (smuggling of migrants, not a victim, an accused person) give none."""
    make = _k_anonymous if shape is Shape.K_ANONYMOUS else _synthetic
    return [make(record) for record in records if is_victim(record)]


def is_victim(record: Record) -> bool:
    """Whether a record tells of an actual or possible victim of trafficking in persons."""
    status = record.values.get("vic_TraffickingStatus")
    tracks = record.values.get("ayni_Track")
    if "per_RoleInProcess" in record.values or status == "NotAVictimOfTrafficking":
        return False
    if status is not None:
        return True
    return "trafficking" in tracks if isinstance(tracks, tuple) else tracks is None


def codes_of(record: Record, *names: str) -> set[str]:
    """Every code that these fields of a record hold."""
    found: set[str] = set()
    for name in names:
        value = record.values.get(name)
        found |= set(value) if isinstance(value, tuple) else {str(value)} if value else set()
    return found


def _flags(codes: set[str], said: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Column -> 1, 0 or unknown: of what was told nothing about, nothing is known."""
    if not codes:
        return dict.fromkeys(said, UNKNOWN)
    return {name: str(int(bool(codes & set(meant)))) for name, meant in said.items()}


def _labour_flags(labour: set[str]) -> dict[str, str]:
    """The same of kinds of labour; HTCDS has no word for some, and so never says no to them."""
    told = _flags(labour, {f"typeOfLabour{name}": (name,) for name in LABOUR})
    silent = {f"typeOfLabour{name}" for name, sections in LABOUR.items() if not sections}
    return {name: UNKNOWN if name in silent and n == "0" else n for name, n in told.items()}


def _k_anonymous(record: Record) -> dict[str, str]:
    means = codes_of(record, METHODS, DEFINED)
    forms = codes_of(record, "vic_TypeOfExploitation")
    labour = labour_of(record, forms)
    sex = codes_of(record, "vic_TypeOfSexExploitation")
    row = dict.fromkeys(K_ANONYMOUS_COLUMNS, UNKNOWN)
    row |= {
        "yearOfRegistration": year_of(record) or UNKNOWN,
        "Datasource": "Case Management",
        "gender": gender_of(record, ("Female", "Male", "Transgender/NonConforming")) or "Unknown",
        "ageBroad": _age(record) or UNKNOWN,
        "majorityStatus": _majority(mapping.band_of(record)),
        "majorityStatusAtExploit": _majority_of_age(record),
        "citizenship": first_of(record, "prs_Citizenship") or UNKNOWN_COUNTRY,
        "CountryOfExploitation": exploited_in(record) or UNKNOWN,
        **_flags(means, {f"meansOfControl{name}": meant for name, meant in MEANS.items()}),
        "meansOfControlNotSpecified": str(int(not means)),
        **_flags(forms, {
            "isForcedLabour": _FORCED, "isSexualExploit": ("SexualExploitation",),
            "isOtherExploit": _OTHER, "isForcedMarriage": ("ForcedMarriage",),
            "isForcedMilitary": ("ForcedMilitaryByNonStateActors",),
            "isOrganRemoval": ("OrganRemoval",), "isSlaveryAndPractices": ("Servitude",),
        }),
        **_labour_flags(labour),
        "typeOfLabourNotSpecified": str(int(bool(forms & set(_FORCED)) and not labour)),
        **_flags(sex, {f"typeOfSex{name}": (name,) for name in SEX}),
        **_relation(record),
    }  # fmt: skip
    if forms:
        both = row["isForcedLabour"] == row["isSexualExploit"] == "1"
        row["isSexAndLabour"] = str(int(both))
    for name, codes in (
        ("meansOfControl", [n for n in MEANS if row[f"meansOfControl{n}"] == "1"]),
        ("typeOfExploit", sorted(forms)),
        ("typeOfLabour", sorted(labour)),
        ("typeOfSex", sorted(sex)),
    ):
        if codes:
            row[f"{name}Concatenated"] = ";".join(codes)
    return row


def _synthetic(record: Record) -> dict[str, str]:
    forms = codes_of(record, "vic_TypeOfExploitation")
    labour = labour_of(record, forms)
    flags = {
        **_flags(codes_of(record, METHODS, DEFINED), _SYNTHETIC_MEANS),
        **_flags(forms, {"isForcedLabour": _FORCED, "isSexualExploit": ("SexualExploitation",),
                         "isOtherExploit": (*_OTHER, "ForcedMilitaryByNonStateActors")}),
        **_labour_flags(labour),
        **_flags(codes_of(record, "vic_TypeOfSexExploitation"),
                 {f"typeOfSex{name}": (name,) for name in SEX}),
        **_relation(record),
    }  # fmt: skip
    return {
        **dict.fromkeys(SYNTHETIC_COLUMNS, ""),
        **{n: "" if v == UNKNOWN else v for n, v in flags.items() if n in SYNTHETIC_COLUMNS},
        "yearOfRegistration": year_of(record),
        "gender": gender_of(record, ("Woman", "Man", "Trans/Transgender/NonConforming")),
        "ageBroad": _age(record),
        "citizenship": fields.alpha3().get(first_of(record, "prs_Citizenship"), ""),
        "CountryOfExploitation": fields.alpha3().get(exploited_in(record), ""),
    }


def year_of(record: Record) -> str:
    """The year of registration; empty if nothing tells it."""
    year = record.values.get("ayni_RegistrationYear")
    day = mapping.registered_on(record)
    return str(_whole(year)) if year else str(day.year) if day else ""


def _whole(number: object) -> int:
    """A whole number as it was read: 2020 is kept as 2.02E+3."""
    return int(Decimal(str(number)))


def gender_of(record: Record, words: tuple[str, str, str]) -> str:
    """The word for her, for him, or for a person who is transgender; else empty."""
    told = record.values.get("prs_Gender")
    if told in _TRANS:
        return words[2]
    return {"Feminine": words[0], "Masculine": words[1]}.get(str(told), "")


def _age(record: Record) -> str:
    """A band as CTDC writes it; a band that is none of CTDC's is unknown there."""
    band = mapping.band_of(record)
    for low, high in mapping.AGE_BANDS:
        if band == f"{low}-{high}":
            return f"{low}--{high}" if (low, high) != mapping.AGE_BANDS[-1] else f"{low}+"
    return ""


def _majority(band: str) -> str:
    if not band:
        return "Unknown"
    low, high = (int(part) for part in band.split("-"))
    return "Adult" if low >= 18 else "Minor" if high < 18 else "Unknown"


def _majority_of_age(record: Record) -> str:
    age = record.values.get("vic_AgeWhenTrafficked")
    return "Unknown" if age is None else "Minor" if _whole(age) < 18 else "Adult"


def first_of(record: Record, name: str) -> str:
    """The first of the codes in a field; empty if there is none."""
    value = record.values.get(name)
    return value[0] if isinstance(value, tuple) and value else ""


def exploited_in(record: Record) -> str:
    """The country of the first event of exploitation that names one (trap 10)."""
    for event in record.groups.get("hte_", ()):
        if event.get("hte_Type") == "Exploitation" and event.get("hte_Country"):
            return str(event["hte_Country"])
    return ""


def labour_of(record: Record, forms: set[str]) -> set[str]:
    """Kinds of labour (`LABOUR`) by the sections of ISIC and the forms of exploitation."""
    sections = {code[0] for code in codes_of(record, INDUSTRY, INDUSTRIES)}
    found = {name for name, meant in LABOUR.items() if sections & set(meant)}
    return found | ({"Begging"} if "ForcedBegging" in forms else set())


def _relation(record: Record) -> dict[str, str]:
    found = _RELATION.get(str(record.values.get("vic_RelationshipToTrafficker", "")))
    word, said = found or (UNKNOWN, {})
    return {
        **{f"recruiterRelation{name}": said.get(name, UNKNOWN) for name in RELATIONS},
        "recruiterRelationUnknown": str(int(word == UNKNOWN)),
        "RecruiterRelationship": word,
    }


def write(found: Iterable[Mapping[str, str]], shape: Shape) -> bytes:
    """Rows of `rows` as CSV."""
    written = io.StringIO(newline="")
    table = csv.DictWriter(written, COLUMNS[shape])
    table.writeheader()
    table.writerows(found)
    return written.getvalue().encode()


def read(text: str) -> Iterator[dict[str, str]]:
    """The rows of a file in one of the shapes, under the names of this module: files of 2024 say
    `typeOfLabour…`, those of 2025 and later `sectorOfLabour…`. Every value stays text: "NA" is
    Namibia. Raises ValueError for another header."""
    table = csv.reader(io.StringIO(text, newline=""))
    known = {name.casefold(): name for name in (*K_ANONYMOUS_COLUMNS, *SYNTHETIC_COLUMNS)}
    given = [name.strip().replace("sectorOf", "typeOf") for name in next(table, [])]
    unknown = [name for name in given if name.casefold() not in known]
    names = [known.get(name.casefold(), "") for name in given]
    if not names or unknown or len(set(names)) != len(names):
        raise ValueError(", ".join(unknown) or "header")
    for number, cells in enumerate(table, 2):
        if len(cells) != len(names):
            raise ValueError(f"row {number}")
        yield dict(zip(names, cells, strict=True))
