"""A need is a code that each reader reads in the own language; free text is kept apart, marked."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ayni.cases import api as cases
from ayni.cases import needs
from ayni.protocol import api as protocol

LANGUAGES = {"es": "es", "pt-br": "pt-br", "en": "en"}
FREE = {"text": "Ropa de abrigo", "language": "es"}
codes = st.sampled_from(cases.vocabulary.Need.values)
texts = st.text(min_size=1).filter(lambda text: text not in cases.vocabulary.Need.values)
own_words = st.builds(needs.Written, texts, st.sampled_from(["", "es", "pt", "qu"]))


@pytest.mark.django_db
def test_the_needs_are_those_of_the_protocol_word_for_word() -> None:
    listed = protocol.definition("reference", "1.0").options["needs"]
    assert [option.code for option in listed] == cases.vocabulary.Need.values
    for language in LANGUAGES:
        with translation.override(language):
            for option in listed:
                label = cases.vocabulary.Need(option.code).label
                assert str(label) == option.label.in_language(language)


@pytest.mark.parametrize(
    ("language", "read"),
    [
        ("es", "Alojamiento; Atención médica; «Ropa de abrigo» (escrito en: Español)"),
        ("pt-br", "Alojamento; Atendimento médico; “Ropa de abrigo” (escrito em: Espanhol)"),
        ("en", "Lodging; Medical care; “Ropa de abrigo” (written in: Spanish)"),
    ],
)
def test_each_reader_reads_needs_in_the_own_language(language: str, read: str) -> None:
    with translation.override(language):
        assert cases.in_words("needs", [FREE, "medical_care", "lodging"]) == read


def test_a_text_of_before_there_were_codes_is_read_as_it_was_written() -> None:
    with translation.override("pt-br"):
        assert cases.in_words("needs", ["Un médico", "food"]) == "Alimentação; Un médico"
    assert cases.needs_parts(["Un médico"]) == [("Un médico", "", "")]


def test_a_code_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="luxury"):
        cases.joined_needs(["luxury"], [])


@given(chosen=st.lists(codes, unique=True), free=st.lists(own_words))
def test_codes_and_own_words_are_kept_apart_and_lost_nowhere(
    chosen: list[str], free: list[needs.Written]
) -> None:
    kept = needs.joined(chosen, free)
    assert set(needs.coded(kept)) == set(chosen)
    assert needs.written(kept) == free


@given(value=st.one_of(st.none(), st.text(), st.lists(st.one_of(st.text(), codes))))
def test_what_was_kept_before_is_read_whatever_it_is(value: Any) -> None:
    found = [*needs.coded(value), *(one.text for one in needs.written(value))]
    assert set(found) == ({one for one in value if one} if isinstance(value, list) else set())
