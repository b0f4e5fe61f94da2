"""HTCDS 2.0 beside IC-TIP: a table whose code column is empty. Pure.

IC-TIP (International Classification for Administrative Data on Trafficking in Persons, adopted by
the UN Statistical Commission in 2025; ICS-TIP was its working version of 2023) names four units in
its official summary. Its codes were not reached, and none is invented: the secretariat fills them
in. Which unit a field belongs to is our proposal.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

UNITS = ("TIP event", "victim", "perpetrator", "reporting entity")
_TABLE = Path(__file__).parent / "data" / "ic_tip.csv"


@dataclass(frozen=True, slots=True)
class Row:
    """One field of HTCDS, the unit that we propose for it (empty: none), and the code of IC-TIP."""

    htcds_field: str
    unit_proposed: str
    ic_tip_code: str
    note: str


@cache
def table() -> tuple[Row, ...]:
    """One row for each field of HTCDS 2.0, in its order."""
    with _TABLE.open(encoding="utf-8", newline="") as opened:
        return tuple(Row(**row) for row in csv.DictReader(opened))
