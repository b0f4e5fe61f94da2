"""Each room explains itself, has one door, and stands on the map; no drawers, no signals."""

from __future__ import annotations

import configparser
import re

import pytest

from tests.architecture.rooms import AYNI, ROOT, rooms, tracked

DRAWERS = {"utils", "util", "helpers", "helper", "services", "service", "common", "core", "misc",
           "mixins", "libraries"}  # fmt: skip
# Rooms that nobody imports from above need no door; `lib` is a shelf of named files.
WITHOUT_DOOR = {
    "lib": "each file is named by what is in it",
    "config": "read by Django only",
    "node": "the top of the map; its door is the command `ayni`",
    "desk": "joins rooms for officers; nobody but config stands above it",
}


@pytest.mark.parametrize("room", rooms())
def test_a_room_has_a_readme_of_a_few_lines(room: str) -> None:
    text = (AYNI / room / "README.md").read_text("utf-8")

    assert text.startswith(f"# {room}\n")
    assert 4 < len(text.splitlines()) <= 40
    assert "refuse" in text.lower() or room in {"config", "desk"}


@pytest.mark.parametrize("room", [room for room in rooms() if room not in WITHOUT_DOOR])
def test_a_room_has_one_door_that_lists_what_it_offers(room: str) -> None:
    text = (AYNI / room / "api.py").read_text("utf-8")

    assert "__all__" in text


@pytest.mark.parametrize("room", rooms())
@pytest.mark.parametrize("document", ["README.md", "LEEME.md", "LEIAME.md"])
def test_a_room_stands_on_the_map(room: str, document: str) -> None:
    assert f"`ayni/{room}/`" in (ROOT / document).read_text("utf-8")


@pytest.mark.parametrize("room", rooms())
def test_the_documents_mention_the_room(room: str) -> None:
    assert re.search(rf"\b{room}\b", (ROOT / "docs" / "README.md").read_text("utf-8"))


def test_a_room_is_never_called_not_yet_made() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    sentence = re.search(r"rooms? (?:is|are) designed\s+and not yet made: ([^.]*)\.", readme)

    assert sentence is None or not set(re.findall(r"`(\w+)`", sentence[1])) & set(rooms())


@pytest.mark.parametrize("room", rooms())
def test_the_import_map_knows_the_room(room: str) -> None:
    config = configparser.ConfigParser()
    config.read(ROOT / ".importlinter")

    assert f"({room})" in config["importlinter:contract:rooms"]["layers"]


def test_nothing_is_a_drawer() -> None:
    drawers = [
        path.relative_to(ROOT).as_posix()
        for path in tracked(".py")
        if {path.stem, *path.relative_to(ROOT).parts[:-1]} & DRAWERS
    ]

    assert not drawers, "name the file by what is in it"


def test_no_signals() -> None:
    found = [
        path.relative_to(ROOT).as_posix()
        for path in tracked(".py")
        if re.search(r"^\s*(from|import) django\.(dispatch|db\.models\.signals|core\.signals)",
                     path.read_text("utf-8"), re.MULTILINE)
    ]  # fmt: skip

    assert not found, "call the function, or add a line to config/wiring.py"


def _imports(text: str) -> set[tuple[str, str]]:
    """(room, rest) of every import of another file of ayni."""
    return set(re.findall(r"^\s*from ayni\.(\w+)\.?([\w.]*) import", text, re.MULTILINE)) | {
        (room, name) for room, name in re.findall(r"^\s*from ayni\.(\w+) import (\w+)", text,
                                                   re.MULTILINE)
    }  # fmt: skip


# What a room offers beside its door: named files that Django or a migration needs from it.
BESIDE_THE_DOOR = {
    ("audit", "actor"), ("audit", "models"),
    ("vault", "fields"), ("vault", "errors"),
    ("members", "models"), ("members", "security"),
}  # fmt: skip


def test_other_rooms_come_in_through_the_door() -> None:
    past = []
    for path in tracked(".py"):
        parts = path.relative_to(ROOT).parts
        if parts[0] != "ayni" or parts[1] in {"node", "config"} or len(parts) < 3:
            continue
        for room, name in _imports(path.read_text("utf-8")):
            first = name.split(".")[0]
            open_ = room in {parts[1], "lib"} or first in {"api", ""}
            if not open_ and (room, first) not in BESIDE_THE_DOOR:
                past.append(f"{'/'.join(parts)}: ayni.{room}.{first}")

    assert not past, "use what its api offers"
