"""Published figures in Chromium as a stranger reads them: an empty node, one that has withdrawn
what it had, five releases of both modes with their tables and drawings; in three languages at two
widths and checked by axe, each page within its size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Picture
from tests.exchange.peer import Peer, a_secretariat, found
from tests.statistics import published_stories as stories

NEXT_VIEW = 30_000  # bytes of a page after the first one


@pytest.fixture
def bolivia(transactional_db: None) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours and the secretariat."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia
    bolivia.stop()
    secretariat.stop()


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
@pytest.mark.told_once
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
    hidden = stories.with_hidden_numbers()
    stories.arrives(bolivia, hidden, key=stories.key(1), **stories.OF_CASES)
    one = replace(hidden, tables=hidden.tables[:1])
    stories.arrives(bolivia, one, key=stories.key(2), **stories.OF_CASES)
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
