"""From data files to a checked `Framework`; a mistake is refused with file, line and reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from ayni.norms import build
from ayni.norms.errors import DataRefused, Mistake
from ayni.norms.model import SURVEY, Framework, Topic, first_day, last_day
from ayni.norms.source import Located, read

HERE = Path(__file__).parent
DATA = HERE / "data"
_KINDS = {
    "sources": "source",
    "instruments": "instrument",
    "laws": "law",
    "disagreements": "disagreement",
}


@cache
def framework() -> Framework:
    """What is shipped. Raises `DataRefused`."""
    return from_files(*_shipped())


def contents() -> dict[str, Any]:
    """What the files that are shipped hold, by their names: the same that `framework` was built of,
    whatever stands in them since."""
    files, _mistakes = _shipped()
    return {each.file: each.value for each in files}


@cache
def _shipped() -> tuple[list[Located], list[Mistake]]:
    return _read(sorted(DATA.rglob("*.yaml")))


def load(paths: Iterable[Path]) -> Framework:
    """Read, check and build. Raises `DataRefused` with every mistake of the stage reached."""
    return from_files(*_read(paths))


def _read(paths: Iterable[Path]) -> tuple[list[Located], list[Mistake]]:
    files, mistakes = [], []
    for path in paths:
        try:
            files.append(read(path))
        except DataRefused as refused:
            mistakes += refused.mistakes
    return files, mistakes


def from_files(files: list[Located], mistakes: list[Mistake] | None = None) -> Framework:
    """Check and build what was read. Raises `DataRefused`."""
    found = list(mistakes or [])
    for file in files:
        found += _against_schema(file)
    found = found or [*_meaning(files)]
    if found:
        raise DataRefused(found)
    return build.framework([file.value for file in files])


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = json.loads((HERE / "schema" / "norms.schema.json").read_text("utf-8"))
    return schema


def _items(file: Located) -> tuple[str, str] | None:
    """The list that a file holds, and the schema's name of its items."""
    keys = set(file.value) if isinstance(file.value, dict) else set()
    if keys == {"state", "provisions"}:
        return "provisions", "finding"
    if keys == {"provisions"}:
        return "provisions", "article"
    only = next(iter(keys), "")
    return (only, _KINDS[only]) if len(keys) == 1 and only in _KINDS else None


def _against_schema(file: Located) -> Iterator[Mistake]:
    held = _items(file)
    if held is None:
        yield file.mistake((), "must hold one of: sources, instruments, provisions, laws, "
                               "disagreements; provisions may have a state")  # fmt: skip
        return
    key, name = held
    wanted = {**_schema(), "$ref": f"#/$defs/{name}"}
    del wanted["oneOf"], wanted["type"]
    if not isinstance(file.value[key], list):
        yield file.mistake((key,), "must be a list")
        return
    states = _schema()["$defs"]["state"]["enum"]
    if file.value.get("state", "ar") not in states:
        yield file.mistake(("state",), f"must be one of {', '.join(states)}")
    validator = Draft202012Validator(wanted)
    for place, item in enumerate(file.value[key]):
        for error in validator.iter_errors(item):
            yield file.mistake((key, place, *error.absolute_path), error.message[:200])


def _meaning(files: list[Located]) -> Iterator[Mistake]:
    ids: dict[str, str] = {}
    known = _known(files)
    for file in files:
        for key, place, item in _each(file):
            where = (key, place)
            own = item.get("id", item.get("code"))
            for each in (own, *item.get("former", ())):
                if each in ids:
                    yield file.mistake((*where, "id"), f"{each!r} is already in {ids[each]}")
                ids[each] = file.file
            yield from _references(file, where, item, known)
            yield from _dates(file, where, item)
            yield from _known_text(file, where, item)
    yield from _covered(files)


def _each(file: Located) -> Iterator[tuple[str, int, Mapping[str, Any]]]:
    for key, value in file.value.items():
        if isinstance(value, list):
            for place, item in enumerate(value):
                yield key, place, item


def _known(files: list[Located]) -> set[str]:
    return {item["id"] for file in files for _, _, item in _each(file) if "id" in item}


def _references(
    file: Located, where: tuple[str, int], item: Mapping[str, Any], known: set[str]
) -> Iterator[Mistake]:
    if item.get("instrument", item.get("id")) not in known | {None}:
        yield file.mistake((*where, "instrument"), f"there is no {item['instrument']!r}")
    for place, ground in enumerate(item.get("grounds", [])):
        for id_ in ground.get("provisions", []):
            if id_ not in known:
                spot = (*where, "grounds", place, "provisions")
                yield file.mistake(spot, f"there is no provision {id_!r}")
    state = file.value.get("state", item.get("state"))
    if isinstance(state, str) and not str(item["id"]).startswith(f"{state}."):
        yield file.mistake((*where, "id"), f"must begin with {state!r} and a dot")


def _dates(file: Located, where: tuple[str, int], item: Mapping[str, Any]) -> Iterator[Mistake]:
    for place, text in _date_texts(item, ()):
        try:
            last_day(text)
        except ValueError:
            yield file.mistake((*where, *place), f"{text!r} is not a date")
            return
    if {"valid_from", "valid_to"} <= set(item):
        if first_day(item["valid_from"]) > last_day(item["valid_to"]):
            yield file.mistake((*where, "valid_to"), "ends before it begins")
    entry = item.get("in_force", {})
    yield from _order(file, where, item)
    if entry.get("mark") == "V" and "on" not in entry:
        yield file.mistake((*where, "in_force"), "a verified entry into force needs its date: on")
    if item.get("read") == "full" and "permits" not in item:
        yield file.mistake(where, "a rule that was read in full needs `permits`")


def _order(file: Located, where: tuple[str, int], item: Mapping[str, Any]) -> Iterator[Mistake]:
    """What comes after the signature: entry into force, and where it was seen applied."""
    signed = item.get("signed")
    for key in ("in_force", "seen"):
        on = item.get(key, {}).get("on")
        if on and signed and last_day(on) < first_day(signed):
            yield file.mistake((*where, key, "on"), f"{on} is before its signature ({signed})")
    for state, stands in item.get("standing", {}).items() if "names" in item else ():
        if {"on", "entered"} <= set(stands) and last_day(stands["entered"]) < first_day(
            stands["on"]
        ):
            spot = (*where, "standing", state, "entered")
            yield file.mistake(spot, f"{stands['entered']} is before the deposit ({stands['on']})")


def _date_texts(value: Any, place: tuple[str | int, ...]) -> Iterator[tuple[Any, str]]:
    for key, inner in value.items() if isinstance(value, Mapping) else ():
        if key in ("on", "since", "valid_from", "valid_to", "signed", "entered"):
            yield (*place, key), inner
        else:
            yield from _date_texts(inner, (*place, key))


def _known_text(
    file: Located, where: tuple[str, int], item: Mapping[str, Any]
) -> Iterator[Mistake]:
    if where[0] == "provisions" and item["mark"] not in ("M", "X", "2") and "text" not in item:
        yield file.mistake(where, "what somebody read needs its text in three languages")


def _covered(files: list[Located]) -> Iterator[Mistake]:
    """Every topic of a state is there, were it only to say that nobody verified it."""
    for file in files:
        if "state" not in file.value:
            continue
        missing = set(SURVEY) - {item["topic"] for item in file.value["provisions"]}
        for topic in sorted(missing - {Topic.PERSONAL_DATA}):
            yield file.mistake(("state",), f"says nothing about {topic}; say so with mark M")
