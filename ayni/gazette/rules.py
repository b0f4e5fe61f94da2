"""What is published, as values; which version counts, which are missing, which contradict. Pure.

One line is what one owner says under one kind and one key. Its versions are numbered 1, 2, 3 …;
the highest one known counts, but none before which more than a hundred numbers in a row are
missing: whoever holds a stolen key for an hour would else end a line by its last number. Two
different bodies under one version contradict each other: while that version is the highest,
nothing of the line counts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum, StrEnum
from typing import Any

FORMAT = 1
LARGEST_BODY = 32_768  # bytes of canonical JSON of what one entry says
DEEPEST = 16  # objects and lists one within another in what one entry says
MOST_VERSIONS = 1_000_000
MOST_MISSING = 100  # numbers of missing versions that are named
KEY = r"^[a-z0-9][a-z0-9._:-]{0,99}$"
KIND = r"^[a-z][a-z_]{0,29}\.[a-z][a-z_]{0,29}$"
# Years with which every date can still be reckoned, in every program that reads it.
_DAY = r"^((19|20|21)\d\d-\d\d-\d\d)?$"
_MOMENT = r"^(19|20|21)\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$"
_HASH = "^[0-9a-f]{64}$"
_SIGNATURE = {"type": "string", "maxLength": 200}


def closed(**properties: Any) -> dict[str, Any]:
    """The schema of an object that has exactly these names."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(properties),
        "properties": properties,
    }


