"""How far records stand out and what a group gives away: k, l and t. Pure.

* A *class*: records that agree in every column that others may know (quasi-identifiers).
* *k*: size of the smallest class (Sweeney 2002, doi:10.1142/S0218488502001648).
* *l*: least number of different values of a sensitive column in a class (distinct l-diversity;
  Machanavajjhala et al. 2007, doi:10.1145/1217299.1217302).
* *t*: greatest distance of a class from the whole, half the sum of absolute differences of shares
  (earth mover's distance with equal ground distance; Li et al. 2007,
  doi:10.1109/ICDE.2007.367856).
* A class is *homogeneous* if l is 1 in it.

The definitions are those of pycanon 1.3 for columns of text; over several sensitive columns l is
the least and t the greatest. An empty value is a value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from ayni.statistics.disclosure.findings import (
    Check,
    Figures,
    Finding,
    Mode,
    NotDisclosable,
    Subject,
    Verdict,
    Weight,
)
from ayni.statistics.disclosure.records_file import places_of, read_records, refuse, shown

MOST_CLASSES = 2_000_000
# No release may declare less.
LEAST_K, LEAST_L, MOST_T = 5, 2, Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class RecordRules:
    """What a release of records declares: at least `k` and `l`, at most `t`.

    `t` of a half is the platform's own choice: nobody's probability of any value moves by more.
    """

    k: int = 10
    l: int = 2  # noqa: E741 - the literature's letter
    t: float = 0.5

    def __post_init__(self) -> None:
        if self.k < LEAST_K:
            low: Figures = {"threshold": self.k, "least": LEAST_K}
            raise NotDisclosable(Finding("threshold_too_low", Check.PARAMETERS, "k", low))
        spans: tuple[tuple[str, float, float, float], ...] = (
            ("l", self.l, LEAST_L, 1_000),
            ("t", self.t, 0, float(MOST_T)),
        )
        for name, value, least, most in spans:
            if not least <= value <= most:
                figures: Figures = {"value": value, "least": least, "most": most}
                raise NotDisclosable(Finding("parameter_outside", Check.PARAMETERS, name, figures))

    def description(self) -> dict[str, Any]:
        """The parameters that travel with the file."""
        return {"method": "k_l_t", "k": self.k, "l": self.l, "t": self.t, "distance": "equal"}


@dataclass(frozen=True, slots=True)
class Sensitive:
    """What one sensitive column gives away. `homogeneous_records`: value -> number of records in
    classes where everybody has that value."""

    column: str
    l: int  # noqa: E741
    t: Fraction
    homogeneous: int
    homogeneous_records: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Audit:
    """The measures of one file. `sensitive` has one entry for each sensitive column. `left_out`:
    columns of the file that are not to be released; `undeclared`: those of which nobody said what
    they are. Neither was measured."""

    known: tuple[str, ...]
    records: int
    classes: int
    k: int
    sensitive: tuple[Sensitive, ...]
    left_out: tuple[str, ...] = ()
    undeclared: tuple[str, ...] = ()

    @property
    def l(self) -> int:  # noqa: E743
        """The least l over the sensitive columns."""
        return min(each.l for each in self.sensitive)

    @property
    def t(self) -> Fraction:
        """The greatest t over the sensitive columns."""
        return max(each.t for each in self.sensitive)

    @property
    def homogeneous(self) -> int:
        """Most homogeneous classes of any one sensitive column."""
        return max(each.homogeneous for each in self.sensitive)

    def told(self) -> dict[str, Any]:
        """k, l and t alone, as they are published; `t` to two decimals."""
        return {"k": self.k, "l": self.l, "t": round(float(self.t), 2)}

    def description(self) -> dict[str, Any]:
        """As a plain dictionary; `t` to two decimals and, under `t_exact`, to six."""
        return {
            "known": list(self.known),
            "left_out": list(self.left_out),
            "undeclared": list(self.undeclared),
            "records": self.records,
            "k": self.k,
            "l": self.l,
            "t": round(float(self.t), 2),
            "t_exact": round(float(self.t), 6),
            "classes": self.classes,
            "homogeneous": self.homogeneous,
            "sensitive": {
                each.column: {
                    "l": each.l,
                    "t": round(float(each.t), 2),
                    "homogeneous": each.homogeneous,
                    "homogeneous_records": dict(sorted(each.homogeneous_records.items())),
                }
                for each in self.sensitive
            },
        }


def audit_file(
    path: Path, known: Sequence[str], sensitive: Sequence[str], left_out: Sequence[str] = ()
) -> Audit:
    """The measures of a file; `known` are the columns that others may know, `left_out` those that
    are not to be released. Every other column of the file stands in `Audit.undeclared`, and
    `check_records` refuses it. Raises `FileNotRead`, OSError."""
    columns = [*known, *sensitive]
    undeclared: list[str] = []

    def declared(header: Sequence[str]) -> None:
        named = [*columns, *left_out]
        places_of(header, named)
        undeclared.extend(shown(each) for each in header if each not in set(named))

    rows = read_records(path, columns, header=declared)
    measured = audit((values for _line, values in rows), known, sensitive)
    return replace(measured, left_out=tuple(left_out), undeclared=tuple(undeclared))


def measured(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    known: Sequence[str],
    sensitive: Sequence[str],
) -> dict[str, Any]:
    """What is told of any microdata: k, l and t (`measured`) and of which columns. `names`: those
    of the rows. Empty where there is no row or no such column. Raises as `audit`."""
    known = [name for name in known if name in names]
    if not (rows and known and sensitive):
        return {}
    places = [names.index(name) for name in (*known, *sensitive)]
    found = audit(([row[at] for at in places] for row in rows), known, sensitive)
    return {"known": known, "sensitive": list(sensitive), "measured": found.told()}


def audit(rows: Iterable[Sequence[str]], known: Sequence[str], sensitive: Sequence[str]) -> Audit:
    """The measures of rows whose values stand in the order of `known`, then `sensitive`.

    Raises `FileNotRead` if there is no row, no column, or more classes than can be held.
    """
    if not known or not sensitive:
        raise refuse("column_unknown", "''", known=", ".join([*known, *sensitive]))
    width = len(known)
    counts: Counter[tuple[str, ...]] = Counter()
    sizes: Counter[tuple[str, ...]] = Counter()
    for row in rows:
        if len(row) != width + len(sensitive):
            raise ValueError("a row with other columns than those that are measured")
        sizes[tuple(row[:width])] += 1
        counts[tuple(row)] += 1
        if len(counts) > MOST_CLASSES:
            raise refuse("too_many_classes", most=MOST_CLASSES)
    if not sizes:
        raise refuse("file_without_records")
    found = tuple(
        _sensitive(column, sizes, _per_class(counts, width, width + place))
        for place, column in enumerate(sensitive)
    )
    return Audit(tuple(known), sizes.total(), len(sizes), min(sizes.values()), found)


def _per_class(
    counts: Mapping[tuple[str, ...], int], width: int, place: int
) -> dict[tuple[str, ...], Counter[str]]:
    held: dict[tuple[str, ...], Counter[str]] = {}
    for row, number in counts.items():
        held.setdefault(row[:width], Counter())[row[place]] += number
    return held


def _sensitive(
    column: str, sizes: Mapping[tuple[str, ...], int], held: Mapping[tuple[str, ...], Counter[str]]
) -> Sensitive:
    whole: Counter[str] = Counter()
    for values in held.values():
        whole.update(values)
    records = sum(sizes.values())
    homogeneous: Counter[str] = Counter()
    number, farthest = 0, Fraction(0)
    for group, values in held.items():
        size = sizes[group]
        # Half of sum |a/size - b/records|, over one denominator; values not in the class add b.
        apart = sum(abs(here * records - whole[value] * size) for value, here in values.items())
        absent = records - sum(whole[value] for value in values)
        farthest = max(farthest, Fraction(apart + absent * size, 2 * size * records))
        if len(values) == 1:
            number += 1
            homogeneous[next(iter(values))] += size
    fewest = min(len(values) for values in held.values())
    return Sensitive(column, fewest, farthest, number, homogeneous)


def check_records(measured: Audit, rules: RecordRules) -> Verdict:
    """Whether a file with these measures may be released under these rules, and why not. A column
    of which nobody said what it is refuses: there may be names in it."""
    findings = []
    figures: Figures
    if measured.undeclared:
        names = ", ".join(measured.undeclared)
        findings.append(Finding("columns_undeclared", Check.PARAMETERS, names))
    if measured.left_out:
        names = ", ".join(measured.left_out)
        findings.append(Finding("columns_left_out", Check.PARAMETERS, names, weight=Weight.TELLS))
    if measured.k < rules.k:
        figures = {"k": measured.k, "least": rules.k}
        findings.append(Finding("k_too_low", Check.ANONYMITY, ", ".join(measured.known), figures))
    for each in measured.sensitive:
        if each.l < rules.l:
            findings.append(
                Finding("l_too_low", Check.DIVERSITY, each.column, {"l": each.l, "least": rules.l})
            )
        if each.homogeneous:
            figures = {
                "homogeneous": each.homogeneous,
                "classes": measured.classes,
                "records": sum(each.homogeneous_records.values()),
            }
            findings.append(Finding("homogeneous_classes", Check.DIVERSITY, each.column, figures))
        if each.t > Fraction(rules.t):
            told = {"t": round(float(each.t), 2), "most": rules.t}
            findings.append(Finding("t_too_high", Check.CLOSENESS, each.column, told))
    ran = frozenset({Check.PARAMETERS, Check.ANONYMITY, Check.DIVERSITY, Check.CLOSENESS})
    parameters = {
        **rules.description(),
        "known": list(measured.known),
        "sensitive": [each.column for each in measured.sensitive],
        "left_out": list(measured.left_out),
        "undeclared": list(measured.undeclared),
    }
    return Verdict(Mode.CLASSICAL, Subject.RECORDS, parameters, ran, tuple(findings))
