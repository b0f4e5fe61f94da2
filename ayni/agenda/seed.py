"""What is shipped of the platform, read from `data/organs.yaml`: it holds until something else is
published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from ruamel.yaml import YAML

from ayni.agenda import terms
from ayni.agenda.rules import holds
from ayni.agenda.terms import Term
from ayni.lib import clock
from ayni.members import api as members

Json = dict[str, Any]
HIGHEST = 999  # three digits


@cache
def _data() -> Json:
    path = Path(__file__).parent / "data" / "organs.yaml"
    found: Json = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    return found


def in_readers_language(texts: Mapping[str, str]) -> str:
    """A text of the data in the reader's language; empty where there is none."""
    return texts.get((get_language() or "es")[:2]) or texts.get("es", "")


def shipped() -> datetime:
    """When this data was shipped: nobody writes on it with an earlier time."""
    return clock.parse(_data()["shipped"])


def days_of(row: Mapping[str, Any]) -> tuple[date | None, date | None]:
    """The first and the last day on which something is there; None: not known, or no end is."""
    begins, until = row["from"], row["until"]
    return (
        date.fromisoformat(begins) if begins else None,
        date.fromisoformat(until) if until else None,
    )


def organs() -> list[Json]:
    """The organs, as rows of the data."""
    return list(_data()["organs"])


def organs_on(day: date, rows: Iterable[Json]) -> list[Json]:
    """Those of the organs that are there on a day."""
    return [row for row in rows if holds(*days_of(row), day)]


def presidencies() -> tuple[Term, ...]:
    """The presidencies that are known."""
    return tuple(terms.of_json(row) for row in _data()["presidencies"])


def rules() -> dict[str, Json]:
    """What the plenary sets, by code."""
    return {row["code"]: row for row in _data()["rules"]}


def most(code: str) -> int:
    """The highest number that a rule can have."""
    members_only = rules()[code].get("most") == "members"
    return len(members.states()) if members_only else HIGHEST


def parties() -> dict[str, Json]:
    """Observers that the sources name, by key."""
    return {row["key"]: row for row in _data()["parties"]}