DIGEST = {"type": "string", "pattern": _HASH}
NODE = {"type": "string", "pattern": "^[a-z]{2,12}$"}
# The form of a signed entry: what every node can read, whether or not it knows the kind.
DOCUMENT = closed(
    body=closed(
        at={"type": "string", "format": "moment", "pattern": _MOMENT},
        body={"type": "object"},
        format={"const": FORMAT},
        key={"type": "string", "pattern": KEY},
        kind={"type": "string", "pattern": KIND},
        node=NODE,
        sheet={"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
        valid_from={"type": "string", "pattern": _DAY},
        valid_until={"type": "string", "pattern": _DAY},
        version={"type": "integer", "minimum": 1, "maximum": MOST_VERSIONS},
        withdrawn={"type": "boolean"},
    ),
    signatures={
        "type": "array",
        "minItems": 1,
        "maxItems": 4,
        "items": closed(algorithm=_SIGNATURE, signature=_SIGNATURE, signer=_SIGNATURE),
    },
)


class Owner(StrEnum):
    """Who may publish entries of a kind."""

    STATE = "state"
    SECRETARIAT = "secretariat"


def owner_of(node: str, *, secretariat: str) -> Owner:
    """Which sort of owner a node is."""
    return Owner.SECRETARIAT if node == secretariat else Owner.STATE


@dataclass(frozen=True, slots=True)
class Said:
    """What one version of an entry says. `owner` is a node's code; `key` the stable id of what it
    is about; `valid_from` and `valid_until` days, both included, None where none is stated;
    `withdrawn`: the owner has taken the entry back, and `body` is empty."""

    owner: str
    kind: str
    key: str
    version: int
    body: Mapping[str, Any]
    at: datetime
    valid_from: date | None
    valid_until: date | None
    withdrawn: bool


class Taken(StrEnum):
    """What became of an entry that came."""

    NEW = "new"
    SAME = "same"  # these bytes are here already
    SECOND = "second"  # another body is here under the same version


def too_deep(value: Any) -> bool:
    """Whether objects and lists stand one within another deeper than `DEEPEST`: what reads them
    goes down a level at a time, and would come to its end at another depth in each place."""
    level = [value]
    for _deep in range(DEEPEST):
        level = [
            inner
            for each in level
            if isinstance(each, (dict, list))
            for inner in (each.values() if isinstance(each, dict) else each)
        ]
        if not level:
            return False
    return any(isinstance(each, (dict, list)) for each in level)


def judge(held: Iterable[tuple[int, str]], *, version: int, digest: str) -> Taken:
    """How a version stands to those of its line that are held: (version, digest) each."""
    same = {known for number, known in held if number == version}
    if digest in same:
        return Taken.SAME
    return Taken.SECOND if same else Taken.NEW


@dataclass(frozen=True, slots=True)
class Line:
    """One line as it is held: the `latest` version that can count (0: none), whether two bodies
    stand under it (`contested`), in which versions that is or was so, and versions that never came
    (at most 100 of each are named); `aside`: how many versions held are over the limit; `bodies`:
    how many stand under the latest."""

    latest: int
    contested: bool
    doubled: tuple[int, ...]
    missing: tuple[int, ...]
    aside: int = 0
    bodies: int = 0


def is_within(version: int, *, withdrawn: bool, most: int) -> bool:
    """Whether a version is within the limit of one line. The number after the last one is for
    taking back alone: whoever holds a stolen key would else use up the last number too, and leave
    a line that nobody can end."""
    return version <= most or (withdrawn and version == most + 1)


def line(
    held: Iterable[tuple[int, str]], *, most: int = MOST_VERSIONS, back: Collection[str] = ()
) -> Line:
    """What the versions held of one line, (version, digest) each, come to; `back`: digests of
    those that take it back. Those that are not within the limit `most` are set aside."""
    digests: dict[int, set[str]] = {}
    over = set()
    for version, digest in held:
        if not is_within(version, withdrawn=digest in back, most=most):
            over.add((version, digest))
        else:
            digests.setdefault(version, set()).add(digest)
    latest = _reached(sorted(digests))
    doubled = tuple(sorted(each for each, found in digests.items() if len(found) > 1))
    within = sorted(each for each in digests if each <= latest)
    return Line(
        latest,
        latest in doubled,
        doubled[-MOST_MISSING:],
        _missing(within),
        len(over),
        len(digests.get(latest, ())),
    )


@dataclass(frozen=True, slots=True)
class Held:
    """What a version that is held says of itself: its number, the key sheet that it is signed by,
    whether it takes the line back."""

    version: int
    sheet: int
    withdrawn: bool


class Among(IntEnum):
    """Among which lines of its owner and kind a line is counted: only those that stand take one of
    the places that the owner has. The others are counted each among themselves."""

    STANDING = 0
    REVOKED = 1  # every version is signed by a key that its owner has revoked since
    ENDED = 2  # taken back


def among(held: Iterable[Held], *, revoked: Collection[int], most: int) -> Among:
    """Among which lines one is counted by what is held of it; `revoked`: the key sheets that its
    owner has revoked, `most`: the limit of versions. `limits.py` asks the database the same."""
    rows = list(held)
    inside = [each for each in rows if is_within(each.version, withdrawn=each.withdrawn, most=most)]
    latest = _reached(sorted({each.version for each in inside}))
    last = [each for each in inside if each.version == latest]
    if last and all(each.withdrawn for each in last):
        return Among.ENDED
    if rows and all(each.sheet in revoked for each in rows):
        return Among.REVOKED
    return Among.STANDING


def _reached(versions: list[int]) -> int:
    """The highest number that is reached without leaving out too many in a row."""
    before = 0
    for version in versions:
        if version - before - 1 > MOST_MISSING:
            break
        before = version
    return before


def _missing(versions: list[int]) -> tuple[int, ...]:
    """Numbers left out before the highest."""
    found: list[int] = []
    before = 0
    for version in versions:
        found += range(before + 1, version)[: MOST_MISSING - len(found)]
        before = version
    return tuple(found)


def follows(*, latest: int, seen: int) -> bool:
    """Whether an author who has seen version `seen` (0: none) writes on what stands now."""
    return latest == seen


def counts_on(said: Said, day: date) -> bool:
    """Whether an entry says something about a day: it is not taken back, and the day is within the
    time that it states."""
    if said.withdrawn:
        return False
    begun = said.valid_from is None or said.valid_from <= day
    return begun and (said.valid_until is None or day <= said.valid_until)
