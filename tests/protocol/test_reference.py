"""The shipped definition: complete, true to its sources, and its example cases hold."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ayni.protocol.changes import compare
from ayni.protocol.examples import Example, differences, read_examples
from ayni.protocol.load import DEFINITIONS, shipped
from ayni.protocol.model import LimitStatus, Mark, RepeatKind, Side, Start, SubjectKind
from ayni.protocol.national import changeable

FOLDER = DEFINITIONS / "reference" / "1.0"
REFERENCE = shipped("reference", "1.0")
EXAMPLES = [
    example
    for file in sorted((FOLDER / "examples").glob("*.yaml"))
    for example in read_examples(REFERENCE, file)
]
NEXT = shipped("reference", "1.1")
DIGEST = "48ac50f47525f7100040591a39e4c6a465bf719904d6e8d3ee8fdef68dadf081"  # of 1.0, for ever
STEPS_OF_THE_SOURCE = [
    *("0.1 0.2 0.3 0.4".split()),
    *("1.1 1.2 1.3 1.4 1.5 1.6".split()),
    *("2.1 2.2 2.3 2.4 2.5 2.6 2.7".split()),
    *("3.1 3.2 3.3 3.4 3.5".split()),
    *("4.1 4.2 4.3 4.4 4.5 4.6 4.7".split()),
    *("5.1 5.2 5.3 5.4 5.5 5.6 5.7".split()),
    *("6.1 6.2 6.3".split()),
    *("7.1 7.2 7.3 7.4 7.5".split()),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.where)
def test_an_example_case_holds(example: Example) -> None:
    assert differences(REFERENCE, example) == []


def test_the_text_under_which_cases_run_is_never_changed() -> None:
    assert REFERENCE.digest == DIGEST


def test_the_next_version_lets_a_state_set_less_time_wherever_a_limit_is_only_proposed() -> None:
    proposed = {
        (step.id, number)
        for step in REFERENCE.steps.values()
        for number, limit in enumerate(step.limits, start=1)
        if limit.status is LimitStatus.PROPOSAL
        and (limit.value or 0) > 1
        and limit.start is not Start.BEFORE
        and (step.repeat is None or step.repeat.kind is not RepeatKind.SCHEDULE)
    }
    assert {(each.step.id, each.limit) for each in changeable(NEXT)} == proposed
    assert changeable(REFERENCE) == ()


def test_the_next_version_changes_nothing_else_and_its_list_of_changes_says_what() -> None:
    changes = compare(REFERENCE, NEXT)
    listed = (FOLDER.parent / "CHANGES.md").read_text("utf-8")

    assert len(changes) == len(changeable(NEXT))
    for each in changes:
        assert each.part == "limits"
        assert replace(each.after, changeable=False) == each.before
    for each in changeable(NEXT):
        unit = each.rule.unit.value.replace("_", " ")
        assert f"| {each.step.id} | {each.limit} | {each.rule.value} {unit} |" in listed


def test_every_example_case_of_the_next_version_holds_as_before() -> None:
    files = sorted((FOLDER.parent / "1.1" / "examples").glob("*.yaml"))
    assert [file.name for file in files] == [
        file.name for file in sorted((FOLDER / "examples").glob("*.yaml"))
    ]
    for file in files:
        assert file.read_bytes() == (FOLDER / "examples" / file.name).read_bytes()
        for example in read_examples(NEXT, file):
            assert differences(NEXT, example) == []


@pytest.mark.usefixtures("english")
def test_an_example_that_expects_something_else_fails(tmp_path: Path) -> None:
    text = (FOLDER / "examples" / "adult.yaml").read_text("utf-8")
    changed = text.replace('due: "2026-11-24 10:00"', 'due: "2026-11-25 10:00"')
    changed = changed.replace("state: standing", "state: done").replace(
        "allowed: false", "allowed: true"
    )
    file = tmp_path / "wrong.yaml"
    file.write_text(changed, "utf-8")
    found = [
        each
        for example in read_examples(REFERENCE, file)
        for each in differences(REFERENCE, example)
    ]
    assert any("2.1: due" in each and each.startswith("wrong.yaml:3") for each in found)
    assert any("4.7: state" in each for each in found)
    assert any("closing: allowed" in each for each in found)


def test_every_step_of_the_source_is_there() -> None:
    assert [name for name in STEPS_OF_THE_SOURCE if name not in REFERENCE.steps] == []


def test_children_and_smuggled_migrants_have_phases_of_their_own() -> None:
    assert {"C", "S"} <= {phase.id for phase in REFERENCE.phases}
    children = [step for step in REFERENCE.steps.values() if step.phase == "C"]
    assert all(step.protects == "child" and step.presumed for step in children)


def test_phase_0_runs_on_posts_and_phase_1_on_notices_that_go_over_into_cases() -> None:
    kinds = {phase.id: (phase.subject, phase.continues_in) for phase in REFERENCE.phases}
    assert kinds["0"] == (SubjectKind.POST, None)
    assert kinds["1"] == (SubjectKind.NOTICE, SubjectKind.CASE)
    assert {kinds[name][0] for name in "234567CS"} == {SubjectKind.CASE}


def test_no_limit_rests_as_a_norm_on_the_repealed_peruvian_protocol() -> None:
    for step in REFERENCE.steps.values():
        for limit in (*step.limits, *step.period):
            if any(cite.source == "PE-P" for cite in limit.cites):
                assert limit.status is LimitStatus.PRACTICE, step.id


def test_a_norm_or_treaty_limit_cites_a_source_that_was_read() -> None:
    for step in REFERENCE.steps.values():
        for limit in (*step.limits, *step.period):
            if limit.status in (LimitStatus.NORM, LimitStatus.TREATY):
                assert any(cite.mark is Mark.READ for cite in limit.cites), step.id


def test_the_articles_that_nobody_read_are_marked_unverified() -> None:
    marks = {(cite.source, cite.place): cite.mark for cite in REFERENCE.steps["S.3"].cites}
    assert marks[("PAL-S", "art. 18")] is Mark.UNVERIFIED
    vienna = [cite for cite in REFERENCE.steps["S.2"].cites if cite.source == "VCCR"]
    assert [cite.mark for cite in vienna] == [Mark.UNVERIFIED]


def test_the_form_of_identification_uses_the_codes_of_htcds() -> None:
    fields = {field.id: field for field in REFERENCE.steps["3.3"].fields}
    assert fields["methods_of_control"].standard == "vic_MethodsOfControl"
    assert len(REFERENCE.options["methods_of_control"]) == 16
    assert len(REFERENCE.options["type_of_exploitation"]) == 11
    assert len(REFERENCE.options["method_of_recruitment"]) == 10
    assert len(REFERENCE.options["support_type"]) == 9
    assert [option.code for option in REFERENCE.options["case_status"]] == [
        "Active",
        "FollowUp",
        "Closed",
        "ClosedReferred",
    ]


def test_narratives_and_identities_are_never_classed_internal() -> None:
    for step in REFERENCE.steps.values():
        for field in step.fields:
            if field.kind in ("phone", "place") or (
                field.kind == "long_text" and step.phase != "0"
            ):
                assert field.klass in ("personal", "sealed"), (step.id, field.id)


def test_every_side_of_a_case_owes_something() -> None:
    sides = {side for step in REFERENCE.steps.values() for side in step.sides}
    assert sides == set(Side)


def test_every_fact_that_a_condition_reads_can_be_established() -> None:
    given_by_the_case = {"host_state"}
    asked = set(REFERENCE.answered_by.values()) | given_by_the_case
    read = {fact for condition in REFERENCE.conditions.values() for fact in condition.facts}
    assert read <= asked


def test_every_condition_and_fact_is_used() -> None:
    used = {gate.condition for gate in REFERENCE.closing_gates}
    for step in REFERENCE.steps.values():
        used |= {gate.condition for gate in step.gates} | {step.applies_when}
        used |= {limit.when for limit in (*step.limits, *step.period)}
    assert set(REFERENCE.conditions) - used == set()


@pytest.mark.parametrize("module", ["engine", "conditions", "deadlines", "events", "model"])
def test_the_centre_is_pure(module: str) -> None:
    code = (
        f"import sys, ayni.protocol.{module};"
        "print([m for m in ('django', 'psycopg', 'ruamel.yaml', 'holidays') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_place_in_a_source_that_is_said_in_words_stands_in_three_languages() -> None:
    steps = REFERENCE.steps.values()
    cited = {
        cite.place
        for step in steps
        for cites in (step.cites, *(limit.cites for limit in (*step.limits, *step.period)))
        for cite in cites
    }
    in_words = {p for p in cited if re.search(r"\b[a-z]{4}|ch\.", p.replace("arts.", ""))}
    assert in_words <= set(REFERENCE.places)
    assert set(REFERENCE.places) <= cited, "a place that nothing cites"
