"""Print docs/reference/kinds.json: every kind of message and every kind of published entry that
`ayni/config/wiring.py` registers, for programmes that read no Python."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from permissions_table import begin

WIRE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "wire.md"
# Above each of the two tables of wire.md: its columns, as they stand in its head.
MESSAGE_COLUMNS = ("message", "says", "from, to", "conversation", "answered by")
ENTRY_COLUMNS = ("entry", "says", "published by")


def rows(columns: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """The rows of the table of wire.md with this head, by the kind in their first column. Raises
    ValueError if there is no such table, or a kind has two rows."""
    lines = WIRE.read_text("utf-8").splitlines()
    start = lines.index(f"| {' | '.join(columns)} |") + 2
    found: dict[str, dict[str, str]] = {}
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        told = dict(zip(columns, cells, strict=True))
        name = told[columns[0]].strip("`")
        if name in found:
            raise ValueError(f"wire.md: {name} has two rows")
        found[name] = told
    return found


def _messages() -> dict[str, Any]:
    from django.conf import settings

    from ayni.exchange import wired

    words = rows(MESSAGE_COLUMNS)
    return {name: _message(wired.kind(name), words[name]) for name in settings.AYNI_MESSAGE_KINDS}


def _message(kind: Any, words: Mapping[str, str]) -> dict[str, Any]:
    handling = kind.handling
    return {
        "says": words["says"],
        "from_to": words["from, to"],
        "conversation": words["conversation"],
        "answered_by": words["answered by"],
        "personal": kind.personal,
        "asked_before_each_attempt": kind.about_person,
        "largest": kind.largest,
        "carries": {purpose: sorted(names) for purpose, names in sorted(kind.carries.items())},
        # Whether the names in `data` are the fields of a grant, or what they say tells which.
        "fields": _fields(kind),
        "handling": None
        if handling is None
        else {
            "see": sorted(handling.see),
            "onward": sorted(handling.onward),
            "until": handling.until,
        },
        "schema": kind.schema,
        "checked_beyond_schema": sorted(
            place for place, check in (("data", kind.also), ("payload", kind.whole)) if check
        ),
    }


def _fields(kind: Any) -> str:
    if not kind.personal:
        return "none"
    return "names in data" if kind.reveals is None else "told by data"


def _entries() -> dict[str, Any]:
    from django.conf import settings

    from ayni.gazette import kinds, limits

    words = rows(ENTRY_COLUMNS)
    found = {}
    for name in settings.AYNI_GAZETTE_KINDS:
        kind, limit = kinds.registered(name), limits.limit_for(name)
        found[name] = {
            "says": words[name]["says"],
            "published_by": sorted(kind.owners),
            "largest": kind.largest,
            "lines": limit.lines,
            "versions": limit.versions,
            "schema": kind.schema,
            "checked_beyond_schema": kind.check is not None,
        }
    return found


def _states() -> dict[str, Any]:
    """The states of what a message opens, by its kind: who moves it, and whether a message says so
    to the other side; and of every message, at its sender and at its receiver."""
    from ayni.cooperation import registry, states
    from ayni.exchange.states import INCOMING, OUTGOING

    tables = {"referral.send": states.REFERRAL, "request.ask": states.REQUEST}
    tables |= {f"{name}.ask": kind.states for name, kind in registry.inquiries().items()}
    return {
        "of_every_message": {
            "at_its_sender": {state: sorted(after) for state, after in OUTGOING.items()},
            "at_its_receiver": {state: sorted(after) for state, after in INCOMING.items()},
        },
        "opened_by": {
            name: [
                {"state": at, "move": move, "to": to.to, "side": to.side, "told": to.told}
                for (at, move), to in table.items()
            ]
            for name, table in tables.items()
        },
    }


def _questions() -> dict[str, Any]:
    """Questions and answers by their ids, in the languages in which they are shown."""
    from ayni.cooperation import registry

    return {
        name: {
            "title": kind.title,
            "asker_chooses": kind.choose,
            "questions": {
                question.id: {
                    "text": question.text,
                    "answers": dict(question.choices),
                    "several": question.several,
                    "tells": sorted(question.tells),
                }
                for question in kind.questions.values()
            },
        }
        for name, kind in registry.inquiries().items()
    }


def document() -> dict[str, Any]:
    """The whole document. Raises KeyError for a kind without a row in wire.md."""
    return {
        "about": "Generated from ayni/config/wiring.py and the tables of docs/reference/wire.md by "
        "python tools/check_documents.py --write; wire.md says how it is read.",
        "format": 1,
        "messages": _messages(),
        "entries": _entries(),
        "states": _states(),
        "questions": _questions(),
    }


if __name__ == "__main__":
    begin()
    text = json.dumps(document(), ensure_ascii=False, indent=1, sort_keys=True)
    sys.stdout.write(text + "\n")
