"""Whatever a text of the protocol holds, this node goes on: it is refused in words."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import cel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.gazette import api as gazette
from ayni.protocol import api as protocol
from ayni.protocol import kinds, source, versions, views
from ayni.protocol.check import check
from ayni.protocol.conditions import (
    LARGEST_WORK,
    ConditionRefused,
    Fact,
    compile_condition,
    work_of,
)
from ayni.protocol.errors import DefinitionRefused
from ayni.protocol.load import build, checked, shipped
from ayni.protocol.refusals import VersionUnsound
from ayni.protocol.source import Located
from tests.agenda.conftest import bolivia, officer, peers, secretariat
from tests.exchange.peer import Peer
from tests.protocol.registry import adoption_comes, step_of, text, version_comes
from tests.protocol.test_adoption import a_case

pytestmark = pytest.mark.usefixtures("english")
__all__ = ["bolivia", "officer", "peers", "secretariat"]

Json = dict[str, Any]
FACTS = {
    **{f"f{n}": Fact(f"f{n}", (False, True)) for n in range(12)},
    "colour": Fact("colour", ("red", "blue")),
}
# Each ends the process of whoever gives it to the library, or raises what no `except` expects.
DEADLY = {
    "a sum without end": "1" + "+1" * 20_000 + "==1",
    "comparisons without end": "f0" + "==f0" * 20_000,
    "fields of fields": "f0" + ".b" * 20_000,
    "places of places": "f0" + "[0]" * 20_000,
    "signs without end": "-" * 20_000 + "1==1",
    "brackets that nobody closes": "(" * 70_000,
    "a text that never ends": "'" + "\\'" * 20_000,
    "short, and deep": "(" * 245 + "f0" + ")" * 245,
    "short, and deep in lists": "[" * 245 + "f0" + "]" * 245,
    "short, with an escape": "colour == 'r\\x65d'",
    "a call": "size(colour) == 3",
    "three quotes": "colour == '''red'''",
    "a raw text": "colour == r'red'",
    "a remark": "f0 // && f1",
}


def hostile(expression: str) -> Callable[[Json], None]:
    """A text with one more condition."""

    def change(document: Json) -> None:
        first = document["conditions"][0]
        document["conditions"].append({**first, "name": "more", "expression": expression})

    return change


@pytest.mark.parametrize("expression", DEADLY.values(), ids=DEADLY)
def test_what_the_library_could_die_of_is_refused_before_it_sees_it(expression: str) -> None:
    with pytest.raises(ConditionRefused):
        work_of("more", expression, FACTS)
    with pytest.raises(ConditionRefused):
        compile_condition("more", expression, FACTS)


PARTS = st.lists(
    st.sampled_from(
        ["f0", "f1", "colour", "'red'", "'blue'", "true", "false", "in", "==", "!=", "&&", "||"]
        + ["!", "(", ")", "[", "]", ",", "-", "1", ".", "?", ":", "\\", '"', "'", "\n", "ñ"]
    ),
    max_size=130,
)


@settings(max_examples=150, deadline=None)
@given(PARTS)
def test_any_row_of_signs_is_a_condition_or_refused(parts: list[str]) -> None:
    try:
        found = compile_condition("more", " ".join(parts), FACTS)
    except ConditionRefused:
        return
    assert set(found.table) == set(product(*found.domains))


def test_a_text_that_would_keep_every_node_busy_is_refused_before_it_is_worked_out() -> None:
    document = text("1.2")
    document["facts"] += [
        {**next(f for f in document["facts"] if "boolean" in f), "name": f"f{n}", "asked_in": []}
        for n in range(12)
    ]
    one = {**document["conditions"][0], "expression": " || ".join(f"f{n}" for n in range(12))}
    document["conditions"] += [{**one, "name": f"more{n}"} for n in range(400)]

    (problem,) = check(Located(document))
    assert "too much work" in problem.reason


def test_the_reference_text_is_far_from_every_limit() -> None:
    definition = shipped("reference", "1.0")
    work = [
        work_of(each.name, each.expression, definition.facts)
        for each in definition.conditions.values()
    ]
    assert sum(work) * 5 < LARGEST_WORK


@pytest.mark.django_db
def test_a_hostile_version_counts_nowhere_and_cases_go_on(secretariat: Peer, bolivia: Peer) -> None:
    version_comes(secretariat)
    adoption_comes(bolivia)
    case = a_case()
    for number, name in enumerate(("brackets that nobody closes", "short, and deep", "a call"), 2):
        version_comes(secretariat, text(f"1.{number}", hostile(DEADLY[name])))

    assert len(gazette.published().object_list) > 1
    assert set(protocol.published_versions()) == {("reference", "1.7")}
    assert protocol.adopted("bo").version == "1.7"
    assert a_case() != case


def test_names_that_no_column_holds_are_refused() -> None:
    def long_step(document: Json) -> None:
        step_of(document, "1.3")["id"] = "1.1234567"

    def line_end(document: Json) -> None:
        step_of(document, "1.3")["id"] = "1.1234.a\n"

    def long_actor(document: Json) -> None:
        document["actors"].append({**document["actors"][0], "code": "a" * 41})

    def long_reason(document: Json) -> None:
        document["reasons"].append({**document["reasons"][0], "code": "a" * 41})

    def long_moment(document: Json) -> None:
        document["moments"].append({**document["moments"][0], "name": "a" * 41})

    def long_number(document: Json) -> None:
        document["version"] = "1." + "2" * 30

    for change in (long_step, line_end, long_actor, long_reason, long_moment, long_number):
        with pytest.raises(VersionUnsound):
            kinds.sound(text("1.2", change))


def test_a_phrase_is_words_and_nothing_that_is_carried_out() -> None:
    def phrase(document: Json) -> None:
        document["phrases"]["cannot_tell"] = {
            "es": "{facts.__class__}", "pt": "{} {0} {facts}", "en": "{facts:>3000000}",
        }  # fmt: skip

    assert kinds.sound(text("1.2", phrase)).version == "1.2"


@pytest.mark.parametrize(
    ("written", "line"),
    [
        ("key: x\nphases: " + "[" * 20_000, 2),
        ('{"key":\n' + '{"a":' * 20_000, 2),
        ("key: x\nmore: " + "[" * 60 + "]" * 60, 2),
        ("key: x\n\nversion: " + "9" * 5_000, 3),
    ],
    ids=["deep lists", "deep JSON", "deep but closed", "a huge number"],
)
def test_a_file_that_no_reader_can_hold_is_refused_with_its_line(written: str, line: int) -> None:
    with pytest.raises(DefinitionRefused) as refused:
        source.whole(written, "text.yaml")
    assert refused.value.problems[0].line == line


@pytest.mark.django_db
def test_a_version_under_which_cases_run_opens_also_after_two_texts_of_its_number(
    secretariat: Peer,
) -> None:
    version_comes(secretariat)
    kept = versions.store("reference", "1.7").digest

    def other(document: Json) -> None:
        document["status"]["es"] += " Otro."

    version_comes(secretariat, text("1.7", other))
    assert ("reference", "1.7") not in protocol.published_versions()
    assert views.the_version("reference", "1.7").definition.digest == kept


IN_JSON = '{"title":\n{"es": "a",\n"en": "%s"}}'
IN_YAML = 'title:\n  es: a\n  en: "%s"\n'


@pytest.mark.parametrize("inside", ["a\\u0000b", "\\u0000", "\\ud800", "a\\udfff"])
@pytest.mark.parametrize("written", [IN_JSON, IN_YAML])
def test_a_character_that_no_text_can_keep_is_refused_with_its_line_and_what_to_do(
    written: str, inside: str
) -> None:
    given = written % inside
    assert source.quick(given) is None, "only the other reader says where"
    with pytest.raises(DefinitionRefused) as refused:
        source.whole(given, "protocol")

    (problem,) = refused.value.problems
    assert (problem.file, problem.line) == ("protocol", 3)
    assert "take it out" in problem.reason
    assert ("U+0000" in problem.reason) is ("u0000" in inside)


def test_a_key_with_a_character_that_no_text_can_keep_is_refused_as_well() -> None:
    with pytest.raises(DefinitionRefused, match=r"protocol:1:2: .*U\+0000"):
        source.whole('{"ti\\u0000tle": "a"}', "protocol")


def test_a_character_that_json_writes_in_two_halves_is_one_character() -> None:
    given = IN_JSON % "\\ud83d\\ude00"

    assert source.whole(given, "protocol").value["title"]["en"] == "\U0001f600"


def test_a_condition_is_worked_out_once_for_a_text_that_is_checked_and_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[str] = []
    real = cel.compile

    def compiled(expression: str) -> Any:
        given.append(expression)
        return real(expression)

    monkeypatch.setattr(cel, "compile", compiled)
    expression = "safe_to_talk && (safe_to_talk || person_missing) && safe_to_talk"
    document = text("1.8", hostile(expression))
    build(checked(Located(document)))

    assert given.count(expression) == 1
