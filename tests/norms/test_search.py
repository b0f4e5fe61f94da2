"""Looking for instruments and provisions: words in three languages, filters, the words shown."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from ayni.members import api as members
from ayni.norms import api
from ayni.norms.passages import Reach, passages

ON = date(2026, 11, 29)


def ids(words: str = "", **asked: Any) -> list[str]:
    """What is found, in order."""
    question = api.Question(on=ON, words=words, **asked)
    return [each.passage.id for each in api.find(question)]


@pytest.mark.parametrize(
    "words",
    ["repatriación undebida", "zzz", "-", '"', "(", "' OR 1=1 --", "\0", "a" * 5000, ":*&|!<->"],
)
def test_whatever_is_typed_finds_something_or_nothing(words: str) -> None:
    assert isinstance(ids(words), list)


@pytest.mark.parametrize(
    "words",
    [
        "repatriación demora", "repatriacion DEMORA", "repatriaciones demoras",
        "repatriação demora", "repatriacao", "repatriation delay", "undue delays",
    ],
)  # fmt: skip
def test_a_provision_is_found_in_three_languages_with_and_without_accents(words: str) -> None:
    assert "palermo-trafficking.8" in ids(words)


def test_all_words_must_be_there_and_one_can_be_left_out() -> None:
    assert "uy.reflection.1" in ids("180 días")
    assert "uy.reflection.1" not in ids("180 días -regresa")
    assert "uy.reflection.1" in ids('"180 días"')
    assert "uy.reflection.1" not in ids('"días 180"')
    assert set(ids("180 días")) < set(ids("180 días OR reflexión"))


def test_numbers_of_laws_and_names_of_states_are_words() -> None:
    assert ids("26.364 art. 5")[0] == "ar.non_punishment.1"
    assert "pe.trafficking.1" in ids("129-A")
    assert set(ids("residencia Uruguay")) >= {"uy.residence.1"}
    assert "can-decision-548.7" in ids("548 repatriación")


def test_without_words_everything_is_found_in_the_order_of_the_register() -> None:
    assert ids() == [each.id for each in passages(api.framework())]


@pytest.mark.parametrize("state", sorted(members.states()))
def test_a_filter_of_a_state_finds_its_law_and_what_it_stands_to(state: str) -> None:
    known = api.framework()
    found = set(ids(state=state))

    assert {each.id for each in known.provisions.values() if each.state == state} <= found
    for each in known.instruments.values():
        assert (each.id in found) is (state in each.named)


def test_filters_narrow_what_is_found() -> None:
    bolivian = ids(state="bo", reach=Reach.CAN)
    assert "can-decision-548" in bolivian
    assert "mercosur-residence" not in bolivian
    assert set(ids(topic=api.Topic.CHILDREN)) >= {"crc", "palermo-smuggling.16", "uy.help.1"}
    assert "ar.reflection.1" in ids("recuperación", state="ar", topic=api.Topic.REFLECTION)


@pytest.mark.parametrize("state", ["bo", "ve"])
@pytest.mark.parametrize("force", list(api.Force))
def test_the_filter_of_force_says_what_the_register_says_of_that_state(
    state: str, force: api.Force
) -> None:
    known = api.framework()
    found = set(ids(state=state, force=force))

    for each in known.instruments.values():
        if state in each.named:
            answer = api.in_force(each, state, ON).force
            assert (each.id in found) is (answer is force)


def test_the_three_values_share_what_there_is() -> None:
    parts = [ids(force=force) for force in api.Force]

    assert sorted(sum(parts, [])) == sorted(ids())
    assert all(parts)


def test_of_a_law_nobody_has_read_it_is_not_known_whether_it_is_in_force() -> None:
    unread = ids(state="bo", force=api.Force.NOT_KNOWN)

    assert "bo.reflection.1" in unread
    assert "cl.trafficking.1" in ids(state="cl", force=api.Force.NOT_KNOWN), "without amendments"
    assert "ar.residence.1" in ids(state="ar", force=api.Force.IN_FORCE)


def test_a_law_of_personal_data_holds_between_its_days() -> None:
    def on(day: date) -> set[str]:
        asked = api.Question(on=day, state="cl", force=api.Force.IN_FORCE)
        return {each.passage.id for each in api.find(asked)}

    assert {"cl.personal_data.1"} == on(date(2026, 11, 29)) & {
        "cl.personal_data.1", "cl.personal_data.2",
    }  # fmt: skip
    assert {"cl.personal_data.2"} == on(date(2026, 12, 1)) & {
        "cl.personal_data.1", "cl.personal_data.2",
    }  # fmt: skip
    assert "bo.personal_data.1" in ids(state="bo", force=api.Force.NOT_IN_FORCE), "there is none"


@pytest.mark.parametrize(
    ("words", "language", "marked", "lang"),
    [
        ("demoras", "es", "demora", ""),
        ("undue delay", "es", "delay", "en"),
        ("indevida", "en", "indevida", "pt-br"),
        ("repatriacao", "pt", "Repatriação", ""),
    ],
)
def test_the_words_are_told_apart_in_their_context(
    words: str, language: str, marked: str, lang: str
) -> None:
    asked = api.Question(on=ON, words=words, language=language)
    found = [each for each in api.find(asked) if each.passage.id == "palermo-trafficking.8"]
    [shown] = api.shown(found, asked)

    assert marked in [each.text for each in shown.content if each.hit]
    assert shown.lang == lang


def test_a_remark_is_found_with_its_own_source() -> None:
    asked = api.Question(on=ON, words="ley 25.632")
    [found] = api.find(asked)
    approving = found.passage

    assert approving.instrument == "palermo-trafficking"
    assert approving.evidence.source == "official text read; address not recorded"
    assert "palermo-smuggling.note-" in " ".join(ids("Paraguay ley 3533"))
    assert ids("Paraguay ley 3533")[0] not in ids(state="ar")


def test_what_is_not_looked_for_is_not_told_apart() -> None:
    asked = api.Question(on=ON)
    [shown] = api.shown(api.find(asked)[:1], asked)

    assert not any(each.hit for each in (*shown.name, *shown.content))


def test_what_fits_best_comes_first() -> None:
    found = ids("reglamento consular")

    assert found[0] == "pe.consular_duty.2"
