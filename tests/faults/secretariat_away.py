"""Eleven nodes: the secretariat is killed while five states edit commitments and answer what others
ask for. Run by `make test-faults`, as it starts 44 processes."""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ayni.agenda.api import Status
from ayni.members.api import SECRETARIAT
from ayni.node.postgres import OWNER, Server
from tests.faults.eleven import STATES, Eleven
from tests.faults.logs import errors

pytestmark = pytest.mark.nodes
EDITORS = ("ar", "bo", "br", "cl", "co")
ASKERS = dict(zip(EDITORS, ("ec", "pe", "py", "uy", "ve"), strict=True))  # who is helped by whom
PRESIDES = "pe"
STEPS = ("primer taller", "segundo taller", "manual impreso")


@pytest.fixture(scope="module")
def platform() -> Iterator[Eleven]:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ayni-e-") as name:
        found = Eleven(Path(name))
        try:
            found.raise_up()
            sys.stderr.write(f"eleven nodes after {time.monotonic() - began:.0f} s\n")
            yield found
        finally:
            found.strike_down()
    sys.stderr.write(f"all removed after {time.monotonic() - began:.0f} s\n")


def _agree(platform: Eleven) -> dict[str, str]:
    """The agenda as it is before anything happens: a commitment of each editor, a need of five
    others. Asker -> key of the need."""
    away = platform.nodes[SECRETARIAT]
    away.tell("preside", state=PRESIDES)
    away.tell("objective", key="manual")
    for state in EDITORS:
        away.tell("commitment", key=f"manual-{state}", objective="manual", state=state)
    presides = {"name": "presidencia", "role": "presidency_officer"}
    platform.tell(PRESIDES, "join", **presides, institution=f"{PRESIDES}-focal-point")
    keys: dict[str, str] = platform.all("ask", tuple(ASKERS.values()))
    held = platform.wait_alike("what was agreed is everywhere", "held")
    assert len(held) == 2 + len(EDITORS) + len(ASKERS)
    return keys


def _work_without(platform: Eleven, needs: dict[str, str]) -> None:
    """What is done while the secretariat is away, by all at the same time."""
    words = ("in_progress", "in_progress", "done")
    for word, action in zip(words, STEPS, strict=True):
        told = {c: {"key": f"manual-{c}", "word": word, "action": action} for c in EDITORS}
        assert set(platform.each(told, "report").values()) == {""}
    old = {c: {**told[c], "seen": 1, "action": "lo que ya no vale"} for c in EDITORS}
    assert set(platform.each(old, "report").values()) == {"StaleEntry"}
    platform.each({c: {"key": f"manual-{c}"} for c in EDITORS}, "validate")

    helped = {c: {"owner": asker, "key": needs[asker]} for c, asker in ASKERS.items()}
    platform.each(helped, "offer")
    own = {asker: {"key": needs[asker]} for asker in ASKERS.values()}
    _until(platform, "offers come", own, "offers", [[c] for c in EDITORS])
    platform.each({a: {**own[a], "state": c} for c, a in ASKERS.items()}, "accept")
    _until(platform, "acceptances come", helped, "stands", ["accepted"] * 5)
    platform.each(helped, "deliver")
    theirs = {a: {"owner": a, "key": needs[a]} for a in ASKERS.values()}
    _until(platform, "deliveries come", theirs, "stands", ["delivered"] * 5)
    platform.each(own, "confirm")

    written = platform.tell(PRESIDES, "rewrite", key="manual-ar", title="Manual corregido")
    assert written == f"{PRESIDES}:1"


def _until(
    platform: Eleven, what: str, asked: dict[str, dict[str, str]], do: str, answers: list[Any]
) -> None:
    platform.wait(what, lambda: list(platform.each(asked, do).values()) == answers)


# Entries after all: the agreed ones, four words of each editor, an offer with its delivery, an
# acceptance and a confirmation of each need, and the presidency's text.
_AGREED = 2 + len(EDITORS) + len(ASKERS)
_EACH_ONCE = _AGREED + len(EDITORS) * (4 + 2 + 2) + 1


def _check_once(held: list[list[Any]], published: dict[str, int]) -> None:
    """Each change is one entry, no number is left out or taken twice."""
    assert len(held) == _EACH_ONCE
    lines: dict[tuple[str, str, str], list[int]] = {}
    for owner, kind, key, version, _digest in held:
        lines.setdefault((owner, kind, key), []).append(version)
    assert all(found == list(range(1, len(found) + 1)) for found in lines.values())
    assert Counter(row[0] for row in held) == Counter(published)


def _check_shown(shown: dict[str, Any], needs: dict[str, str]) -> None:
    assert shown["presides"] == PRESIDES
    assert shown["commitments"] == {
        f"manual-{c}": [
            "Manual corregido" if c == "ar" else "Manual común",
            c,
            f"{PRESIDES}:1" if c == "ar" else f"{SECRETARIAT}:1",
            Status.VALIDATED.value,
            STEPS[-1],
            4,
        ]
        for c in EDITORS
    }
    ends = {f"{a}:{needs[a]}": ["confirmed", c, 3, 1] for c, a in ASKERS.items()}
    assert shown["needs"] == ends


def test_with_the_secretariat_away_five_states_work_and_all_converge_when_it_is_back(
    platform: Eleven,
) -> None:
    needs = _agree(platform)
    platform.kill(SECRETARIAT)
    _work_without(platform, needs)
    among_states = platform.wait_alike("the states know the same without it", "shown", STATES)
    _check_shown(among_states, needs)

    platform.start_again(SECRETARIAT)
    platform.all("compare")  # what comes by message comes by comparison as well
    held = platform.wait_alike("all hold the same", "held")
    platform.wait("nothing is under way", lambda: not any(platform.all("under_way").values()))

    assert platform.wait_alike("all hold the same still", "held") == held
    assert platform.wait_alike("all show the same", "shown") == among_states
    _check_once(held, {c: n for c, n in platform.all("published").items() if n})
    assert set(platform.all("alarms").values()) == {0}
    proven = platform.wait_alike("all verify the same", "verify")
    assert all(len(row) == 4 and row[2:] == [0, 0] for row in proven.values())
    assert [e for node in platform.nodes.values() for e in errors(node.log_lines())] == []


def test_the_signed_agenda_is_verified_by_a_command_and_one_changed_letter_is_found(
    platform: Eleven,
) -> None:
    words = ("gazette", "verify", "--room", "agenda", "--json")
    there, here = platform.command(SECRETARIAT, *words), platform.command("uy", *words)
    assert there == here
    assert there[0] == 0
    assert {row["owner"] for row in there[1]["members"]} == {SECRETARIAT, PRESIDES, *EDITORS}

    with psycopg.connect(Server(platform.nodes["uy"].home).url(OWNER)) as db:
        db.execute("alter table gazette_entry disable trigger user")
        changed = db.execute(
            "update gazette_entry set document = replace(document, 'Manual corregido', "
            "'Manual correcto') where document like '%Manual corregido%'"
        )
        assert changed.rowcount == 1
    code, found = platform.command("uy", *words)
    assert code == 1
    assert [row["wrong"] for row in found["members"] if row["wrong"]] == [
        [{"fault": "changed", "key": "manual-ar", "kind": "agenda.commitment", "version": 1}]
    ]
