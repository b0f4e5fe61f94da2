"""A kept answer of the legal-basis resolver in the reader's language, for pages and letters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from ayni.norms.model import Crime, Force, Framework, TransferGround
from ayni.norms.resolver import Status, Why
from ayni.norms.wording import (
    CRIMES,
    FORCES,
    GROUNDS,
    STATUSES,
    WARNINGS,
    day_text,
    in_readers_language,
    settled_text,
    state_name,
)

Kept = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Absent:
    """An instrument that would serve and cannot be named: why for each state, what would settle
    it."""

    title: str
    why: str
    settled_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BasisWords:
    """For one of the two crimes: what may be named, what cannot be yet, what to beware of, and for
    each state what its law on personal data lets pass. `asked`: the crime, and the day for which it
    was worked out."""

    asked: str
    named: tuple[str, ...]
    to_check: tuple[str, ...]
    absent: tuple[Absent, ...]
    warnings: tuple[str, ...]
    data: tuple[tuple[str, tuple[str, ...]], ...]


def in_words(framework: Framework, kept: Kept) -> BasisWords:
    """The sentences of an answer. An id that the register no longer has is shown as it is."""
    named: list[str] = []
    to_check: list[str] = []
    for each in kept["instruments"]:
        said = _named(framework, each)
        if each["purposes"]:
            named.append(said)
        elif each["provisions"]:
            words = _("%(instrument)s. Its article has still to be read at its source.")
            to_check.append(words % {"instrument": said})
        else:
            words = _("%(instrument)s. Its article is not named here.")
            to_check.append(words % {"instrument": said})
    return BasisWords(
        asked=_("%(crime)s, worked out for %(day)s")
        % {"crime": CRIMES[Crime(kept["matter"])], "day": day_text(kept["date"])},
        named=tuple(named),
        to_check=tuple(to_check),
        absent=tuple(_absent(framework, each) for each in kept["missing"]),
        warnings=tuple(_warning(framework, each) for each in kept["warnings"]),
        data=tuple(
            (state_name(sender), tuple(_passing(grounds)))
            for sender, grounds in kept["data_protection"].items()
        ),
    )


def _title(framework: Framework, ident: str) -> str:
    found = framework.instruments.get(framework.former.get(ident, ident))
    return ident if found is None else in_readers_language(found.names)


def _named(framework: Framework, one: Kept) -> str:
    said = (
        _("%(title)s: seen in force for both on %(day)s; the day of entry is not known")
        if one["seen"]
        else _("%(title)s: in force for both since %(day)s")
    )
    return said % {"title": _title(framework, one["id"]), "day": day_text(one["since"])}


def _absent(framework: Framework, one: Kept) -> Absent:
    stands = [
        f"{state_name(state)}: {str(FORCES[Force(force)]).lower()}"
        for state, force in one["states"].items()
        if Force(force) is not Force.IN_FORCE
    ]
    return Absent(
        title=_title(framework, one["id"]),
        why="; ".join(stands),
        settled_by=tuple(sorted({settled_text(Why(why)) for why in one["settled_by"]})),
    )


def _warning(framework: Framework, one: Kept) -> str:
    words = {
        "state": state_name(one["state"]), "instrument": _title(framework, one["instrument"]),
    }  # fmt: skip
    return str(WARNINGS[one["code"]]) % words


def _passing(grounds: Iterable[Kept]) -> list[str]:
    """What the law lists or may allow; what it was read not to allow is left out."""
    return [_passes(each) for each in grounds if Status(each["status"]) is not Status.MISSING]


def _passes(one: Kept) -> str:
    """One ground, how it stands, and whose word that is if it is the state's own."""
    stands = str(STATUSES[Status(one["status"])]).lower()
    said = f"{GROUNDS[TransferGround(one['ground'])]}: {stands}"
    if "read_by" not in one:
        return said
    words = _("%(ground)s (read and published by the state itself: %(state)s)")
    return words % {"ground": said, "state": state_name(one["read_by"])}
