"""A release in Chromium: proposed, checked, reviewed, published, read by everybody; in three
languages at two widths, checked by axe."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Page

from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.releasing import publishing, rebuilding
from tests.browser.conftest import Watched
from tests.browser.test_desk import LANGUAGES, Check, Desk, Picture
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer, a_secretariat, found
from tests.statistics.release_stories import HOLDER, checked, tallied


@pytest.fixture
def office(transactional_db: None) -> Iterator[tuple[str, str]]:
    """Two statisticians of a node in a directory, by e-mail."""
    peer, secretariat = Peer(), a_secretariat()
    found(peer, secretariat=secretariat)
    place = an_institution(HOLDER)
    eva = an_officer("eva", place, members.Role.STATISTICIAN)
    mario = an_officer("mario", place, members.Role.STATISTICIAN)
    tallied()
    yield eva.email, mario.email
    peer.stop()
    secretariat.stop()


class Steps:
    """One browser through the workflow; every page is looked at."""

    def __init__(self, page: Page, site: str, language: str, axe: Check, picture: Picture) -> None:
        self.page, self.site, self.language = page, site, language
        self._axe, self._picture = axe, picture
        self._desk = Desk(page, site, lambda _name: None)

    def look(self, name: str) -> None:
        """Check and keep the page."""
        self._axe(self.page)
        self._picture(self.page, f"releases-{self.language}-{name}")

    def go(self, path: str) -> None:
        """Open a page of the room."""
        self.page.goto(f"{self.site}/statistics/{path}")

    def press(self) -> None:
        """The button of the form."""
        self.page.locator("main form button").first.click()

    def sign_in(self, email: str) -> None:
        """As another officer."""
        self.page.context.clear_cookies()
        cookie = {"name": "ayni_ar_language", "value": LANGUAGES[self.language], "url": self.site}
        self.page.context.add_cookies([cookie])  # type: ignore[list-item]
        self._desk.sign_in(email)

    def propose(self) -> UUID:
        """Three pages, and one mistake."""
        page = self.page
        self.go("releases")
        self.look("none")
        self.go("releases/propose")
        self.look("whose")
        page.locator("main input[name=of][value^=linea145_victims]").check()
        self.press()
        page.locator("main input[name=table][value='sex,age']").check()
        page.locator("main [name=first]").fill("2022")
        self.press()
        assert page.locator(".govuk-error-summary").is_visible()
        self.look("tables-wrong")
        page.locator("main [name=last]").fill("2023")
        self.press()
        self.look("how")
        self.press()
        self.look("proposed")
        return UUID(page.url.rpartition("/")[2])

    def review(self, release: UUID) -> None:
        """With reasons, after one without."""
        page = self.page
        self.go(f"releases/{release}")
        self.look("found")
        page.locator("main a[href$='/review']").click()
        self.press()
        assert page.locator(".govuk-error-summary a").count() == 2
        self.look("review-wrong")
        page.locator("main [name=decision][value=accept]").check()
        page.locator("main [name=reasons]").fill("Miré cada tabla; ninguna dice de pocos.")
        self.press()
        self.look("accepted")

    def publish(self, release: UUID) -> None:
        """From the first page; and make it again. The jobs run here."""
        page = self.page
        page.goto(self.site)
        self.look("waits")
        page.locator(f"main a[href$='{release}']").click()
        page.locator("main button[value=publish]").click()
        self.look("publishing")
        publishing.publish_signed(release_id=release)
        page.reload()
        self.look("published")
        page.locator("main button[value=rebuild]").click()
        rebuilding.rebuild_asked(release_id=release)
        page.reload()
        self.look("rebuilt")
        page.locator("main a[href$='/correct']").click()
        self.look("correct")
        self.press()
        assert page.locator(".govuk-error-summary").is_visible()
        self.go(f"releases/{release}/withdraw")
        self.press()
        self.look("withdraw-wrong")
        self.go("releases/ledger")
        self.look("ledger")

    def read(self) -> str:
        """As everybody; the name of the file."""
        page = self.page
        self.go(f"published/{self.language}/")
        self.look("public-list")
        page.locator("main ul a").first.click()
        self.look("public")
        page.locator("main details").evaluate_all("a => a.forEach(each => { each.open = true })")
        self._axe(page)
        with page.expect_download() as download:
            page.locator("main a[href$='/csv']").click()
        return download.value.suggested_filename


@pytest.mark.django_db(transaction=True)
@pytest.mark.told_once
@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_a_release_from_proposal_to_the_public_page(
    site: str, watched: Watched, axe: Check, picture: Picture, language: str,
    office: tuple[str, str],
) -> None:  # fmt: skip
    steps = Steps(watched.page, site, language, axe, picture)
    eva, mario = office
    steps.sign_in(eva)
    release = steps.propose()
    assert checked(release).state == statistics.ReleaseState.CHECKED
    watched.page.reload()
    assert watched.page.locator("main a[href$='/review']").count() == 0  # not her own
    steps.look("own")
    steps.sign_in(mario)
    steps.review(release)
    steps.publish(release)
    assert steps.read().endswith("-csv.zip")
    # The browser reports the answer to a form that is not filled.
    assert [each for each in watched.problems if "422" not in each] == []
