"""The ten states and the secretariat, read from `data/states.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.utils.translation import get_language
from ruamel.yaml import YAML

from ayni.lib.errors import Misconfigured

SECRETARIAT = "secretariat"


@dataclass(frozen=True, slots=True)
class BlocMembership:
    """A state's standing in the Andean Community or Mercosur; dates not given are "unknown"."""

    bloc: str
    status: str
    since: str
    until: str
    source: str
    mark: str


@dataclass(frozen=True, slots=True)
class State:
    """A member of the platform. `code` is the ISO 3166-1 alpha-2 code in small letters."""

    code: str
    alpha2: str
    alpha3: str
    names: dict[str, str]
    memberships: tuple[BlocMembership, ...]

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.names.get((get_language() or "es")[:2]) or self.names["es"]


def _text(value: Any) -> str:
    return "unknown" if value is None else str(value)


@cache
def states() -> dict[str, State]:
    """The ten states by code."""
    path = Path(__file__).parent / "data" / "states.yaml"
    data = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
    found = {}
    for row in data["states"]:
        memberships = tuple(
            BlocMembership(
                bloc=m["bloc"],
                status=m["status"],
                since=_text(m.get("since")),
                until=_text(m.get("until")),
                source=m["source"],
                mark=m["mark"],
            )
            for m in row["memberships"]
        )
        code = row["alpha2"].lower()
        found[code] = State(code, row["alpha2"], row["alpha3"], dict(row["names"]), memberships)
    return found


def state(code: str) -> State:
    """One state. Raises `Misconfigured` for a code that is none of the ten."""
    try:
        return states()[code]
    except KeyError:
        raise Misconfigured(f"{code} is not one of the ten states") from None


def node_codes() -> list[str]:
    """Codes of all nodes: the ten states, then the secretariat."""
    return [*sorted(states()), SECRETARIAT]
