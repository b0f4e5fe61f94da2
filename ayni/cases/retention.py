"""How long a closed case is kept: by a norm of the state where one was read, else by the node.

`data/retention.yaml` holds the periods. Nothing is erased here: the day is written down.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from ayni.lib.errors import Misconfigured

NORM, PARAMETER = "norm", "parameter"
LONGEST = 1200  # months


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months after the closing. `status`: a `norm` that was read (mark V), or a `parameter`
    of the node, for which no norm was found. `state` is empty for the one that holds anywhere."""

    state: str
    months: int
    status: str
    mark: str
    source: str


@cache
def months(name: str) -> int:
    """`blocked_months` or `notice_months` of the file. Raises `Misconfigured`."""
    path = Path(__file__).parent / "data" / "retention.yaml"
    row = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))[name]
    count = Period("", **row).months
    if not 0 < count <= LONGEST:
        raise Misconfigured(f"retention.yaml: {name} must be 1 to {LONGEST} months")
    return count


@cache
def periods() -> tuple[Period, ...]:
    """What the file holds. Raises `Misconfigured` for a period that is not one, or a norm that
    nobody read."""
    path = Path(__file__).parent / "data" / "retention.yaml"
    rows = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))["periods"]
    found = tuple(Period(**row) for row in rows)
    check_periods(found)
    return found


def check_periods(found: Iterable[Period]) -> None:
    """Raise `Misconfigured` unless each is a period, and each norm was read and says where."""
    for each in found:
        where = f"retention.yaml: {each.state or 'any state'}"
        if not 0 < each.months <= LONGEST:
            raise Misconfigured(f"{where}: months must be 1 to {LONGEST}")
        if each.status not in (NORM, PARAMETER):
            raise Misconfigured(f"{where}: the status is {NORM} or {PARAMETER}")
        if each.status == NORM and (each.mark != "V" or not each.source or not each.state):
            raise Misconfigured(f"{where}: a norm needs its state, its place and the mark V")


def period_for(state: str, found: Iterable[Period], *, node_months: int | None = None) -> Period:
    """The norm of this state, else the parameter, with the node's own number if it sets one.

    Raises `Misconfigured` if there is none, or the node's number is not a period.
    """
    usual = None
    for each in found:
        if each.status == NORM and each.state == state:
            return each
        if each.status == PARAMETER and each.state in ("", state):
            usual = each
    if usual is None:
        raise Misconfigured(f"retention.yaml has no period for {state}")
    if node_months is None:
        return usual
    own = Period("", node_months, PARAMETER, "", "AYNI_RETENTION_MONTHS")
    if not 0 < node_months <= LONGEST:
        raise Misconfigured(f"AYNI_RETENTION_MONTHS must be 1 to {LONGEST} months")
    return own


def kept_until(closed_on: date, months: int) -> date:
    """The last day on which the case is kept; the last of its month where there is no such day."""
    count = closed_on.year * 12 + closed_on.month - 1 + months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(closed_on.day, monthrange(year, month + 1)[1]))
