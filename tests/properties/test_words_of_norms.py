"""Words as they are compared in a search of the register, and where they stand in a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.norms import words

LANGUAGES = st.sampled_from(["es", "pt", "en"])
TEXTS = st.text(alphabet="abcé ñção .,-\"'ÁÍÚsnier", max_size=700)


@given(text=TEXTS, language=LANGUAGES)
def test_accents_and_capitals_make_no_difference(text: str, language: str) -> None:
    assert words.canonical(text, language) == words.canonical(words.plain(text), language)
    assert words.canonical(text.upper(), language) == words.canonical(text, language)


@given(text=TEXTS, language=LANGUAGES, data=st.data())
def test_an_excerpt_is_made_of_the_text_and_tells_its_words_apart(
    text: str, language: str, data: st.DataObject
) -> None:
    there = sorted(words.words(text, language))
    hits = set(data.draw(st.lists(st.sampled_from(there)))) if there else set()

    pieces = words.excerpt(text, hits, language)

    for each in pieces:
        if each.hit:
            assert words.canonical(each.text, language) in hits
            assert each.text in text
    joined = "".join(each.text for each in pieces)
    shown = [each for part in joined.split("…") if (each := part.strip())]
    assert all(each in text for each in shown)
    assert bool(hits) == any(each.hit for each in pieces)
    if len(text) <= 260:
        assert joined == text


@given(text=TEXTS, language=LANGUAGES)
def test_every_word_that_is_looked_for_is_shown(text: str, language: str) -> None:
    found = words.words(text, language)
    told = [each for each in words.excerpt(text, found, language) if each.hit]

    assert {words.canonical(each.text, language) for each in told} == found


@pytest.mark.parametrize(
    ("language", "alike"),
    [
        ("es", ["repatriación", "repatriacion", "REPATRIACIONES"]),
        ("es", ["decisión", "decision", "decisiones"]),
        ("pt", ["proteção", "protecao", "proteções", "Protecoes"]),
        ("pt", ["decisão", "decisoes", "decisões"]),
        ("es", ["niñas", "ninas"]),
    ],
)
def test_singular_and_plural_with_and_without_accent_are_one_word(
    language: str, alike: list[str]
) -> None:
    assert len({words.canonical(each, language) for each in alike}) == 1


def test_what_shall_not_be_there_is_not_shown() -> None:
    asked = 'retorno OR "plazo de" -urgente -"muy tarde" y'

    assert words.looked_for(asked, "es") == ["retorno", "plazo", "de", "y"]
    assert words.left_out(asked, "es") == ["urgente", "muy tarde"]
    assert words.left_out("co-ec 129-A - -", "es") == []
