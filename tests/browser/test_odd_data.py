"""Pages of a case with odd data in Chromium: very long names, words that do not break, another
direction of writing, nothing known at all; each in a language of its own, at two widths, checked by
axe."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db.models import QuerySet
from playwright.sync_api import expect

from ayni.cases import api as cases
from ayni.members import api as members
from tests import cast as the_cast
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cases.stories import ADULT, a_case, a_consent, a_notice

WORD = "Inventadamentelarguisimosinningunespacio"  # 40 letters
LONG = "María de los Ángeles Inventada de la Santísima Trinidad " * 4 + WORD
ARABIC = "مريم الخيالية بنت المخترعة"  # invented: Mary the imaginary, daughter of the invented one
PEOPLE: dict[str, dict[str, Any]] = {
    "long": {
        **ADULT,
        "name_as_written": LONG,
        "given_names": LONG,
        "first_surname": WORD,
        "second_surname": WORD,
        "documents": [{"kind": "passport", "issuing_state": "BO", "number": WORD}],
    },
    "arabic": {
        **ADULT,
        "name_as_written": ARABIC,
        "given_names": ARABIC,
        "first_surname": "المخترعة",
        "second_surname": "",
    },
    "nothing": {"birth": {"precision": "unknown"}},
}
TOLD: dict[str, dict[str, Any]] = {
    "long": {"narrative": f"{WORD} " * 3 + WORD * 6, "needs": ({"text": WORD, "language": "es"},)},
    "arabic": {"narrative": f"{ARABIC} (2026) +54 11.\n{ARABIC}", "needs": ("lodging",)},
    "nothing": {"narrative": "", "needs": ()},
}
NOTICES: dict[str, dict[str, Any]] = {
    "long": {
        "about": {"name": LONG, "documents": [{"number": WORD}], "phones": ["+541100000000" * 4]},
        "narrative": WORD * 8,
        "place": LONG,
        "informant_name": LONG,
        "contact": {"method": "call", "note": WORD * 3, "address": WORD * 2, "safe_word": WORD},
    },
    "arabic": {
        "about": {"name": ARABIC},
        "narrative": ARABIC,
        "place": ARABIC,
        "informant_name": ARABIC,
    },
    "nothing": {"about": None, "narrative": "", "anonymous": True, "safe_to_talk": None},
}


@contextmanager
def _changed(rows: QuerySet[Any], **changed: Any) -> Iterator[None]:
    """Rows of the cast with other values; they outlive a test, and are put back."""
    before = {row.pk: {name: getattr(row, name) for name in changed} for row in rows}
    rows.update(**changed)
    try:
        yield
    finally:
        for key, values in before.items():
            rows.model._default_manager.filter(pk=key).update(**values)


@pytest.fixture
def long_names(transactional_db: None) -> Iterator[the_cast.Cast]:
    """The cast, whose officers and programme have very long names."""
    cast = the_cast.assemble()
    names = {language: f"Programa {WORD} {LONG}"[:200] for language in ("es", "pt", "en")}
    programme = members.Institution.objects.filter(id=cast.programme.id)
    officers = members.User.objects.filter(institution=cast.programme)
    with _changed(programme, names=names), _changed(officers, display_name=f"{WORD} {LONG}"[:120]):
        yield cast


def _records(cast: the_cast.Cast, who: str) -> dict[str, str]:
    """A case, a consent where one can be given, and a notice; names of pages and addresses."""
    by = members.actor_of(cast.ana)
    with members.acting(cast.programme.id):
        case = a_case(by, PEOPLE[who], **TOLD[who])
        case = cases.hand_over(
            by=by, case_id=case.id, version=case.version, to_user=cast.ana.id, note=WORD * 4
        )
        notice = f"/notices/{a_notice(by, **NOTICES[who]).id}"
        one = f"/cases/{case.id}"
        pages = {
            "notice": notice,
            "notice-triage": f"{notice}/triage",
            "case-new": f"{notice}/case",
            "told": f"{one}/told",
            "person": f"{one}/person",
            "assign": f"{one}/assign",
            "history": f"{one}/history",
            "case": one,
        }
        if who != "nothing":  # of unknown age: a guardian would have to consent
            consent = a_consent(by, case)
            pages = {"consent-print": f"{one}/consents/{consent.id}/print", **pages}
    return pages


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("who", "language"), [("long", "pt"), ("arabic", "en"), ("nothing", "es")])
def test_no_page_of_a_case_breaks_on_odd_data(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str, who: str,
    long_names: the_cast.Cast,
) -> None:  # fmt: skip
    pages = {"home": "/", "cases": "/cases/", "hand-over": "/hand-over"}
    pages |= _records(long_names, who)
    page = watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )

    def check(name: str) -> None:
        axe(page)
        picture(page, f"odd-{language}-{who}-{name}")

    Desk(page, site, lambda _name: None).sign_in(long_names.ana.email)
    for name, address in pages.items():
        page.goto(f"{site}{address}")
        check(name)
    page.locator("form[action$='/identity'] button").click()
    check("identity")


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_an_officer_whose_function_was_changed_is_told_what_became_of_the_text(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    long_names: the_cast.Cast,
) -> None:  # fmt: skip
    told = _records(long_names, "long")["told"]
    page = watched.page
    page.context.add_cookies(
        [{"name": "ayni_ar_language", "value": LANGUAGES[language], "url": site}]
    )
    desk = Desk(page, site, lambda _name: None)
    desk.sign_in(long_names.ana.email)
    page.goto(f"{site}{told}")
    ana = members.User.objects.filter(id=long_names.ana.id)
    with _changed(ana, role=members.Role.NATIONAL_FOCAL_POINT):
        desk.fill(narrative=WORD)
        desk.send()
        expect(page.locator("main a[href='/']")).to_be_visible()
        axe(page)
        picture(page, f"odd-{language}-taken-away")
