"""Two versions of the protocol side by side: what was added, removed and changed. Pure.

Every part of a definition is compared, whatever it is; only version number and digest are left
out. So nothing is told exactly if nothing else differs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

from ayni.protocol.model import Definition, Limit, Phase, Step


class Sort(StrEnum):
    """What became of something."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `part` is what sort of thing (`step`, `fields`, `limits`, `actors` …), `step`
    the step that it belongs to, `name` its own; `before` and `after` what stood and stands there,
    None where it was not."""

    sort: Sort
    part: str
    step: str
    name: str
    before: Any
    after: Any


# Parts of a definition that are one value each, and those that name many.
_ONE = ("key", "title", "status")
_MANY = (
    *("actors", "facts", "fact_names", "fact_sentences", "conditions", "condition_sentences"),
    *("options", "option_standards", "reasons", "moments", "phrases", "sources", "places"),
    "answered_by",
)
# Of a step: parts that name many; `id` is its name.
_LISTED = ("fields", "gates", "limits", "period")


def compare(old: Definition, new: Definition) -> tuple[Change, ...]:
    """What a version changes of another one, steps first, in the order of the new one."""
    return tuple([*_steps(old, new), *_phases(old, new), *_rest(old, new)])


def _steps(old: Definition, new: Definition) -> Iterator[Change]:
    for name in _names(old.steps, new.steps):
        before, after = old.steps.get(name), new.steps.get(name)
        if before is None or after is None:
            yield _change("step", name, "", before, after)
        elif before != after:
            yield from _step(before, after)


def _step(before: Step, after: Step) -> Iterator[Change]:
    for part in fields(Step):
        one, other = getattr(before, part.name), getattr(after, part.name)
        if part.name in _LISTED:
            yield from _many(part.name, after.id, _named(part.name, one), _named(part.name, other))
        elif one != other:
            yield _change(part.name, after.id, "", one, other)


def _named(part: str, items: Iterable[Any]) -> dict[str, Any]:
    """Each by a name that stays when others come or go; its place tells what has the same apart."""
    found: dict[str, Any] = {}
    for place, each in enumerate(items):
        if part == "fields":
            name = each.id
        elif part == "gates":
            name = each.condition
        else:
            name = _limit_name(each)
        found[name if name not in found else f"{name} #{place}"] = each
    order = "\n".join(found)
    return found | ({"": order} if len(found) > 1 else {})


def _limit_name(limit: Limit) -> str:
    return " ".join(filter(None, (limit.start.value, limit.step, limit.moment, limit.when)))


def _many(
    part: str, step: str, before: Mapping[Any, Any], after: Mapping[Any, Any]
) -> Iterator[Change]:
    same_names = set(before) - {""} == set(after) - {""}
    for name in _names(before, after):
        one, other = before.get(name), after.get(name)
        if one == other or (name == "" and not same_names and _ordered(one, other)):
            continue
        yield _change(part, step, _text(name), one, other)


def _ordered(one: str | None, other: str | None) -> bool:
    """Whether what two lists both name stands in the same order in both."""
    first, second = (one or "").split("\n"), (other or "").split("\n")
    both = set(first) & set(second)
    return [each for each in first if each in both] == [each for each in second if each in both]


def _phases(old: Definition, new: Definition) -> Iterator[Change]:
    before = {each.id: each for each in old.phases}
    after = {each.id: each for each in new.phases}
    both = [name for name in before if name in after]
    for name in _names(before, after):
        one, other = before.get(name), after.get(name)
        if one is None or other is None or _differ(one, other):
            yield _change("phases", "", name, one, other)
    order = [name for name in after if name in before]
    if both != order:
        yield _change("phases", "", "", tuple(both), tuple(order))


def _differ(one: Phase, other: Phase) -> bool:
    """Steps that came or went are told as steps; here only another order counts."""
    stayed = [name for name in one.steps if name in other.steps]
    return stayed != [name for name in other.steps if name in one.steps] or (
        (one.title, one.subject, one.continues_in)
        != (other.title, other.subject, other.continues_in)
    )


def _rest(old: Definition, new: Definition) -> Iterator[Change]:
    for part in _ONE:
        if getattr(old, part) != getattr(new, part):
            yield _change(part, "", "", getattr(old, part), getattr(new, part))
    for part in _MANY:
        yield from _many(part, "", getattr(old, part), getattr(new, part))
    one, other = old.closing_gates, new.closing_gates
    yield from _many("closing_gates", "", _named("gates", one), _named("gates", other))


def _names(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> list[Any]:
    """Names of both, in the order of the new one; what is gone comes last."""
    return [*new, *(name for name in old if name not in new)]


def _text(name: Any) -> str:
    return " ".join(name) if isinstance(name, tuple) else str(name)


def _change(part: str, step: str, name: str, before: Any, after: Any) -> Change:
    sort = Sort.CHANGED
    if before is None:
        sort = Sort.ADDED
    elif after is None:
        sort = Sort.REMOVED
    return Change(sort, part, step, name, before, after)
