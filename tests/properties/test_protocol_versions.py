"""Two versions compared, national limits, and cases without a next step: the pure centres."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.protocol.changes import Sort, compare
from ayni.protocol.following import Fault as Flawed
from ayni.protocol.following import flaws_in
from ayni.protocol.load import build, checked, shipped, shipped_document
from ayni.protocol.model import Definition, Side
from ayni.protocol.national import Fault, Stricter, changeable, effective, fault_in, in_effect
from ayni.protocol.needed import FACTS, STEPS, needed
from ayni.protocol.source import Located
from tests.protocol.registry import step_of, text, without

ROOT = Path(__file__).parents[2]
ACT = "Acto inventado"
CHANGED: list[Callable[[Any], None]] = [
    lambda d: d["title"].update(en="Other"),
    lambda d: step_of(d, "2.5")["duty"].update(es="Otra cosa"),
    lambda d: step_of(d, "3.3")["limits"][0].update(value=36),
    lambda d: step_of(d, "3.1")["fields"].pop(2),
    lambda d: step_of(d, "3.3")["gates"].reverse(),
    lambda d: step_of(d, "4.1")["limits"].append(
        {"status": "proposal", "from": "changed", "value": 9, "unit": "hours"}
    ),
    without("2.6"),
    lambda d: d["actors"][0].update(role="case_supervisor"),
    lambda d: d["reasons"].append({"code": "new", "label": {"es": "N", "pt": "N", "en": "N"}}),
    lambda d: d["phases"][3]["steps"].reverse(),
    lambda d: d["closing"]["gates"][0]["why"].update(es="Porque no"),
    lambda d: d["options"][0]["codes"][0]["label"].update(es="Otro"),
]


def made(picks: set[int]) -> Definition:
    """The reference text with some changes; not checked, only compared."""
    document = copy.deepcopy(shipped_document("reference", "1.0"))
    for place in sorted(picks):
        CHANGED[place](document)
    document["version"] = f"2.{len(picks)}"
    return build(document)


PICKS = st.sets(st.integers(0, len(CHANGED) - 1), max_size=4)


@settings(deadline=None, max_examples=40)
@given(PICKS, PICKS)
def test_nothing_is_told_exactly_if_nothing_differs_and_the_way_back_tells_the_opposite(
    some: set[int], others: set[int]
) -> None:
    one, other = made(some), made(others)
    told = compare(one, other)

    same = replace(one, version=other.version, digest=other.digest) == other
    assert (told == ()) is same is (some == others)
    opposite = {Sort.ADDED: Sort.REMOVED, Sort.REMOVED: Sort.ADDED, Sort.CHANGED: Sort.CHANGED}
    there = {
        (e.part, e.step, e.name, opposite[e.sort], repr(e.after), repr(e.before)) for e in told
    }
    back = {
        (e.part, e.step, e.name, e.sort, repr(e.before), repr(e.after)) for e in compare(other, one)
    }
    assert there == back


def test_every_part_of_a_definition_is_compared() -> None:
    """A part that is added to the model later is not forgotten."""
    from ayni.protocol import changes

    known = {*changes._ONE, *changes._MANY, "steps", "phases", "closing_gates"}
    assert {each.name for each in fields(Definition)} - known == {"version", "digest"}


MANY = build(
    text(
        change=lambda document: (
            [
                limit.update(changeable=True)
                for phase in document["phases"]
                for step in phase["steps"]
                if step.get("repeat", {}).get("kind") != "schedule"
                for limit in step.get("limits", [])
                if limit.get("value", 0) > 1 and limit["from"] != "before"
            ]
            and None
        )
    )
)
ALL = changeable(MANY)


@given(
    st.lists(st.tuples(st.sampled_from(ALL), st.integers(-3, 400)), max_size=5),
    st.sampled_from(list(Side)),
)
def test_a_national_limit_is_only_ever_less_and_only_for_the_side_that_owes_the_step(
    given_: list[Any], side: Side
) -> None:
    parameters = [Stricter(each.step.id, each.limit, value, ACT) for each, value in given_]
    if fault_in(MANY, parameters) is not None:
        return
    mine = effective(MANY, side, parameters)

    for name, step in MANY.steps.items():
        for own, common in zip(mine.steps[name].limits, step.limits, strict=True):
            if own == common:
                continue
            assert side in step.sides
            assert own.value is not None
            assert own.value < (common.value or 0) == own.common
            assert replace(own, value=common.value, common=None, act="") == common
    bound = {(p.step, p.limit) for p in parameters if side in MANY.steps[p.step].sides}
    assert {(each.step.id, each.limit) for each in in_effect(mine)} == bound


@given(st.sampled_from(ALL), st.integers(-5, 500))
def test_a_limit_that_is_not_less_is_a_fault(place: Any, value: int) -> None:
    fault = fault_in(MANY, [Stricter(place.step.id, place.limit, value, ACT)])
    assert (fault is None) is (0 < value < place.rule.value)
    twice = [Stricter(place.step.id, place.limit, 1, ACT)] * 2
    assert fault_in(MANY, twice) == (Fault.TWICE, twice[1])
    fixed = shipped("reference", "1.0")
    assert fault_in(fixed, twice) == (Fault.NOT_CHANGEABLE, twice[0])


@pytest.mark.parametrize("name", sorted(STEPS))
def test_a_text_without_a_step_that_the_software_names_is_found(name: str) -> None:
    found = flaws_in(build(text(change=without(name))), needed())
    assert (Flawed.NEEDED_STEP, name) in {(each.fault, each.name) for each in found}


def test_the_reference_text_has_no_flaw_and_loads_again_from_its_own_document() -> None:
    assert flaws_in(shipped("reference", "1.0"), needed()) == ()
    document = text()
    assert changeable(build(checked(Located(document))))[0].step.id == "3.3"


def test_a_host_who_would_have_nothing_to_begin_with_is_found() -> None:
    def change(document: Any) -> None:
        for phase in document["phases"]:
            for step in phase["steps"]:
                if phase["subject"] == "case" and step["id"] != "7.5":
                    step["sides"] = ["nationality"]

    found = flaws_in(build(text(change=change)), needed())
    assert (Flawed.NO_FIRST_STEP, "host") in {(each.fault, each.name) for each in found}


def test_every_step_that_the_code_names_is_on_the_list() -> None:
    """A quoted number of a step, anywhere above the protocol."""
    number = re.compile(r"[\"']([1-7]\.[0-9](?:\.[a-z])?)[\"']")
    rooms = ("alerts", "cases", "config", "cooperation", "desk", "own", "returns")
    named = {
        each
        for room in rooms
        for file in (ROOT / "ayni" / room).glob("*.py")
        for each in number.findall(file.read_text("utf-8"))
    }
    assert named
    assert named <= STEPS
    assert set(shipped("reference", "1.0").facts) >= FACTS
