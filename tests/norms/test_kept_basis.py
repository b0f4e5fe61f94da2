"""The answer that is kept with what leaves: the same for every reader, read in three languages."""

from __future__ import annotations

import json
from datetime import date

from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ayni.norms import api

STATES = ["ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy", "ve"]
PAIRS = st.tuples(st.sampled_from(STATES), st.sampled_from(STATES)).filter(lambda p: p[0] != p[1])
DAYS = st.dates(date(1990, 1, 1), date(2030, 12, 31))
PURPOSES = st.lists(st.sampled_from(list(api.Purpose)), min_size=1, unique=True)


def kept(
    pair: tuple[str, str], crime: api.Crime, on: date, purposes: list[api.Purpose]
) -> dict[str, object]:
    found = api.legal_basis(
        requesting=pair[0], requested=pair[1], crime=crime, purposes=purposes, on=on
    )
    return api.legal_basis_to_keep(found)


@given(PAIRS, st.sampled_from(list(api.Crime)), DAYS, PURPOSES)
def test_what_is_kept_is_the_same_in_every_language_and_comes_back_from_json(
    pair: tuple[str, str], crime: api.Crime, on: date, purposes: list[api.Purpose]
) -> None:
    answers = []
    for language in ("es", "pt-br", "en"):
        with translation.override(language):
            answers.append(json.dumps(kept(pair, crime, on, purposes), sort_keys=True))

    assert len(set(answers)) == 1
    words = api.kept_legal_basis_in_words(json.loads(answers[0]))
    answer = json.loads(answers[0])
    assert len(words.named) + len(words.to_check) == len(answer["instruments"])
    assert len(words.absent) == len(answer["missing"])
    assert len(words.warnings) == len(answer["warnings"])
    assert [len(passing) for _state, passing in words.data] == [
        sum(each["status"] != "missing" for each in grounds)
        for grounds in answer["data_protection"].values()
    ]


@given(PAIRS, st.sampled_from(list(api.Crime)), DAYS)
def test_every_provision_that_is_cited_stands_on_what_may_be_named(
    pair: tuple[str, str], crime: api.Crime, on: date
) -> None:
    cited = api.citable_provisions(
        requesting=pair[0], requested=pair[1], crime=crime, subject="transfer", on=on
    )
    answer = kept(pair, crime, on, [api.Purpose.INFORMATION])

    named = {each["id"] for each in answer["instruments"]}  # type: ignore[attr-defined]
    for ident in cited:
        of = ident if ident in api.framework().instruments else api.provision(ident).instrument
        assert of in named or (of == "" and api.provision(ident).state in pair)


def test_smuggling_with_bolivia_warns_and_names_what_would_settle_it() -> None:
    answer = kept(("ar", "bo"), api.Crime.SMUGGLING, date(2026, 11, 29), [api.Purpose.ASSISTANCE])

    with translation.override("en"):
        words = api.kept_legal_basis_in_words(answer)

    assert words.asked == "Smuggling of migrants, worked out for 29/11/2026"
    assert any("Bolivia has signed and not ratified" in each for each in words.warnings)
    assert all(each.why for each in words.absent)
    assert any(each.settled_by for each in words.absent)
    with translation.override("es"):
        spanish = api.kept_legal_basis_in_words(answer)
    assert spanish.asked.startswith("Tráfico ilícito de migrantes")


def test_an_instrument_that_the_register_no_longer_has_is_shown_by_its_id() -> None:
    answer = kept(("ar", "uy"), api.Crime.TRAFFICKING, date(2026, 11, 29), [api.Purpose.RETURN])
    answer["instruments"][0]["id"] = "of-before"  # type: ignore[index]

    words = api.kept_legal_basis_in_words(answer)

    assert any(text.startswith("of-before: ") for text in (*words.named, *words.to_check))
