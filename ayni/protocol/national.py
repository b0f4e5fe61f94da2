"""National parameters: what one state's own act makes stricter in a version that it adopts. Pure.

Only a limit that the version itself marks as `changeable` can be given another value, and only a
smaller one: less time for what the state itself owes. It binds nobody else, so it counts only for
steps that this side of the case owes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

from ayni.protocol.model import Definition, Limit, Side, Step


@dataclass(frozen=True, slots=True, order=True)
class Stricter:
    """One limit of a state's own: `value` in the unit of limit number `limit` (from 1) of a step;
    `act`: the act of the state that sets it, by name and number."""

    step: str
    limit: int
    value: int
    act: str


class Fault(StrEnum):
    """Why a national parameter cannot be."""

    NOT_CHANGEABLE = "not_changeable"
    NOT_STRICTER = "not_stricter"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Changeable:
    """A limit that states may make stricter: number `limit` (from 1) of a step."""

    step: Step
    limit: int
    rule: Limit


def changeable(definition: Definition) -> tuple[Changeable, ...]:
    """The limits of a version that states may make stricter, in its order."""
    return tuple(
        Changeable(step, number, limit)
        for step in definition.steps.values()
        for number, limit in enumerate(step.limits, start=1)
        if limit.changeable
    )


def fault_in(
    definition: Definition, parameters: Iterable[Stricter]
) -> tuple[Fault, Stricter] | None:
    """The first parameter that cannot be, and why; None if all can."""
    known = {(each.step.id, each.limit): each.rule for each in changeable(definition)}
    seen: set[tuple[str, int]] = set()
    for each in parameters:
        place = each.step, each.limit
        rule = known.get(place)
        if rule is None or rule.value is None:
            return Fault.NOT_CHANGEABLE, each
        if place in seen:
            return Fault.TWICE, each
        if not 0 < each.value < rule.value:
            return Fault.NOT_STRICTER, each
        seen.add(place)
    return None


def effective(definition: Definition, side: Side, parameters: Iterable[Stricter]) -> Definition:
    """The version as it holds for one side of a case in a state with these parameters.

    A limit that one replaces keeps the value of the version as `common`, and names the `act`.
    What was recorded with a case is taken as it is: whoever recorded it has checked it.
    """
    values = {(each.step, each.limit): each for each in parameters}
    changed = {
        name: replace(step, limits=_limits(step, values))
        for name, step in definition.steps.items()
        if side in step.sides and any((name, n + 1) in values for n in range(len(step.limits)))
    }
    if not changed:
        return definition
    steps = {name: changed.get(name, step) for name, step in definition.steps.items()}
    return replace(definition, steps=steps)


def _limits(step: Step, values: dict[tuple[str, int], Stricter]) -> tuple[Limit, ...]:
    found = []
    for number, limit in enumerate(step.limits, start=1):
        own = values.get((step.id, number))
        if own is not None:
            limit = replace(limit, value=own.value, common=limit.value, act=own.act)
        found.append(limit)
    return tuple(found)


def in_effect(definition: Definition) -> tuple[Changeable, ...]:
    """The limits of an effective version that a national act has made stricter."""
    return tuple(
        Changeable(step, number, limit)
        for step in definition.steps.values()
        for number, limit in enumerate(step.limits, start=1)
        if limit.common is not None
    )
