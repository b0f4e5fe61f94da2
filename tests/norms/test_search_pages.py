"""The page on which a provision is found, and the list as a file; the page of reviews."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from ayni.lib import clock
from ayni.members import api as members
from ayni.norms import api, search_views
from tests.cast import Cast, an_institution, an_officer, enter
from tests.exchange.peer import Peer, a_secretariat, found

PAGE = "/norms/search/"


@pytest.fixture
def ana(cast: Cast) -> Client:
    """Ana's browser, in English."""
    client = Client(headers={"host": "ar.localhost", "accept-language": "en"})
    enter(client, cast.ana)
    client.cookies["ayni_ar_language"] = "en"
    return client


def test_only_officers_find_anything(db: None) -> None:
    visitor = Client(headers={"host": "ar.localhost"})

    for path in (PAGE, "/norms/search.csv", "/norms/search.json", "/norms/reviews/"):
        assert visitor.get(path).status_code == 302


def test_the_words_are_marked_and_the_way_to_the_article_is_shown(ana: Client) -> None:
    text = ana.get(PAGE, {"q": "undue delays", "on": "2026-11-29"}).content.decode()

    assert 'href="/norms/instruments/palermo-trafficking/#palermo-trafficking.8"' in text
    assert "<mark>undue</mark>" in text
    assert "<mark>delay</mark>" in text
    instrument = ana.get("/norms/instruments/palermo-trafficking/").content.decode()
    assert 'id="palermo-trafficking.8"' in instrument


@pytest.mark.parametrize(
    ("language", "typed", "marked"),
    [("es", "repatriacion", "Repatriación"), ("pt-br", "repatriacao", "Repatriação")],
)
def test_a_word_typed_without_its_accent_is_marked_with_it(
    ana: Client, language: str, typed: str, marked: str
) -> None:
    ana.cookies["ayni_ar_language"] = language
    asked = {"q": typed, "reach": "universal", "force": "in_force"}
    text = ana.get(PAGE, asked).content.decode()

    assert 'href="/norms/instruments/palermo-trafficking/#palermo-trafficking.8"' in text
    assert f"<mark>{marked}</mark>" in text


def test_what_is_typed_is_no_markup(ana: Client) -> None:
    text = ana.get(PAGE, {"q": "<script>alert(1)</script>"}).content.decode()

    assert "<script>alert(1)" not in text
    assert "Nothing was found with these words and filters." in text


def test_pages_share_what_was_found(ana: Client) -> None:
    asked = {"state": "ar", "on": "2026-11-29"}
    first = ana.get(PAGE, asked).content.decode()
    second = ana.get(PAGE, {**asked, "page": "2"}).content.decode()
    count = len(api.find(api.Question(on=clock.now().date(), state="ar")))

    assert f"{count} found" in first
    assert "?page=2&amp;state=ar&amp;on=2026-11-29" in first
    assert first.count("<h3") == 20
    assert second.count("<h3") == min(20, count - 20)


def test_without_words_and_filters_it_asks(ana: Client) -> None:
    assert " found" not in ana.get(PAGE).content.decode()


@pytest.mark.parametrize(
    "asked", [{"on": "2026-02-30"}, {"state": "xx"}, {"q": "a" * 201}, {"force": "perhaps"}]
)
def test_what_cannot_be_asked_is_told(ana: Client, asked: dict[str, str]) -> None:
    assert b"govuk-error-summary" in ana.get(PAGE, asked).content
    assert ana.get("/norms/search.csv", asked).status_code == 400


def test_the_files_hold_all_that_the_filters_let_through(ana: Client) -> None:
    asked = {"q": "residencia", "state": "uy", "on": "2026-11-29"}
    saved = ana.get("/norms/search.csv", asked)
    lines = list(csv.DictReader(io.StringIO(saved.content.decode("utf-8-sig"))))
    as_json = json.loads(ana.get("/norms/search.json", asked).content)["found"]

    assert "norms-2026-11-29.csv" in saved["Content-Disposition"]
    assert [each["id"] for each in lines] == [each["id"] for each in as_json]
    law = next(each for each in lines if each["id"] == "uy.residence.1")
    whole = next(each for each in as_json if each["id"] == "uy.residence.1")
    assert (law["force"], law["review_by"], law["review_due"]) == ("in_force", "uy", "2027-06-30")
    assert law["text_pt"] == whole["text"]["pt"] != ""
    assert law["topics"].split() == whole["topics"]


