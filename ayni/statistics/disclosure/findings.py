"""Why something may not be shown: findings with reasons, and the verdict over them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ayni.statistics.disclosure.reasons import REASONS

Figure = int | float | str
Figures = dict[str, Figure]


class Mode(StrEnum):
    """What a release promises. One release has one mode."""

    CLASSICAL = "classical"
    DIFFERENTIAL_PRIVACY = "differential_privacy"


class Subject(StrEnum):
    """What is to be shown."""

    TABLES = "tables"
    RECORDS = "records"
    TABLES_AND_RECORDS = "tables_and_records"


class Check(StrEnum):
    """What the machine looks at before anything is shown."""

    PARAMETERS = "parameters"
    THRESHOLD = "threshold"
    GROUP = "group_disclosure"
    MARGINS = "margins"
    RECOVERY = "recovery"
    EDITIONS = "editions"
    ANONYMITY = "k_anonymity"
    DIVERSITY = "l_diversity"
    CLOSENESS = "t_closeness"
    BUDGET = "budget"
    AGREEMENT = "tables_and_records_agree"


class Weight(StrEnum):
    """`refuses`: nothing is shown while it stands. `tells`: the reviewer must have read it."""

    REFUSES = "refuses"
    TELLS = "tells"


# What must have been looked at. A pair that is not here is never allowed.
REQUIRED: Mapping[tuple[Mode, Subject], frozenset[Check]] = {
    (Mode.CLASSICAL, Subject.TABLES): frozenset(
        {
            Check.PARAMETERS,
            Check.THRESHOLD,
            Check.GROUP,
            Check.MARGINS,
            Check.RECOVERY,
            Check.EDITIONS,
        }
    ),
    (Mode.CLASSICAL, Subject.RECORDS): frozenset(
        {Check.PARAMETERS, Check.ANONYMITY, Check.DIVERSITY, Check.CLOSENESS}
    ),
    (Mode.DIFFERENTIAL_PRIVACY, Subject.TABLES_AND_RECORDS): frozenset(
        {Check.PARAMETERS, Check.BUDGET, Check.AGREEMENT}
    ),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found. `code` is a key of `reasons.REASONS`, `figures` its numbers and names;
    `where` names a table, cell or column. For the node's own people: it may tell true counts."""

    code: str
    check: Check
    where: str = ""
    figures: Mapping[str, Figure] = field(default_factory=dict)
    weight: Weight = Weight.REFUSES

    def __post_init__(self) -> None:
        if self.code not in REASONS:
            raise KeyError(self.code)

    def description(self) -> dict[str, Any]:
        """As a plain dictionary, with the reason in English."""
        return {
            "code": self.code,
            "check": self.check.value,
            "where": self.where,
            "weight": self.weight.value,
            "figures": dict(self.figures),
            "reason": REASONS[self.code] % {"where": self.where, **self.figures},
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the machine says about a proposed release; see `allowed`."""

    mode: Mode
    subject: Subject
    parameters: Mapping[str, Any]
    ran: frozenset[Check]
    findings: tuple[Finding, ...]

    @property
    def not_checked(self) -> frozenset[Check]:
        """Checks that are required and did not run; all of them for a pair nobody thought of."""
        return REQUIRED.get((self.mode, self.subject), frozenset(Check)) - self.ran

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """The findings that refuse, and one for each check that did not run."""
        missing = tuple(
            Finding("not_checked", check, check.value) for check in sorted(self.not_checked)
        )
        return missing + tuple(each for each in self.findings if each.weight is Weight.REFUSES)

    @property
    def told(self) -> tuple[Finding, ...]:
        """What the reviewer must have read."""
        return tuple(each for each in self.findings if each.weight is Weight.TELLS)

    @property
    def allowed(self) -> bool:
        """Every required check ran and nothing refuses. Still only the machine's word."""
        return (self.mode, self.subject) in REQUIRED and not self.refusals

    def description(self) -> dict[str, Any]:
        """As a plain dictionary that the workflow keeps beside the review."""
        return {
            "allowed": self.allowed,
            "mode": self.mode.value,
            "subject": self.subject.value,
            "parameters": dict(self.parameters),
            "checked": sorted(self.ran),
            "reasons": [each.description() for each in self.refusals],
            "told": [each.description() for each in self.told],
        }


# Figures that are declared or name something, or count numbers that are or are not shown; any other
# may be a true count.
_DECLARED = frozenset({"all", "base", "edition", "least", "most", "threshold", "width", "withheld"})


def without_counts(told: Mapping[str, Any]) -> dict[str, Any]:
    """What `Verdict.description` gave, with a dash for each figure that may be a true count. What
    was found, and where, stays."""
    return {
        **told,
        **{name: list(map(_without_counts, told.get(name, ()))) for name in ("reasons", "told")},
    }


def _without_counts(told: Mapping[str, Any]) -> dict[str, Any]:
    figures = {n: value if n in _DECLARED else "–" for n, value in told["figures"].items()}
    found = Finding(
        told["code"], Check(told["check"]), told["where"], figures, Weight(told["weight"])
    )
    return found.description()


class NotDisclosable(ValueError):
    """Refused: `finding` says why. Nothing was made."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        super().__init__(str(finding.description()["reason"]))


class ExtraMissing(ImportError):
    """A library of the extra `observatory` is not installed on this node."""

    def __init__(self, library: str) -> None:
        self.library = library
        super().__init__(REASONS["extra_missing"] % {"library": library})
