"""Records of HTCDS 2.0 in the columns that a register has in a release under differential privacy
(`privacy/domains/ctdc_shaped_1.json`, ADR 0076), so that the file can be proposed as it is. Pure.

What is told and is no value of its column stands under the column's own "other" or "unknown", and
is counted. A year of registration has no such value: it stays as it is and is counted too, for such
a record is left out of any release. Empty is what nobody wrote down, never no. As with CTDC's
shapes each row is a true record of one person, and no release.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ayni.statistics.disclosure import records
from ayni.statistics.htcds import ctdc, mapping
from ayni.statistics.htcds.records import DEFINED, METHODS, Record
from ayni.statistics.privacy.domain import Column, read_domain
from ayni.statistics.sources.profiles import FORMS

SHAPE = "register"
DOMAIN = "ctdc_shaped_1"
# Under this name are counted records with a method of control for which there is no column.
OTHER_MEANS = "means"

# Column -> codes of HTCDS.
_MEANS: Mapping[str, tuple[str, ...]] = {
    "meansDebtBondage": ctdc.MEANS["DebtBondage"],
    "meansTakesEarnings": ctdc.MEANS["TakesEarnings"],
    "meansThreats": (*ctdc.MEANS["Threats"], *ctdc.MEANS["ThreatOfLawEnforcement"]),
    "meansPsychologicalAbuse": ctdc.MEANS["PsychologicalAbuse"],
    "meansPhysicalAbuse": ctdc.MEANS["PhysicalAbuse"],
    "meansFalsePromises": ctdc.MEANS["FalsePromises"],
    "meansRestrictsMovement": ctdc.MEANS["RestrictsMovement"],
    "meansWithholdsDocuments": ctdc.MEANS["WithholdsDocuments"],
    "meansSexualAbuse": ctdc.MEANS["SexualAbuse"],
    "meansExcessiveHours": ctdc.MEANS["ExcessiveWorkingHours"],
}
_SAID_OF_MEANS = frozenset(code for codes in _MEANS.values() for code in codes)
_STATUS = {"PossibleVictimOfTrafficking": "Possible", "ActualVictimOfTrafficking": "Actual"}
# HTCDS says "acquainted" of a friend and of a partner: which of them is not known.
_RELATION = {"Familial": "Family", "Unaquainted": "Other"}
_LABOUR = {"MiningOrDrilling": "Mining"}
_LAST_BAND = "48-130"
# What others may know of somebody, in any of the shapes; all else must not be learned.
KNOWN = ("yearOfRegistration", "gender", "ageBroad", "majorityStatus", "citizenship",
         "CountryOfExploitation", "registeringState")  # fmt: skip
_OF_THE_FILE = ("Datasource",)  # the same in every row
_NOT_TOLD = ("", ctdc.UNKNOWN)


def rows(found: Iterable[Record], state: str) -> tuple[list[dict[str, str]], Counter[str]]:
    """One row for each actual or possible victim of trafficking in persons (`ctdc.is_victim`), in
    the order of the records; and for each column how many told values it has no value for. `state`:
    which state registered them, ISO 3166-1 alpha-2 in capitals, where a record does not say."""
    columns = read_domain(DOMAIN).columns
    made, aside = [], Counter[str]()
    for record in found:
        if not ctdc.is_victim(record):
            continue
        told = _codes(record, state)
        aside.update(each.name for each in columns if _is_aside(each, told[each.name]))
        aside[OTHER_MEANS] += bool(ctdc.codes_of(record, METHODS, DEFINED) - _SAID_OF_MEANS)
        made.append({each.name: _value(each, told[each.name]) for each in columns})
    return made, +aside


def _is_aside(column: Column, told: str) -> bool:
    """Whether a record would stand elsewhere than it says: nothing told is not told otherwise, but
    without its year a record is in no release."""
    return told not in column.values and bool(told or column.bucket is None)


def _value(column: Column, told: str) -> str:
    return told if told in column.values or column.bucket is None else column.bucket


def _codes(record: Record, state: str) -> dict[str, str]:
    """What a record tells of each column, in the domain's words if it has one; empty: nothing."""
    values = record.values
    forms = ctdc.codes_of(record, "vic_TypeOfExploitation")
    means = ctdc.codes_of(record, METHODS, DEFINED)
    status = str(values.get("vic_TraffickingStatus", ""))
    relation = str(values.get("vic_RelationshipToTrafficker", ""))
    gender = ctdc.gender_of(record, ("Female", "Male", "TransgenderNonConforming"))
    band = mapping.band_of(record)
    return {
        "yearOfRegistration": ctdc.year_of(record),
        "gender": gender or str(values.get("prs_Gender", "")),
        "ageBroad": "48+" if band == _LAST_BAND else band,
        "citizenship": ctdc.first_of(record, "prs_Citizenship"),
        "CountryOfExploitation": ctdc.exploited_in(record),
        "registeringState": str(values.get("ayni_RegisteringState") or state),
        "traffickingStatus": _STATUS.get(status, status),
        **{name: "1" if forms & set(said) else "" for name, said in FORMS.items()},
        **{name: "1" if means & set(said) else "" for name, said in _MEANS.items()},
        "recruiterRelation": _RELATION.get(relation, relation),
        "typeOfLabour": _labour(record, forms),
    }


def _labour(record: Record, forms: set[str]) -> str:
    """The one kind of work; several are none of the declared ones. Begging has its own column."""
    kinds = sorted(ctdc.labour_of(record, forms) - {"Begging"})
    return ";".join(_LABOUR.get(each, each) for each in kinds)


@dataclass(frozen=True, slots=True)
class Shaped:
    """A file of records: `rows`: how many; `aside`: what of them stands aside, by column;
    `measured`: k, l and t as `disclosure.records.measured` tells them."""

    raw: bytes
    rows: int
    aside: Mapping[str, int]
    measured: Mapping[str, Any]


def file_of(found: Iterable[Record], shape: str, node: str) -> Shaped:
    """Records as CSV in one of CTDC's shapes or in this one. `node`: of which state's node. Raises
    ValueError for another shape."""
    if shape != SHAPE:
        made = ctdc.rows(found, ctdc.Shape(shape))
        return Shaped(ctdc.write(made, ctdc.Shape(shape)), len(made), {}, _measured(made))
    made, aside = rows(found, node.upper())
    written = io.StringIO(newline="")
    table = csv.DictWriter(written, read_domain(DOMAIN).names)
    table.writeheader()
    table.writerows(made)
    aside_told = dict(sorted(aside.items()))
    return Shaped(written.getvalue().encode(), len(made), aside_told, _measured(made))


def _measured(made: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """k, l and t of the rows. A column in which nothing is told of anybody tells nobody anything:
    HTCDS has no word for many of CTDC's."""
    if not made:
        return {}
    names = list(made[0])
    values = [[row[name] for name in names] for row in made]
    told = [name for name in names if any(row[name] not in _NOT_TOLD for row in made)]
    sensitive = [name for name in told if name not in (*KNOWN, *_OF_THE_FILE)]
    return records.measured(names, values, KNOWN, sensitive)
