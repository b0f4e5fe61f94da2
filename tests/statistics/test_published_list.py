"""The list of published figures by the filters of its address, a page at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.http import QueryDict
from django.test import Client
from django.utils import translation
from django.utils.http import urlencode

from ayni.statistics.pages import published_list
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics import published_stories as stories

LIST = "/statistics/published/{}/"
REGISTER, SMUGGLING = stories.NAMES["en"], stories.SMUGGLING["en"]


@pytest.fixture
def bolivia(db: None) -> Iterator[Peer]:
    """Bolivia's node, which publishes."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    yield peer
    peer.stop()


def several(bolivia: Peer) -> None:
    """Records of 2020 and 2021; cases of smuggling of 2015 to 2021; cases of 2024, taken back."""
    stories.arrives(bolivia, stories.with_noise(60))
    stories.arrives(bolivia, stories.with_hidden_numbers(), key=stories.key(1), **stories.OF_CASES)
    stories.arrives(
        bolivia, stories.with_hidden_numbers(), key=stories.key(2),
        **{**stories.OF_CASES, "first": "2024", "last": "2024"},
    )  # fmt: skip
    stories.is_withdrawn(bolivia, key=stories.key(2))


def listed(language: str = "en", status: int = 200, **asked: object) -> str:
    """The page of the list as a stranger gets it."""
    address = LIST.format(language) + (f"?{urlencode(asked)}" if asked else "")
    answer = Client().get(address)
    assert answer.status_code == status, answer.status_code
    return unescape(answer.content.decode())


def keys(page: str) -> list[str]:
    """Which releases the page leads to, in their order."""
    return re.findall(r"/statistics/published/en/bo/([0-9a-f-]{36})/", page)


def test_each_filter_leaves_the_releases_that_it_names_withdrawn_ones_too(bolivia: Peer) -> None:
    several(bolivia)
    register, cases, gone = stories.KEY, stories.key(1), stories.key(2)
    assert set(keys(listed())) == {register, cases, gone}
    assert set(keys(listed(state="bo"))) == {register, cases, gone}
    assert keys(listed(population=REGISTER)) == [register]
    assert keys(listed(population=SMUGGLING)) == [cases, gone]
    assert set(keys(listed(year="2020"))) == {register, cases}
    assert keys(listed(year="2015")) == [cases]
    assert keys(listed(year="2024")) == [gone]
    assert "Withdrawn figures" in listed(year="2024")
    assert keys(listed(population=REGISTER, year="2021", state="bo")) == [register]


def test_filters_that_no_release_has_are_answered_in_words(bolivia: Peer) -> None:
    several(bolivia)
    for asked in ({"state": "pe"}, {"year": "2023"}, {"population": REGISTER, "year": "2015"}):
        page = listed(**asked)
        assert keys(page) == []
        assert "No published figures have these filters." in page
        assert "Nothing has been published yet" not in page


@pytest.mark.parametrize(
    ("asked", "said", "field"),
    [
        ("state=xx", "“xx” is none of the ten states", "state"),
        ("state=AR", "“AR” is none of the ten states", "state"),
        ("population=Nobody", "Nothing was published of “Nobody”", "population"),
        ("year=20", "“20” is no year. Write it as 2020", "year"),
        ("year=%D9%A2%D9%A0%D9%A2%D9%A0", "is no year", "year"),
        ("year=1900", "“1900” is no year", "year"),
        ("page=0", "“0” is no page of this list", "filters"),
        ("page=two", "“two” is no page of this list", "filters"),
        ("page=1&page=2", "The filter “page” is there twice", "filters"),
        ("state=bo&state=ar", "The filter “state” is there twice", "state"),
        ("estado=bo", "This page has no filter “estado”", "filters"),
        ("state=%3Cb%3E", "“<b>” is none of the ten states", "state"),
    ],
)
def test_what_is_no_filter_is_refused_by_name_and_nothing_is_listed(
    bolivia: Peer, asked: str, said: str, field: str
) -> None:
    several(bolivia)
    answer = Client().get(f"{LIST.format('en')}?{asked}")
    assert answer.status_code == 400
    page = answer.content.decode()
    assert said in unescape(page)
    assert "<b>" not in page
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    assert keys(page) == []


@pytest.mark.parametrize(
    ("language", "name", "nothing"),
    [
        ("es", stories.SMUGGLING["es"], "Ninguna cifra publicada tiene estos filtros."),
        ("pt", stories.SMUGGLING["pt"], "Nenhum número publicado tem estes filtros."),
    ],
)
def test_the_filters_are_in_the_language_of_the_page_and_stay_when_it_is_changed(
    bolivia: Peer, language: str, name: str, nothing: str
) -> None:
    several(bolivia)
    page = listed(language, population=SMUGGLING, year="2020")
    assert f'<option value="{SMUGGLING}" selected>{name}</option>' in page
    kept = urlencode({"population": SMUGGLING, "year": "2020"})
    for other in ("es", "pt", "en"):
        assert f'href="{LIST.format(other)}?{kept}"' in page
    assert nothing in listed(language, state="pe")


def test_a_long_list_comes_in_pages_that_keep_the_filters_withdrawn_ones_last(
    bolivia: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    several(bolivia)
    monkeypatch.setattr(published_list, "PAGE", 2)
    first, second = listed(state="bo"), listed(state="bo", page=2)
    assert set(keys(first)) == {stories.KEY, stories.key(1)}
    assert "Withdrawn figures" not in first
    assert 'href="?page=2&state=bo"' in first
    assert keys(second) == [stories.key(2)]
    assert "Withdrawn figures" in second
    assert "Nothing that was published stands today" not in second
    assert f'href="{LIST.format("es")}?state=bo&page=2"' in second
    assert keys(listed(state="bo", page=99)) == keys(second)


def test_the_ten_states_and_the_secretariat_may_be_chosen() -> None:
    with translation.override("en"):
        owners = published_list.owners()
        assert len(owners) == 11
        assert list(owners.values())[-1] == "Technical secretariat"
        for code in owners:
            told, wrong = published_list.read(QueryDict(f"state={code}"), [])
            assert (told, wrong) == (published_list.Asked(state=code), [])
