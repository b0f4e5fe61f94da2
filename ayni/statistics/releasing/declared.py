"""What a release declares beside what it is of: mode, method and its numbers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any

from ayni.statistics.disclosure.cell_key import LEAST_WIDTH, CellKey
from ayni.statistics.disclosure.findings import Check, Figures, Finding, Mode, NotDisclosable
from ayni.statistics.disclosure.records import RecordRules
from ayni.statistics.disclosure.rounding import Margins, Rounding
from ayni.statistics.disclosure.suppressing import Full, Suppression, Zeros


class Method(StrEnum):
    """How what is small is kept from being seen."""

    SUPPRESSION = "suppression"
    ROUNDING = "rounding"
    CELL_KEY = "cell_key"
    RECORDS = "k_l_t"
    MODEL = "model"


# One release has one mode, and a method belongs to one.
MODES: Mapping[Method, Mode] = {
    Method.SUPPRESSION: Mode.CLASSICAL,
    Method.ROUNDING: Mode.CLASSICAL,
    Method.CELL_KEY: Mode.CLASSICAL,
    Method.RECORDS: Mode.CLASSICAL,
    Method.MODEL: Mode.DIFFERENTIAL_PRIVACY,
}
# Methods that change or hide cells of tables.
OF_TABLES = (Method.SUPPRESSION, Method.ROUNDING, Method.CELL_KEY)


@dataclass(frozen=True, slots=True)
class Declared:
    """`tables`: the columns of each (none: all that are declared of the population); `years`: first
    and last, both in; `per_year`: each of them as well. The rest is the methods': see
    `Suppression`, `Rounding`, `CellKey`, `RecordRules`, and `privacy.synthesis.planning.plan`.
    `known`, `sensitive`: columns of open records of the classical mode. `moved`: years (before,
    now) of records whose year of registration was corrected since they were released under
    differential privacy: see `privacy.ledger.Charge`."""

    method: Method = Method.SUPPRESSION
    tables: tuple[tuple[str, ...], ...] = ()
    years: tuple[int, int] | None = None
    per_year: bool = False
    threshold: int = 10
    width: int | None = None
    zeros: Zeros = Zeros.WHERE_NEEDED
    full: Full = Full.HIDDEN
    base: int = 5
    margins: Margins = Margins.INDEPENDENT
    k: int = 10
    l: int = 2  # noqa: E741 - the literature's letter
    t: float = 0.5
    known: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    epsilon: float = 1.0
    bound: int = 50_000
    moved: tuple[tuple[int, int], ...] = ()

    @property
    def mode(self) -> Mode:
        """The mode that the method belongs to."""
        return MODES[self.method]

    def as_data(self) -> dict[str, Any]:
        """As it is kept."""
        return asdict(self)

    def rules(
        self, secret: tuple[str, ...] = ()
    ) -> Suppression | Rounding | CellKey | RecordRules | None:
        """The parameters of the method, None for a model. `secret`: variables for which a whole
        group counts. Raises `NotDisclosable` for one that may not be declared."""
        if self.method is Method.SUPPRESSION:
            return Suppression(self.threshold, self.width, self.zeros, self.full, secret)
        if self.method is Method.ROUNDING:
            return Rounding(self.base, self.margins, self.threshold, self.width, secret)
        if self.method is Method.CELL_KEY:
            return CellKey(
                threshold=self.threshold,
                width=self.width or LEAST_WIDTH,
                full=self.full,
                secret=secret,
            )
        if self.method is Method.RECORDS:
            return RecordRules(self.k, self.l, self.t)
        return None


def declared_of(data: Mapping[str, Any]) -> Declared:
    """The same from `as_data`. Raises `NotDisclosable` for a value that none of them can have."""
    known = {each.name for each in fields(Declared)}
    told: dict[str, Any] = {name: value for name, value in data.items() if name in known}
    for name, kind in (("method", Method), ("zeros", Zeros), ("full", Full), ("margins", Margins)):
        if name in told:
            told[name] = _one_of(kind, name, told[name])
    for name in ("known", "sensitive"):
        told[name] = tuple(told.get(name) or ())
    told["moved"] = tuple((int(a), int(b)) for a, b in told.get("moved") or ())
    told["tables"] = tuple(tuple(each) for each in told.get("tables") or ())
    if told.get("years"):
        first, last = told["years"]
        told["years"] = (int(first), int(last))
    return Declared(**told)


def _one_of(kind: type[StrEnum], name: str, value: str) -> StrEnum:
    try:
        return kind(value)
    except ValueError:
        figures: Figures = {"value": str(value)[:40], "known": ", ".join(kind)}
        raise NotDisclosable(
            Finding("parameter_unknown", Check.PARAMETERS, name, figures)
        ) from None
