"""On which grounds, and for how long, the person is told later who opened or received her data.
Pure.

`data/delay_grounds.yaml` holds the grounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from ruamel.yaml import YAML

from ayni.lib.errors import Misconfigured

NORM, PARAMETER = "norm", "parameter"
LONGEST_DAYS = 365
# Without the word of the data protection officer a delay holds no longer than this.
UNREVIEWED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Ground:
    """`status`: a `norm` that was read (mark V, with its place in `source`), or a `parameter` of
    the node, for which no norm was found. `state` is empty for one that any node may take."""

    code: str
    state: str
    status: str
    mark: str
    longest_days: int
    source: str


@cache
def grounds() -> dict[str, Ground]:
    """What the file holds, by code. Raises `Misconfigured`."""
    path = Path(__file__).parent / "data" / "delay_grounds.yaml"
    rows = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))["grounds"]
    found = [Ground(**row) for row in rows]
    check_grounds(found)
    return {ground.code: ground for ground in found}


def check_grounds(found: Iterable[Ground]) -> None:
    """Raise `Misconfigured` unless each has its end, and each norm was read and says where."""
    codes: set[str] = set()
    for each in found:
        where = f"delay_grounds.yaml: {each.code}"
        if each.code in codes:
            raise Misconfigured(f"{where}: stands there twice")
        codes.add(each.code)
        if not 0 < each.longest_days <= LONGEST_DAYS:
            raise Misconfigured(f"{where}: longest_days must be 1 to {LONGEST_DAYS}")
        if each.status not in (NORM, PARAMETER):
            raise Misconfigured(f"{where}: the status is {NORM} or {PARAMETER}")
        if each.status == NORM and (each.mark != "V" or not each.source or not each.state):
            raise Misconfigured(f"{where}: a norm needs its state, its place and the mark V")


def for_state(state: str) -> dict[str, Ground]:
    """The grounds on which a node of this state may rely, by code."""
    return {code: one for code, one in grounds().items() if one.state in ("", state)}


def fits(ground: Ground, now: datetime, until: datetime) -> bool:
    """Whether a delay on this ground, recorded now, may end then."""
    return now < until <= now + timedelta(days=ground.longest_days)


def holds(
    *, recorded: datetime, until: datetime, reviewed: datetime | None, ended: datetime | None,
    now: datetime, again: bool = False,
) -> bool:  # fmt: skip
    """Whether a delay keeps something back now: not after its end, nor after a week without the
    word of the data protection officer. `again`: the same was put off before; then never without
    that word, or one week after another would be put off without it."""
    if ended is not None or not recorded <= now < until:
        return False
    return reviewed is not None or (not again and now < recorded + UNREVIEWED)
