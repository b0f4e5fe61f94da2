"""What a recipient may answer to an alert, on what it rests, and by whom. Pure.

Seen: a country, a town, a day, and words of its officer. Found: a day, and the institution through
which she can be spoken with; never the place where she is.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from ayni.alerts.errors import ChildAuthorityAnswers, NotAgreed
from ayni.alerts.rules import CHILD_AUTHORITY


class Outcome(StrEnum):
    """What a recipient says of the person."""

    SEEN = "seen"
    FOUND = "found"


class Ground(StrEnum):
    """On what it rests that this is told."""

    NOT_MET = "not_met"  # nobody of the institution met her, so nobody could ask
    AGREED = "agreed"  # asked alone, she agrees that those who look are told
    AUTHORITY = "authority"  # of a child: the child authority has decided


OF_SEEN = ("seen_country", "seen_place", "seen_on", "words")
OF_FOUND = ("found_on", "contact")
OF_BOTH = ("outcome", "ground", "child")
TOLD = {Outcome.SEEN: OF_SEEN, Outcome.FOUND: OF_FOUND}
FIELDS = (*OF_BOTH, *OF_SEEN, *OF_FOUND)
_OF_ADULT = {
    Outcome.SEEN: frozenset({Ground.NOT_MET, Ground.AGREED}),
    Outcome.FOUND: frozenset({Ground.AGREED}),
}
_OF_CHILD = {
    Outcome.SEEN: frozenset({Ground.NOT_MET, Ground.AUTHORITY}),
    Outcome.FOUND: frozenset({Ground.AUTHORITY}),
}


def content(
    outcome: Outcome, ground: Ground, told: Mapping[str, Any], *, child: bool
) -> dict[str, Any]:
    """Exactly what leaves. What is not of this outcome is left out, whoever names it. Raises
    `NotAgreed`."""
    check_ground(outcome, ground, counts_as_child=child)
    known = {name: told[name] for name in TOLD[outcome] if told.get(name)}
    return {"outcome": outcome.value, "ground": ground.value, "child": child, **known}


def check_ground(outcome: Outcome, ground: Ground, *, counts_as_child: bool) -> None:
    """Of an adult who was met nothing is told without her word; of a child the child authority
    decides. Raises `NotAgreed`."""
    if ground not in (_OF_CHILD if counts_as_child else _OF_ADULT)[outcome]:
        raise NotAgreed


def check_authorities(*, counts_as_child: bool, answers: str, asks: str) -> None:
    """About somebody who is or may be a child a child authority answers, to a child authority
    (`answers`, `asks`: kinds of the institutions). Raises `ChildAuthorityAnswers`."""
    if counts_as_child and not answers == asks == CHILD_AUTHORITY:
        raise ChildAuthorityAnswers
