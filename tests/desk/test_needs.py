"""Needs on the officers' pages: ticked from a list, other words beside it with their language."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from ayni.cases import api as cases
from ayni.members import api as members
from tests.cast import Cast
from tests.desk.filling import a_case_by_forms, fill

pytestmark = pytest.mark.django_db


def _kept(cast: Cast, case: str) -> list[object]:
    with members.acting(cast.programme.id):
        by = members.actor_of(cast.ana)
        _row, opened = cases.open_told(by=by, case_id=case.rsplit("/", 1)[1])  # type: ignore[arg-type]
    return list(opened["needs"])


def test_a_case_keeps_codes_and_own_words_with_their_language(ana: Client, cast: Cast) -> None:
    case = a_case_by_forms(ana)
    assert _kept(cast, case) == [
        "lodging",
        {"text": "shelter", "language": "en"},
        {"text": "clothes", "language": "en"},
    ]


@pytest.mark.parametrize(
    ("language", "read"),
    [("es", "Alojamiento"), ("pt-br", "Alojamento"), ("en", "Lodging")],
)
def test_the_case_page_names_needs_in_the_readers_language(
    ana: Client, language: str, read: str
) -> None:
    case = a_case_by_forms(ana)
    ana.post(reverse("set_language"), {"language": language})
    page = ana.get(case).content.decode()

    assert read in page
    assert '<span lang="en">shelter</span>' in page


def test_a_line_that_stood_there_keeps_its_language(ana: Client, cast: Cast) -> None:
    case = a_case_by_forms(ana)
    told = {"narrative": "Invented.", "needs": ["food"], "needs_language": "en"}
    fill(
        ana,
        f"{case}/told",
        {**told, "other_needs": "shelter\ncoat", "version": _version(ana, case)},
    )
    assert _kept(cast, case) == [
        "food",
        {"text": "shelter", "language": "en"},
        {"text": "coat", "language": "en"},
    ]


def _version(client: Client, case: str) -> str:
    page = client.get(f"{case}/told").content.decode()
    return page.split('name="version" value="', 1)[1].split('"', 1)[0]
