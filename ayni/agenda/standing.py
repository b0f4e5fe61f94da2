"""Which version of the platform's text stands, where two may write it. Pure.

The secretariat writes. While it is away the state that presides writes instead, on what stood: its
version names the one before its author's eyes. The secretariat's next version takes its place. A
version written without knowing what stood then changes nothing, and is shown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Version:
    """One version of one line. `after`: the `ref` of the one it was written on, empty for none;
    `usable`: nothing is against it."""

    owner: str
    number: int
    after: str
    at: datetime
    valid_from: date | None
    valid_until: date | None
    body: Mapping[str, Any]
    usable: bool

    @property
    def ref(self) -> str:
        """What another version names it by."""
        return f"{self.owner}:{self.number}"


@dataclass(frozen=True, slots=True)
class Stands:
    """What stands (None: nothing was published), whether the secretariat's own latest version
    cannot be used (`broken`: then nothing stands, and `base` is its last usable one), and what
    others wrote without effect."""

    version: Version | None
    broken: bool
    passed_over: tuple[Version, ...]
    base: Version | None = None

    @property
    def ref(self) -> str:
        """What the next version is written on."""
        return "" if self.version is None else self.version.ref


def stands(
    versions: Iterable[Version],
    *,
    secretariat: str,
    may: Callable[[Version | None, Version], bool],
) -> Stands:
    """What stands of all versions of one key. `may(standing, version)`: whether the owner of a
    version presided when it was written, by what stood."""
    found = {each.ref: each for each in versions}
    others = [each for each in found.values() if each.owner != secretariat]
    own = [each for each in found.values() if each.owner == secretariat]
    latest = max(own, key=lambda each: each.number, default=None)
    if latest is not None and not latest.usable:
        usable = [each for each in own if each.usable]
        base = max(usable, key=lambda each: each.number, default=None)
        return Stands(None, broken=True, passed_over=(), base=base)
    standing, chain = latest, {"" if latest is None else latest.ref}
    while True:
        ref = "" if standing is None else standing.ref
        following = [
            each
            for each in others
            if each.usable
            and each.after == ref
            and each.ref not in chain
            and not _before_it(each, standing)
            and may(standing, each)
        ]
        if not following:
            break
        standing = min(following, key=lambda each: (each.at, each.owner, each.number))
        chain.add(standing.ref)
    taken = chain | _before(latest, found)
    passed = tuple(each for each in others if each.usable and each.ref not in taken)
    return Stands(standing, broken=False, passed_over=passed, base=standing)


def _before_it(version: Version, standing: Version | None) -> bool:
    """Whether a version says it was written before what it was written on: its owner states the
    time, and would choose one at which it presided."""
    return standing is not None and version.at < standing.at


def _before(version: Version | None, found: Mapping[str, Version]) -> set[str]:
    """What a version was written on, and what that was written on, and so on."""
    seen: set[str] = set()
    while version is not None and version.after and version.after not in seen:
        seen.add(version.after)
        version = found.get(version.after)
    return seen
