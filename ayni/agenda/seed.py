"""What is shipped of the platform, read from `data/organs.yaml`: it holds until something else is
published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from ruamel.yaml import YAML

from ayni.agenda import terms
from ayni.agenda.terms import Term
from ayni.lib import clock

Json = dict[str, Any]


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


def organs() -> list[Json]:
    """The organs, as rows of the data."""
    return list(_data()["organs"])


def presidencies() -> tuple[Term, ...]:
    """The presidencies that are known."""
    return tuple(terms.of_json(row) for row in _data()["presidencies"])


def rules() -> dict[str, Json]:
    """What the plenary sets, by code."""
    return {row["code"]: row for row in _data()["rules"]}


def parties() -> dict[str, Json]:
    """Observers that the sources name, by key."""
    return {row["key"]: row for row in _data()["parties"]}
