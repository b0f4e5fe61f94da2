"""What a definition must keep beyond its schema. Each check yields where and why.

Names must lead somewhere, steps must not wait for each other in a circle, a norm must rest on a
source that was read, and the two crimes must never share a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from ayni.protocol.conditions import (
    LARGEST_WORK,
    ConditionRefused,
    Fact,
    compile_condition,
    work_of,
)
from ayni.protocol.errors import Problem
from ayni.protocol.source import Located, Path_

Found = Iterator[tuple[Path_, str]]

_STRENGTH = {"V": 3, "I": 2, "M": 1, "X": 0}
_BARE = {
    "es": re.compile(r"\btráfico\b(?! ilícito)", re.IGNORECASE),
    "pt": re.compile(r"\btráfico\b(?! (internacional )?de pessoas)", re.IGNORECASE),
}


def check(document: Located) -> list[Problem]:
    """Every mistake of meaning in a document that keeps the schema."""
    checks: tuple[Callable[[dict[str, Any]], Found], ...] = (
        _unique,
        _facts,
        _conditions,
        _references,
        _starts,
        _fields,
        _limits,
        _repeats,
        _sources,
        _sides_and_kinds,
        _order,
        _words,
    )
    return [
        document.problem(path, reason) for one in checks for path, reason in one(document.value)
    ]


def _steps(document: dict[str, Any]) -> Iterator[tuple[Path_, dict[str, Any], dict[str, Any]]]:
    for place, phase in enumerate(document["phases"]):
        for number, step in enumerate(phase["steps"]):
            yield ("phases", place, "steps", number), step, phase


def _unique(document: dict[str, Any]) -> Found:
    lists: list[tuple[Path_, str, Iterable[dict[str, Any]]]] = [
        (("sources",), "id", document.get("sources", [])),
        (("actors",), "code", document["actors"]),
        (("facts",), "name", document.get("facts", [])),
        (("conditions",), "name", document.get("conditions", [])),
        (("options",), "list", document.get("options", [])),
        (("reasons",), "code", document["reasons"]),
        (("moments",), "name", document.get("moments", [])),
        (("phases",), "id", document["phases"]),
    ]
    for place, options in enumerate(document.get("options", [])):
        lists.append((("options", place, "codes"), "code", options["codes"]))
    for path, step, _phase in _steps(document):
        lists.append(((*path, "fields"), "id", step.get("fields", [])))
    for path, key, items in lists:
        seen: set[str] = set()
        for place, item in enumerate(items):
            if item[key] in seen:
                yield (
                    (*path, place, key),
                    _("%(key)s is already defined") % {"key": repr(item[key])},
                )
            seen.add(item[key])
    known: set[str] = set()
    for path, step, phase in _steps(document):
        if step["id"] in known:
            yield (*path, "id"), _("step %(step)s is already defined") % {"step": repr(step["id"])}
        if not step["id"].startswith(phase["id"] + "."):
            yield (
                (*path, "id"),
                _("step %(step)s does not belong to phase %(phase)s")
                % {"step": repr(step["id"]), "phase": repr(phase["id"])},
            )
        known.add(step["id"])


def _facts(document: dict[str, Any]) -> Found:
    steps = {step["id"]: step for _, step, _ in _steps(document)}
    options = {
        each["list"]: {option["code"] for option in each["codes"]}
        for each in document.get("options", [])
    }
    for place, fact in enumerate(document.get("facts", [])):
        for number, asked in enumerate(fact.get("asked_in", [])):
            path: Path_ = ("facts", place, "asked_in", number)
            step = steps.get(asked["step"])
            if step is None:
                yield path, _("there is no step %(step)s") % {"step": repr(asked["step"])}
                continue
            fields = {each["id"]: each for each in step.get("fields", [])}
            field = fields.get(asked["field"])
            if field is None:
                yield (
                    path,
                    _("step %(step)s has no field %(field)s")
                    % {"step": repr(asked["step"]), "field": repr(asked["field"])},
                )
            elif "boolean" in fact and field["kind"] != "boolean":
                yield (
                    path,
                    _("field %(field)s must be of kind boolean") % {"field": repr(asked["field"])},
                )
            elif "codes" in fact and (
                field["kind"] != "choice" or options.get(field.get("options")) != set(fact["codes"])
            ):
                yield (
                    path,
                    _("field %(field)s must be a choice among the fact's codes")
                    % {"field": repr(asked["field"])},
                )


def _conditions(document: dict[str, Any]) -> Found:
    facts = {
        each["name"]: Fact(
            each["name"], (False, True) if "boolean" in each else tuple(each["codes"])
        )
        for each in document.get("facts", [])
    }
    conditions = document.get("conditions", [])
    work, sound = 0, []
    for place, each in enumerate(conditions):
        try:
            work += work_of(each["name"], each["expression"], facts)
            sound.append((place, each))
        except ConditionRefused as refused:
            yield ("conditions", place, "expression"), _(refused.message) % refused.values
    if work > LARGEST_WORK:
        # Said before anything is worked out: that is what must not be done.
        yield ("conditions",), _("the conditions together take too much work; make them shorter")
        return
    for place, each in sound:
        try:
            compile_condition(each["name"], each["expression"], facts)
        except ConditionRefused as refused:
            yield ("conditions", place, "expression"), _(refused.message) % refused.values


def _references(document: dict[str, Any]) -> Found:
    conditions = {each["name"] for each in document.get("conditions", [])}
    actors = {each["code"] for each in document["actors"]}
    steps = {step["id"] for _, step, _ in _steps(document)}
    for place, gate in enumerate(document.get("closing", {}).get("gates", [])):
        if gate["condition"] not in conditions:
            yield (
                ("closing", "gates", place),
                _("there is no condition %(condition)s") % {"condition": repr(gate["condition"])},
            )
    for path, step, _phase in _steps(document):
        for where, name in _named_conditions(step):
            if name not in conditions:
                yield (
                    (*path, *where),
                    _("there is no condition %(condition)s") % {"condition": repr(name)},
                )
        if step["actor"] not in actors:
            yield (
                (*path, "actor"),
                _("there is no actor %(actor)s") % {"actor": repr(step["actor"])},
            )
        for place, name in enumerate(step.get("after", [])):
            if name not in steps:
                yield (*path, "after", place), _("there is no step %(step)s") % {"step": repr(name)}


def _starts(document: dict[str, Any]) -> Found:
    """What a limit counts from exists, and is named exactly where it is needed."""
    steps = {step["id"] for _, step, _ in _steps(document)}
    moments = {each["name"] for each in document.get("moments", [])}
    for path, step, _phase in _steps(document):
        for kind, place, limit in _all_limits(step):
            where = (*path, kind, place)
            if (limit["from"] == "step") is not ("step" in limit):
                yield where, _("`step` goes with `from: step`, and only with it")
            elif limit.get("step", step["id"]) not in steps:
                yield (
                    (*where, "step"),
                    _("there is no step %(step)s") % {"step": repr(limit["step"])},
                )
            if (limit["from"] == "before") is not ("moment" in limit):
                yield where, _("`moment` goes with `from: before`, and only with it")
            elif "moment" in limit and limit["moment"] not in moments:
                yield (
                    (*where, "moment"),
                    _("there is no moment %(moment)s") % {"moment": repr(limit["moment"])},
                )
            elif "moment" in limit and limit.get("unit") != "hours":
                yield (*where, "unit"), _("time before a moment is counted in hours")


def _fields(document: dict[str, Any]) -> Found:
    options = {each["list"] for each in document.get("options", [])}
    for path, step, _phase in _steps(document):
        for place, field in enumerate(step.get("fields", [])):
            wants = field["kind"] in ("choice", "choices")
            if wants is not ("options" in field):
                yield (*path, "fields", place), _("`options` goes with choices, and only with them")
            elif wants and field["options"] not in options:
                yield (
                    (*path, "fields", place),
                    _("there is no list %(list)s") % {"list": repr(field["options"])},
                )


def _all_limits(step: dict[str, Any]) -> Iterator[tuple[str, int, dict[str, Any]]]:
    for kind in ("limits", "period"):
        for place, limit in enumerate(step.get(kind, [])):
            yield kind, place, limit


def _named_conditions(step: dict[str, Any]) -> Iterator[tuple[Path_, str]]:
    if "applies_when" in step:
        yield ("applies_when",), step["applies_when"]
    for place, gate in enumerate(step.get("gates", [])):
        yield ("gates", place, "condition"), gate["condition"]
    for kind, place, limit in _all_limits(step):
        if "when" in limit:
            yield (kind, place, "when"), limit["when"]


def _limits(document: dict[str, Any]) -> Found:
    for path, step, _phase in _steps(document):
        for kind, place, limit in _all_limits(step):
            where = (*path, kind, place)
            if "value" in limit and "unit" not in limit:
                yield where, _("a value needs a unit: hours, calendar_days or working_days")
            if "value" not in limit and "words" not in limit:
                yield where, _("a limit without a value needs the words of its source")
            if "changeable" in limit and not _can_be_stricter(step, kind, limit):
                yield (
                    (*where, "changeable"),
                    _(
                        "only time for a step, of 2 or more and not by a schedule, can be made "
                        "less by a state"
                    ),
                )
        first = [each for each in step.get("limits", []) if not _is_later(each)]
        for place, limit in enumerate(first[:-1]):
            if "when" not in limit:
                yield (*path, "limits", place), _("a limit without `when` hides those after it")


def _can_be_stricter(step: dict[str, Any], kind: str, limit: dict[str, Any]) -> bool:
    """Less time is stricter: not where it counts back from a moment, nor for what was granted. A
    schedule has its own values."""
    return (
        kind == "limits"
        and limit.get("value", 0) > 1
        and limit["from"] != "before"
        and step.get("repeat", {}).get("kind") != "schedule"
    )


def _repeats(document: dict[str, Any]) -> Found:
    for path, step, _phase in _steps(document):
        repeat = step.get("repeat")
        first = [each for each in step.get("limits", []) if not _is_later(each)]
        later = [each for each in step.get("limits", []) if _is_later(each)]
        if repeat is None:
            if later:
                yield (*path, "limits"), _("only a step that comes back counts from its last time")
        elif repeat["kind"] == "schedule":
            values = repeat.get("values", [])
            if not first or len(values) < 2 or values != sorted(set(values)):
                yield (*path, "repeat"), _("a schedule needs a limit and rising values")
            elif first[0].get("value") != values[0]:
                yield (*path, "repeat"), _("the first value of the schedule is the limit's value")
        elif not first or not later:
            yield (*path, "repeat"), _("needs one limit for the first time and one for later times")


def _is_later(limit: dict[str, Any]) -> bool:
    return limit["from"] in ("changed", "last_done")


def _sources(document: dict[str, Any]) -> Found:
    register = {each["id"]: each for each in document.get("sources", [])}
    for path, step, _phase in _steps(document):
        yield from _cited((*path, "sources"), step.get("sources", []), register)
        for kind, place, limit in _all_limits(step):
            where = (*path, kind, place)
            cites = limit.get("sources", [])
            yield from _cited((*where, "sources"), cites, register)
            if limit["status"] == "proposal":
                if cites:
                    yield where, _("a proposal has no source; say what the source makes it")
            elif not any(cite["mark"] == "V" for cite in cites):
                yield (
                    where,
                    _("a %(status)s needs a source that was read (mark V)")
                    % {"status": limit["status"]},
                )
            elif limit["status"] != "practice" and all(
                register.get(cite["source"], {}).get("repealed") for cite in cites
            ):
                yield where, _("a repealed text documents a practice, not a norm")


def _cited(path: Path_, cites: list[dict[str, Any]], register: dict[str, Any]) -> Found:
    for place, cite in enumerate(cites):
        entry = register.get(cite["source"])
        if entry is None:
            yield (
                (*path, place),
                _("there is no source %(source)s") % {"source": repr(cite["source"])},
            )
        elif entry["mark"] == "D" or _STRENGTH[cite["mark"]] > _STRENGTH[entry["mark"]]:
            yield (
                (*path, place, "mark"),
                _("mark %(mark)s cannot be: source %(source)s has %(own)s")
                % {"mark": cite["mark"], "source": repr(cite["source"]), "own": entry["mark"]},
            )


def _sides_and_kinds(document: dict[str, Any]) -> Found:
    closing: dict[str, str] = {}
    for path, step, phase in _steps(document):
        own = phase["subject"] == "post"
        if (step["sides"] == ["own"]) is not own or ("own" in step["sides"]) is not own:
            yield (*path, "sides"), _("side `own` is for posts, and posts have no other")
        if step.get("joint") and (
            len(step["sides"]) < 2
            or "repeat" in step
            or step.get("waivable", True)
            or step.get("declinable", True)
        ):
            yield (
                (*path, "joint"),
                _(
                    "a joint step has two sides, does not come back and cannot be waived or "
                    "declined"
                ),
            )
        if step.get("presumed") and "applies_when" not in step:
            yield (
                (*path, "presumed"),
                _("only a step that applies under a condition can be presumed"),
            )
        if "protects" in step and "applies_when" in step and not step.get("presumed"):
            yield (
                path,
                _("a protection rule must hold while it cannot be told: add `presumed: true`"),
            )
        if step.get("closes"):
            if phase["subject"] in closing:
                yield (
                    path,
                    _("step %(step)s closes already") % {"step": repr(closing[phase["subject"]])},
                )
            closing[phase["subject"]] = step["id"]


def _order(document: dict[str, Any]) -> Found:
    edges: dict[str, list[str]] = {}
    paths: dict[str, Path_] = {}
    for path, step, _phase in _steps(document):
        paths[step["id"]] = path
        edges[step["id"]] = [
            *step.get("after", []),
            *(limit["step"] for limit in step.get("limits", []) if "step" in limit),
        ]
    clear: set[str] = set()
    for name in edges:
        circle = _circle(name, edges, clear)
        if circle:
            yield (
                paths[circle[0]],
                _("steps wait for each other: %(circle)s") % {"circle": " → ".join(circle)},
            )
            return


def _circle(name: str, edges: dict[str, list[str]], clear: set[str]) -> list[str]:
    """A circle of steps reached from `name`, or nothing; `clear` collects what has none."""
    trail: list[str] = []
    stack: list[tuple[str, Iterator[str]]] = [(name, iter(edges[name]))]
    if name in clear:
        return []
    trail.append(name)
    while stack:
        current, following = stack[-1]
        for each in following:
            if each in trail:
                return [*trail[trail.index(each) :], each]
            if each in edges and each not in clear:
                trail.append(each)
                stack.append((each, iter(edges[each])))
                break
        else:
            clear.add(current)
            trail.pop()
            stack.pop()
    return []


def _words(document: dict[str, Any]) -> Found:
    """The bare word *tráfico* names two different crimes in the two languages."""
    pending: list[tuple[Path_, Any]] = [((), document)]
    while pending:
        path, value = pending.pop()
        if isinstance(value, dict):
            pending += [((*path, key), each) for key, each in value.items()]
        elif isinstance(value, list):
            pending += [((*path, place), each) for place, each in enumerate(value)]
        elif isinstance(value, str) and path and path[-1] in _BARE and path[0] != "sources":
            if _BARE[str(path[-1])].search(value):
                told = _("the bare word '%(word)s' is not used; name the crime in full")
                yield path, told % {"word": "tráfico"}
