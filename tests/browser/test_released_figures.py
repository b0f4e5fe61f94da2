"""Published figures in Chromium as a stranger reads them: an empty node, one that has withdrawn
what it had, five releases of both modes with their tables and drawings; in three languages at two widths
and checked by axe, each page within its size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page

from ayni.statistics.releasing.content import Content, Line, Shown
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Picture
from tests.exchange.peer import Peer, a_secretariat, found
from tests.statistics import published_stories as stories

NEXT_VIEW = 30_000  # bytes of a page after the first one
_SMUGGLING = {
    "en": "Cases of smuggling of migrants of one institution, by sex and age group",
    "es": "Casos de tráfico ilícito de migrantes de una institución, por sexo y grupo de edad",
    "pt": "Casos de contrabando de migrantes de uma instituição, por sexo e faixa etária",
}


@pytest.fixture
def bolivia(transactional_db: None) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours and the secretariat."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia
    bolivia.stop()
    secretariat.stop()


def with_hidden_numbers() -> Content:
    """Sex by age and citizenship by sex, with totals and with numbers that are not shown."""
    ages = ("child", "adult", "unknown")
    counts: dict[tuple[str | None, str | None], int | None] = {
        ("female", "child"): 31, ("female", "adult"): 1240, ("female", "unknown"): None,
        ("male", "child"): None, ("male", "adult"): 402, ("male", "unknown"): 12,
        ("unknown", "child"): 0, ("unknown", "adult"): 15, ("unknown", "unknown"): None,
        ("female", None): 1280, ("male", None): 423, ("unknown", None): 19, (None, "child"): 40,
        (None, "adult"): 1657, (None, "unknown"): 25, (None, None): 1722,
    }  # fmt: skip
    states = ("AR", "BO", "BR", "CL", "CO", "EC", "PE", "PY", "UY", "VE", "other", "unknown")
    places = [Line((code,), None if code == "UY" else 40 + 17 * n) for n, code in enumerate(states)]
    years = [
        Line((str(year),), None if year == 2018 else 300 + 40 * (year % 5))
        for year in range(2015, 2022)
    ]
    return Content(
        "classical", "tables",
        {"population": "smuggling_cases", "crime": "smuggling", "source": "cases", "first": "2015",
         "last": "2021", "dated": "2026-11-01T00:00:00Z", "names": _SMUGGLING,
         "holder": "bo-focal-point"},
        {"method": "suppression", "threshold": 10, "width": 10, "zeros": "where_needed",
         "whole_groups": "hidden", "margins": "exact"},
        (
            Shown("sex_age_2015-2021", ("sex", "age"), {"year": "2015-2021"},
                  tuple(Line(codes, value) for codes, value in counts.items())),
            Shown("citizenship_2015-2021", ("citizenship",), {"year": "2015-2021"},
                  (Line((None,), 1722), *places)),
            Shown("years", ("year",), {}, tuple(years)),
            Shown("age_2021", ("age",), {"year": "2021"},
                  tuple(Line((each,), 50) for each in ages)),
        ),
    )  # fmt: skip


class Reader:
    """A stranger's browser; every page is looked at."""

    def __init__(self, page: Page, site: str, language: str, axe: Check, picture: Picture) -> None:
        self.page, self.site, self.language = page, site, language
        self._axe, self._picture = axe, picture

    def go(self, path: str, name: str) -> None:
        """Open a page, check and keep it; no page needs many bytes."""
        answer = self.page.goto(f"{self.site}/statistics/published/{self.language}/{path}")
        assert answer is not None
        assert answer.request.sizes()["responseBodySize"] <= NEXT_VIEW, path
        self._axe(self.page)
        self._picture(self.page, f"figures-{self.language}-{name}")
        if self.page.locator("main svg").count():
            assert self.page.locator("main svg > title").count() == 1
            assert self.page.locator("main svg > desc").count() == 1
            assert self.page.locator("main table caption").count() >= 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_stranger_reads_what_was_published(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str, bolivia: Peer
) -> None:
    reader = Reader(watched.page, site, language, axe, picture)
    reader.go("", "empty")
    stories.arrives(bolivia, stories.with_noise(2_000), key=stories.key(9))
    stories.arrives(bolivia, stories.with_noise(2_000), key=stories.key(9), version=2,
                    corrects=False, withdrawn="tells_of_persons")  # fmt: skip
    stories.is_withdrawn(bolivia, key=stories.key(9), version=3)
    reader.go("", "withdrawn-only")
    reader.go(f"bo/{stories.key(9)}/", "withdrawn")
    told = {"method": "suppression", "source": "cases", "population": "smuggling_cases",
            "crime": "smuggling", "names": _SMUGGLING, "first": "2015", "last": "2021"}  # fmt: skip
    hidden = with_hidden_numbers()
    stories.arrives(bolivia, hidden, key=stories.key(1), **told)
    one = replace(hidden, tables=hidden.tables[:1])
    stories.arrives(bolivia, one, key=stories.key(2), **told)
    stories.arrives(bolivia, stories.with_noise(2_000), key=stories.key(3))
    stories.arrives(bolivia, stories.with_noise(2_100), key=stories.key(3), version=2,
                    reason="late_records")  # fmt: skip
    over = {**stories.with_noise(10).about, "states": ["AR", "BO", "PE"]}
    stories.arrives(bolivia, replace(stories.with_noise(900), about=over), key=stories.key(4),
                    source="sum")  # fmt: skip
    stories.arrives(bolivia, stories.with_noise(60), key=stories.key(5))
    reader.go("", "five")
    reader.go(f"bo/{stories.key(1)}/", "release")
    for number, name in ((1, "pyramid"), (2, "map"), (3, "years"), (4, "bars")):
        reader.go(f"bo/{stories.key(1)}/?table={number}", f"table-{name}")
    reader.go(f"bo/{stories.key(2)}/", "one-table")
    reader.go(f"bo/{stories.key(3)}/", "noise")
    for number, name in (
        (12, "pyramid"),
        (10, "years"),
        (15, "forms"),
        (19, "flows"),
        (17, "work"),
    ):
        reader.go(f"bo/{stories.key(3)}/?table={number}", f"noise-{name}")
    reader.go(f"bo/{stories.key(3)}/?table=29&part=2", "noise-part")
    watched.page.locator("main details").evaluate_all(
        "a => a.forEach(each => { each.open = true })"
    )
    reader.go(f"bo/{stories.key(4)}/", "sum")
    # The browser reports the answer that says that something is gone.
    assert [each for each in watched.problems if "410" not in each] == []
