"""A broken definition is refused when it is read, with file, line and reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from ayni.protocol.errors import DefinitionRefused
from ayni.protocol.load import load_file

pytestmark = pytest.mark.usefixtures("english")

GOOD = (Path(__file__).parent / "small.yaml").read_text("utf-8")

BROKEN = {
    "a duplicate key": (
        "        actor: officer\n        after: [2.1]",
        "        actor: officer\n        actor: officer\n        after: [2.1]",
        "stands twice",
    ),
    "an unknown condition": ("condition: agreed", "condition: agrees_not", "no condition"),
    "an unknown fact": (
        'expression: "agrees"',
        'expression: "agrees && fearful"',
        "undeclared fact",
    ),
    "a code that the fact cannot be": ("== 'child'", "== 'infant'", "none of its facts can be"),
    "an unknown earlier step": ("after: [2.1]", "after: [2.9]", "no step '2.9'"),
    "an unknown actor": (
        "sides: [host]\n        actor: officer\n        after",
        "sides: [host]\n        actor: nobody\n        after",
        "no actor 'nobody'",
    ),
    "a step that waits for itself": ("after: [2.1]", "after: [2.1, 2.2]", "wait for each other"),
    "a missing language": (
        'en: "Two"}\n        duty',
        "}\n        duty",
        "English text (en) is missing",
    ),
    "an unknown unit": ("unit: hours", "unit: weeks", "'weeks' is not one of"),
    "a value without a unit": ("value: 24, unit: hours", "value: 24", "needs a unit"),
    "neither value nor words": ("value: 24, unit: hours, ", "", "needs the words of its source"),
    "a syntax error in CEL": ('expression: "agrees"', 'expression: "agrees &&"', "not valid CEL"),
    "a condition that is always true": (
        'expression: "agrees"',
        'expression: "agrees || !agrees"',
        "always true",
    ),
    "a condition that is no yes or no": (
        'expression: "agrees"',
        'expression: "age_group"',
        "not true or false",
    ),
    "a condition that reckons": (
        'expression: "agrees"',
        "expression: \"age_group + 'child'\"",
        "which a condition is not written with",
    ),
    "a condition that calls something": (
        'expression: "agrees"',
        "expression: \"age_group.startsWith('c')\"",
        "which a condition is not written with",
    ),
    "a condition that picks from a value": (
        'expression: "agrees"',
        'expression: "agrees[agrees]"',
        "right after 'agrees'",
    ),
    "a condition of too many parts": (
        'expression: "agrees"',
        f'expression: "{"!" * 120}agrees"',
        "at most 120 parts",
    ),
    "a condition too deep": (
        'expression: "agrees"',
        f'expression: "{"(" * 21}agrees{")" * 21}"',
        "20 brackets deep",
    ),
    "a step whose number is too long": ("id: 2.2", "id: 2.1234567", "is too long"),
    "a reason whose name is too long": (
        "{code: not_needed",
        f"{{code: {'n' * 41}",
        "at most 40 characters",
    ),
    "a number too large to be read": ("value: 24", f"value: {'9' * 5000}", "number is too large"),
    "an unknown source": ("source: LAW, mark: V}]", "source: LAWS, mark: V}]", "no source 'LAWS'"),
    "a mark stronger than the source's": (
        "source: LAW, mark: V}]",
        "source: INDEX, mark: V}]",
        "mark V cannot be",
    ),
    "a norm nobody has read": (
        "source: LAW, mark: V}]",
        "source: LAW, mark: M}]",
        "needs a source that was read",
    ),
    "a norm in a repealed text": ("source: LAW, mark: V}]", "source: OLD, mark: V}]", "repealed"),
    "a proposal with a source": ("status: norm", "status: proposal", "a proposal has no source"),
    "an unknown mark": ("source: LAW, mark: V}]", "source: LAW, mark: Z}]", "'Z' is not one of"),
    "an unknown key": (
        "        after: [2.1]",
        "        before: [2.1]",
        "'before' is not known here",
    ),
    "an empty value": ("after: [2.1]", "after:", "is empty"),
    "an anchor": ("after: [2.1]", "after: &x [2.1]", "anchors are not allowed"),
    "a choice without options": (
        "kind: choice, options: colours",
        "kind: choice",
        "goes with choices",
    ),
    "an unknown list": ("options: colours", "options: shapes", "no list 'shapes'"),
    "a step in the wrong phase": ("id: 2.2", "id: 3.2", "does not belong to phase"),
    "a step defined twice": ("id: 2.2", "id: 2.1", "already defined"),
    "a limit counted from an unknown step": (
        "from: opened",
        "from: step, step: 2.8",
        "no step '2.8'",
    ),
    "days before a moment": (
        "value: 24, unit: hours, status: norm, from: opened",
        "value: 2, unit: calendar_days, status: norm, from: before, moment: travel",
        "counted in hours",
    ),
    "an unknown moment": (
        "from: opened",
        "from: before, moment: wedding",
        "no moment 'wedding'",
    ),
    "a limit counted from nothing": ("from: opened", "from: before", "`moment` goes with"),
    "a later limit on a step that does not come back": (
        "from: opened",
        "from: changed",
        "comes back",
    ),
    "an own side in a case": (
        "sides: [host]\n        actor: officer\n        after",
        "sides: [own]\n        actor: officer\n        after",
        "side `own` is for posts",
    ),
    "a protection rule that is not presumed": (
        "        after: [2.1]",
        "        after: [2.1]\n        applies_when: child\n        protects: child",
        "presumed",
    ),
    "a joint step that one side could waive": (
        "sides: [host]\n        actor: officer\n        after: [2.1]",
        "sides: [host, nationality]\n        joint: true\n"
        "        actor: officer\n        after: [2.1]",
        "cannot be waived",
    ),
    "the bare word in Spanish": ('{es: "Dos"', '{es: "Casos de tráfico"', "bare word"),
    "the bare word in Portuguese": ('pt: "Dois"', 'pt: "Casos de tráfico"', "bare word"),
    "bad YAML": ("phases:\n", "phases: [\n", "is not valid YAML"),
    "a schedule that falls": (
        "from: opened, sources: [{source: LAW, mark: V}]}\n",
        "from: opened, sources: [{source: LAW, mark: V}]}\n"
        "        repeat: {kind: schedule, values: [24, 12]}\n",
        "rising values",
    ),
}


def _file(folder: Path, text: str) -> Path:
    file = folder / "small.yaml"
    file.write_text(text, "utf-8")
    return file


def test_the_unbroken_one_is_read(tmp_path: Path) -> None:
    definition = load_file(_file(tmp_path, GOOD))
    assert list(definition.steps) == ["2.1", "2.2"]


@pytest.mark.parametrize("mistake", BROKEN, ids=str)
def test_it_is_refused_with_file_line_and_reason(mistake: str, tmp_path: Path) -> None:
    old, new, reason = BROKEN[mistake]
    assert GOOD.count(old) >= 1, "the example no longer holds what is to be broken"
    text = GOOD.replace(old, new, 1)
    with pytest.raises(DefinitionRefused) as refused:
        load_file(_file(tmp_path, text))
    matching = [problem for problem in refused.value.problems if reason in problem.reason]
    assert matching, str(refused.value)
    first_changed = GOOD[: GOOD.index(old)].count("\n") + 1
    assert matching[0].file == "small.yaml"
    last_changed = first_changed + max(old.count("\n"), new.count("\n"))
    assert mistake == "bad YAML" or any(
        first_changed - 12 <= problem.line <= last_changed + 1 for problem in matching
    ), str(refused.value)


def test_a_circle_of_three_steps_is_named_whole(tmp_path: Path) -> None:
    text = GOOD.replace("        after: [2.1]", "        after: [2.1]") + (
        "      - id: 2.3\n"
        '        title: {es: "Tres", pt: "Três", en: "Three"}\n'
        '        duty: {es: "Tres", pt: "Três", en: "Three"}\n'
        "        sides: [host]\n        actor: officer\n        after: [2.2]\n"
    )
    text = text.replace("from: opened", "from: step, step: 2.3")
    with pytest.raises(DefinitionRefused, match=r"2\.1 → 2\.3 → 2\.2 → 2\.1"):
        load_file(_file(tmp_path, text))


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    text = GOOD.replace("condition: agreed", "condition: nothing").replace(
        "options: colours", "options: shapes"
    )
    with pytest.raises(DefinitionRefused) as refused:
        load_file(_file(tmp_path, text))
    assert len(refused.value.problems) == 2


def test_a_file_that_is_not_utf_8_is_refused_at_its_line(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_bytes(GOOD.encode("utf-8").replace("Guía".encode(), "Guía".encode("latin-1")))
    with pytest.raises(DefinitionRefused, match=r"small\.yaml:9:1: is not UTF-8"):
        load_file(file)


@pytest.mark.parametrize("text", ["", "just words", "- a\n- b\n"])
def test_something_that_is_no_definition_is_refused(text: str, tmp_path: Path) -> None:
    with pytest.raises(DefinitionRefused):
        load_file(_file(tmp_path, text))


def test_a_missing_file_of_the_manifest_is_named(tmp_path: Path) -> None:
    with pytest.raises(DefinitionRefused, match=r"phase-9\.yaml.*cannot be read"):
        load_file(_file(tmp_path, "files: [phase-9.yaml]\n" + GOOD))


def test_a_manifest_cannot_reach_out_of_its_folder(tmp_path: Path) -> None:
    with pytest.raises(DefinitionRefused, match="beside it"):
        load_file(_file(tmp_path, "files: [../secret.yaml]\n" + GOOD))


def test_no_stays_a_word_and_is_not_read_as_false(tmp_path: Path) -> None:
    text = GOOD.replace("{code: red,", "{code: NO,").replace('es: "Rojo"', "es: NO")
    definition = load_file(_file(tmp_path, text))
    assert definition.options["colours"][0].code == "NO"
    assert definition.options["colours"][0].label.es == "NO"