def test_no_spreadsheet_takes_a_cell_for_a_formula() -> None:
    said = {"en": "+1 day", "es": "-1", "pt": "um"}
    [heads, cells] = csv.reader(
        io.StringIO(search_views.as_csv([{"reference": '=HYPERLINK("x")', "text": said}]))
    )
    found = dict(zip(heads, cells, strict=True))

    assert found["reference"] == '\'=HYPERLINK("x")'
    assert (found["text_en"], found["text_es"], found["text_pt"]) == ("'+1 day", "'-1", "um")


@pytest.fixture
def paula(db: None) -> Iterator[Client]:
    """The browser of the national focal point, in English, on a node with peers."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    client = Client(headers={"host": "ar.localhost"})
    role = members.Role.NATIONAL_FOCAL_POINT
    enter(client, an_officer("paula", an_institution("ar-programme"), role))
    client.cookies["ayni_ar_language"] = "en"
    yield client
    bolivia.stop()
    secretariat.stop()


def test_an_overdue_review_stands_on_the_first_page_until_it_is_recorded(paula: Client) -> None:
    page = "/norms/reviews/palermo-trafficking:ar/"
    owed = [each.item.id for each in api.to_review(day=clock.now().date(), owner="ar")]
    assert "palermo-trafficking:ar" in owed
    home = paula.get("/").content.decode()
    assert f"{len(owed)} entries of the regulatory framework are overdue." in home
    assert f'href="{page}"' in paula.get("/norms/reviews/?page=1").content.decode() + "".join(
        paula.get(f"/norms/reviews/?page={n}").content.decode() for n in (2, 3)
    )
    day = clock.now().date() + timedelta(days=400)
    sent = {
        "outcome": "same", "source": "Boletín 1234", "version": "0", "next_on_day": str(day.day),
        "next_on_month": str(day.month), "next_on_year": str(day.year),
    }  # fmt: skip
    assert paula.post(f"{page}record/", {**sent, "outcome": ""}).status_code == 422
    after = paula.post(f"{page}record/", sent, follow=True).content.decode()

    assert "Published to all member states." in after
    assert "It holds as it stands here. Source: Boletín 1234." in after
    assert f"{len(owed) - 1} entries" in paula.get("/").content.decode()
    stale = paula.post(f"{page}record/", sent)
    assert stale.status_code == 422
    assert 'name="version" value="1"' in stale.content.decode()


def test_who_is_not_responsible_sees_it_and_records_nothing(paula: Client, cast: Cast) -> None:
    page = "/norms/reviews/bo.trafficking.1/"
    text = paula.get(page).content.decode()

    assert "Record a review" not in text
    assert "Bolivia" in text
    assert paula.post(f"{page}record/", {"outcome": "same"}).status_code == 403
    assert paula.get("/norms/reviews/bo.nothing.9/").status_code == 404
    assert "Bolivia" in paula.get("/norms/reviews/?owner=bo").content.decode()
    assert "Technical secretariat" in paula.get("/norms/reviews/?owner=all").content.decode()


def test_what_no_longer_holds_is_shown_where_it_stands(paula: Client) -> None:
    day = clock.now().date() + timedelta(days=30)
    sent = {
        "outcome": "changed", "source": "Boletín 1234", "version": "0", "next_on_day": str(day.day),
        "next_on_month": str(day.month), "next_on_year": str(day.year),
    }  # fmt: skip
    paula.post("/norms/reviews/ar.residence.1/record/", sent)

    told = "It may not stand in a document."
    assert paula.get("/norms/states/ar/").content.decode().count(told) == 1
    assert told not in paula.get("/norms/states/bo/").content.decode()
