"""Safeguards by profile: what is recorded decides them, nothing is invented, and the file holds."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ayni.cases import circumstances, vulnerable
from ayni.cases import vocabulary as words
from ayni.cases.birth import AgeStatus
from ayni.cases.vulnerable import Answered, Known, Profile, Reason, safeguards, shipped
from ayni.lib import clock
from ayni.lib.errors import Misconfigured
from ayni.protocol import api as protocol

MAYBE = st.sampled_from([None, True, False])
MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
KNOWN = st.builds(
    Known,
    age=st.sampled_from(list(AgeStatus)),
    guardian_appointed=MAYBE,
    fears_own_state=MAYBE,
    feared_states=st.frozensets(st.sampled_from(["ar", "bo", "ve"])),
    languages=st.frozensets(st.sampled_from(words.Language.values)),
    needs=st.frozensets(st.sampled_from(words.Need.values)),
    gender=st.sampled_from(["", *words.Gender.values]),
    answers=st.dictionaries(
        st.sampled_from(circumstances.ASKED),
        st.builds(Answered, st.sampled_from(words.Answer), MOMENTS),
    ),
)
CODES = st.dictionaries(
    st.sampled_from(circumstances.ASKED), st.sampled_from(["", *words.Answer.values])
)
FILE = Path(vulnerable.__file__).parent / "data" / vulnerable.FILE


def _applying(known: Known) -> dict[Profile, tuple[Reason, ...]]:
    return {one.profile: one.reasons for one in safeguards(known, shipped()) if not one.to_ask}


def _asked(known: Known) -> set[Profile]:
    return {one.profile for one in safeguards(known, shipped()) if one.to_ask}


@given(KNOWN)
def test_each_profile_is_told_once_with_its_rules_and_a_reason_or_a_source(known: Known) -> None:
    found = safeguards(known, shipped())

    assert len({one.profile for one in found}) == len(found)
    assert all(one.rules for one in found)
    assert all(bool(one.reasons) != bool(one.asked_by) for one in found)
    assert found == safeguards(known, shipped())


@given(KNOWN)
def test_who_is_not_certainly_an_adult_has_the_safeguards_of_a_child(known: Known) -> None:
    assert (Profile.CHILD in _applying(known)) == (known.age is not AgeStatus.ADULT)
    assert Profile.UNACCOMPANIED_CHILD not in _applying(replace(known, age=AgeStatus.ADULT))


@given(KNOWN)
def test_fear_of_any_state_is_never_forgotten(known: Known) -> None:
    fears = bool(known.fears_own_state or known.feared_states)
    assert (Profile.FEARS_STATE in _applying(known)) == fears


@given(KNOWN)
def test_the_joint_assessment_before_a_return_holds_for_everybody(known: Known) -> None:
    assert _applying(known)[Profile.ANYONE] == (Reason.ALWAYS,)


@given(KNOWN, st.sampled_from(["ar", "bo"]), st.sampled_from(words.Need.values))
def test_more_that_is_recorded_takes_no_safeguard_away(known: Known, state: str, need: str) -> None:
    more = replace(known, feared_states=known.feared_states | {state}, needs=known.needs | {need})
    assert set(_applying(known)) <= set(_applying(more))
    assert _asked(more) <= _asked(known)


@given(KNOWN)
def test_nobody_is_asked_about_gender_or_language_or_what_is_answered(known: Known) -> None:
    asked = _asked(known)

    assert not asked & {Profile.LGBTI, Profile.INDIGENOUS_LANGUAGE, Profile.CHILD, Profile.ANYONE}
    assert not asked & set(_applying(known))
    assert known.fears_own_state is None or Profile.FEARS_STATE not in asked


@given(KNOWN)
def test_what_she_answered_applies_and_is_not_asked_again(known: Known) -> None:
    applying = _applying(known)

    for profile in circumstances.ASKED:
        told = known.answers.get(profile)
        said_so = told is not None and told.answer is not words.Answer.NOT_SO
        assert (profile in applying) == said_so
        assert told is None or profile not in _asked(known)
    assert set(circumstances.ASKED) <= set(shipped().asks), "nobody asks without a source"


@given(CODES, CODES, MOMENTS, MOMENTS)
def test_an_answer_that_stays_the_same_keeps_its_moment(
    first: dict[Profile, str], then: dict[Profile, str], at: datetime, later: datetime
) -> None:
    before = circumstances.as_kept(None, first, now=at)
    kept = circumstances.as_kept(before, then, now=later)

    found = circumstances.answered(kept)
    assert {name: one.answer for name, one in found.items()} == {
        name: code for name, code in then.items() if code
    }
    for name, one in found.items():
        assert one.at == clock.parse(
            clock.isoformat(at if first.get(name) == then[name] else later)
        )


def test_only_an_identity_that_is_open_tells_of_gender() -> None:
    rules = shipped()
    told = {"gender": "TransgenderFeminine", "languages": ["ay"]}

    found = {one.profile for one in vulnerable.of_identity(told, rules)}
    assert found == {Profile.LGBTI, Profile.INDIGENOUS_LANGUAGE}
    assert vulnerable.of_identity({"gender": "Feminine", "languages": ["es"]}, rules) == ()
    assert vulnerable.of_identity({"gender": None, "languages": None}, rules) == ()


def test_the_codes_that_decide_are_codes_of_the_case() -> None:
    assert set(words.Language.values) >= vulnerable.INDIGENOUS
    assert set(words.Need.values) >= vulnerable.MEANS
    assert set(words.Gender.values) >= vulnerable.GENDERS


def test_sources_are_those_of_the_reference_protocol_and_never_stronger() -> None:
    register = _register()
    rules = shipped()
    cites = [cite for rule in rules.rules for cite in rule.cites]
    cites += [cite for found in rules.asks.values() for cite in found]

    for cite in cites:
        title, mark = register[cite.source]
        assert {"es": cite.title.es, "pt": cite.title.pt, "en": cite.title.en} == title
        assert cite.mark == "I" or mark == "V", f"{cite.source} was not read"


def _register() -> dict[str, tuple[dict[str, str], str]]:
    folder = Path(protocol.__file__).parent / "definitions" / "reference" / "1.0"
    told = YAML(typ="safe", pure=True).load((folder / "sources.yaml").read_text("utf-8"))
    return {row["id"]: (dict(row["title"]), row["mark"]) for row in told["sources"]}


def _spoiled(change: str) -> dict[str, Any]:
    told = deepcopy(YAML(typ="safe", pure=True).load(FILE.read_text("utf-8")))
    rule = told["rules"][1]
    match change:
        case "mark":
            rule["cites"][0]["mark"] = "M"
        case "source":
            rule["cites"][0]["source"] = "NOBODY"
        case "words":
            del rule["text"]["pt"]
        case "profile":
            rule["profiles"] = ["tall_person"]
        case "twice":
            told["rules"].append(rule)
        case "check":
            told["rules"][0]["blocks"][0]["check"] = "somewhere"
        case "key":
            rule["block"] = []
        case "asked":
            told["asks"][0]["cites"] = []
        case "no_rule":
            told["rules"] = [one for one in told["rules"] if "lgbti" not in one["profiles"]]
    return told


@pytest.mark.parametrize(
    "change",
    ["mark", "source", "words", "profile", "twice", "check", "key", "asked", "no_rule"],
)
def test_a_file_that_is_no_table_of_safeguards_is_refused(change: str) -> None:
    with pytest.raises(Misconfigured, match=r"safeguards\.yaml"):
        vulnerable.parsed(_spoiled(change))
