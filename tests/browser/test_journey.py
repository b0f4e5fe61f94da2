"""The main job in Chromium, on three real nodes: a woman asks for help in Buenos Aires, Argentina
opens a case and refers her, Bolivia's consulate accepts, and everybody sees the same deadlines. In
Spanish on a desk's screen, in Portuguese on a telephone's."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

import pytest
from playwright.sync_api import Browser, expect

from ayni.node.demo import root
from ayni.node.demo.platform import Platform
from tests.browser.traveller import Reader, Traveller

pytestmark = [pytest.mark.nodes, pytest.mark.xdist_group("journey")]
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CASE, REFERRAL, REQUEST = f"/cases/{UUID}$", f"/referrals/{UUID}$", f"/requests/{UUID}$"
READERS = {
    "es": Reader("es", "es-AR", 1280),
    "pt": Reader("pt-br", "pt-BR", 360),
}
BOARDS = {"ar": "focal", "bo": "focal", "secretariat": "secretaria"}


@dataclass(frozen=True, slots=True)
class Person:
    """An invented woman and what she tells, in the language of the run."""

    given: str
    surname: str
    document: str
    told: str
    needs: str

    @property
    def name(self) -> str:
        """As she writes it."""
        return f"{self.given} {self.surname}"


PERSONS = {
    "es": Person(
        "Rosa Inventada", "Mamani", "00000111",
        "Trabajo en un taller. No me pagan y tienen mi documento. No puedo salir sola.",
        "Documento de identidad",
    ),
    "pt": Person(
        "Elena Inventada", "Quispe", "00000222",
        "Trabalho em uma oficina. Não me pagam e estão com meu documento. Não posso sair sozinha.",
        "Documento de identidade",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Argentina, Bolivia and the secretariat: three nodes, each with its own database and keys."""
    made = Platform(tmp_path_factory.mktemp("nodes"), root.THREE, any_port=True, persons=False)
    with made.alone():
        try:
            made.make()
            made.start()
            yield made
        finally:
            made.stop()
            made.remove()


class Journey:
    """One woman's way, as the people on both sides make it in their browsers."""

    def __init__(
        self, browser: Browser, platform: Platform, run: str, *, javascript: bool = True
    ) -> None:
        self.browser, self.platform, self.javascript = browser, platform, javascript
        self.reader, self.person = READERS[run], PERSONS[run]
        self.case = ""
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *why: object) -> None:
        self._open.__exit__(*why)  # type: ignore[arg-type]

    def user(self, node: str) -> Traveller:
        """Somebody at the address of a node; the browser is closed with the journey."""
        user = Traveller(
            self.browser, self.platform.url(node), self.reader, javascript=self.javascript
        )
        return self._open.enter_context(user)

    def officer(self, node: str, account: str) -> Traveller:
        """An officer who signs in with the keyboard alone and reads the language of the run."""
        email = f"{account}@{node}.example"
        officer = self.user(node)
        officer.open("/account/login/")
        officer.at(f"{account}-sign-in")
        officer.by_keyboard(login=email, password=self.platform.plan["accounts"][node][email])
        officer.at(f"{account}-second-step", "/2fa/authenticate/$")
        shown = officer.page.locator("#shown-number").inner_text()
        officer.by_keyboard(code=shown)
        # Accounts read Spanish until they choose otherwise.
        officer.choose_language()
        officer.at(f"{account}-{node}-home", "^/$")
        return officer

    # Argentina

    def ask_for_help(self) -> str:
        """She finds whom to call, and writes; the code that she is told."""
        woman = self.user("ar")
        woman.open("/help/")
        woman.at("public-whom-to-call", "^/help/(es|pt|en)/$")
        expect(woman.page.get_by_role("link", name="145")).to_be_visible()
        woman.picture("whom-to-call", height=740, language="pt-br")
        woman.follow("/write/$")
        woman.at("public-write", "/write/$")
        woman.fill(
            narrative=self.person.told,
            danger_now="no",
            informant="direct_victim",
            place="Buenos Aires",
            about_name=self.person.name,
            about_age="adult",
            method="message",
            address="000 555 0101",
            safe_to_talk="yes",
            name=self.person.name,
        )
        woman.send()
        woman.at("public-sent", "/write/$")
        told = woman.page.locator(".govuk-panel strong").inner_text()
        woman.follow("/what-happens/$")
        woman.at("public-what-happens")
        assert woman.context.cookies() == []
        return told

    def take(self, officer: Traveller, code: str) -> str:
        """The officer finds the notice, triages it, searches, decides; its address."""
        officer.page.get_by_role("link", name=code).click()
        officer.at("notice", "^/notices/")
        expect(officer.page.locator("main")).to_contain_text(self.person.told)
        officer.picture("notice", height=960)
        notice = officer.path
        officer.follow("/triage$")
        officer.at("triage", "/triage$")
        officer.by_keyboard(
            imminent_danger="no", age_group="adult", situation="urgency", reason=self.person.told
        )
        officer.at("notice-triaged", f"^{notice}$")
        officer.follow("/search$")
        officer.at("search", "/search$")
        officer.send()
        officer.at("search-found", "/search$")
        officer.picture("search", height=780)
        officer.follow(f"{notice}$")
        officer.follow("/decide$")
        officer.at("decide", "/decide$")
        officer.fill(outcome="open_case", reason=self.person.told)
        officer.send()
        officer.at("notice-decided", f"^{notice}$")
        return notice

    def open_case(self, officer: Traveller) -> None:
        """From the notice to a case; its page hides the name and says what is due."""
        officer.follow("/case$")
        officer.at("case-new", "/case$")
        officer.fill(
            name_as_written=self.person.name,
            given_names=self.person.given,
            first_surname=self.person.surname,
            birth_precision="date",
            birth_value="1998-03-27",
            gender="Feminine",
            citizenship="BO",
            document_kind="national_id",
            document_state="BO",
            document_number=self.person.document,
            phone="000 555 0101",
            language="es",
            tracks="trafficking",
            narrative=self.person.told,
            needs=["lodging", "legal_advice"],
            other_needs=self.person.needs,
        )
        officer.send()
        officer.at("case-opened", CASE)
        self.case = officer.path
        self.name_is_hidden(officer)
        officer.picture("case", height=940)

    def name_is_hidden(self, officer: Traveller) -> None:
        """The case page shows the name only to who asks, and that is recorded."""
        main = officer.page.locator("main")
        expect(main).not_to_contain_text(self.person.given)
        expect(main).not_to_contain_text(self.person.surname)
        officer.send("/identity")
        officer.at("identity", "/identity$")
        expect(main).to_contain_text(self.person.given)
        officer.follow(CASE)

    def record_step(self, officer: Traveller) -> None:
        """Asked in private, she does not fear her own state (2.6): her consulate may be told."""
        officer.follow("/steps/2.6$")
        officer.at("step-fear", "/steps/2.6$")
        officer.fill(kind="done", field_fears_own_state="no")
        officer.picture("step", height=1240)
        officer.send()
        officer.at("case-after-step", self.case)

    def consent(self, officer: Traveller, recipient: str, name: str) -> None:
        """She agrees to a referral to this institution: recorded, and printed for her."""
        officer.follow("/consents/new$")
        officer.at(f"consent-{name}", "/consents/new$")
        asked = officer.page.locator("main [name=questions]")
        officer.fill(
            purpose="refer",
            recipient=recipient,
            given_by="person",
            language="es",
            questions=[box.get_attribute("value") or "" for box in asked.all()],
        )
        officer.send()
        officer.at(f"case-consent-{name}", CASE)
        officer.follow("/print$")
        # In her language, not in the officer's.
        officer.at(f"consent-print-{name}", "/print$", language="es")
        if name == "consulate":
            officer.picture("consent", height=1000)
        officer.follow(CASE)

    def refer(self, officer: Traveller, name: str) -> str:
        """Draft, see exactly what would leave, send; the address of the referral."""
        officer.follow("/refer$")
        officer.at(f"draft-{name}", "/refer$")
        officer.send()
        officer.at(f"preview-{name}", "/preview$")
        main = officer.page.locator("main")
        expect(main).to_contain_text(self.person.given)
        expect(main).not_to_contain_text(self.person.told)
        if name == "consulate":
            officer.picture("preview", height=1560)
        officer.by_keyboard()
        officer.at(f"sent-{name}", REFERRAL)
        return officer.path

    # Bolivia

    def accept(self, officer: Traveller, name: str) -> None:
        """The referral has arrived: read it, accept it, go to the institution's own case."""
        officer.wait_for_link("/cooperation/", REFERRAL)
        officer.at(f"arrived-{name}", REFERRAL)
        if name == "consulate":
            officer.picture("arrived", height=1000)
        referral = officer.path
        officer.follow("/read$")
        officer.at(f"read-{name}", "/read$")
        officer.send()
        officer.at(f"referral-{name}", referral)
        expect(officer.page.locator("main")).to_contain_text(self.person.given)
        officer.follow("/accept$")
        officer.at(f"earlier-{name}", "/earlier$")
        officer.send()
        officer.at(f"searched-{name}", "/earlier$")
        officer.follow("/accept$")
        officer.at(f"accept-{name}", "/accept$")
        officer.send()
        officer.at(f"own-case-{name}", CASE)
        own = officer.path
        officer.follow(f"{referral}$")
        officer.at(f"accepted-{name}", referral)
        officer.follow(CASE)
        officer.at(f"own-case-again-{name}", f"^{own}$")
        if name == "consulate":
            officer.picture("own-case", height=1000)
        self.name_is_hidden(officer)

    def ask(self, officer: Traveller) -> None:
        """The request of step 2.3, that the prosecutor intervene."""
        officer.follow("/request$")
        officer.at("request-new", "/request$")
        field = officer.page.locator("main [name=recipient]")
        wanted = [
            v for box in field.all() if (v := box.get_attribute("value") or "").startswith("ar/")
        ]
        officer.fill(
            recipient=wanted,
            matter="prosecutor_intervenes",
            her_will=self.person.told,
        )
        officer.page.locator("main [name=will_recorded]").check()
        officer.send()
        officer.at("request-sent", REQUEST)
        officer.picture("request", height=900)

    def answer(self, officer: Traveller) -> None:
        """Argentina's programme sees the request, takes it on, and answers."""
        officer.wait_for_link("/cooperation/", REQUEST)
        officer.at("request-arrived", REQUEST)
        officer.follow("/accept$")
        officer.at("request-accept", "/accept$")
        officer.send()
        officer.follow("/outcome$")
        officer.at("request-outcome", "/outcome$")
        officer.fill(outcome="answered")
        officer.send()
        officer.at("request-answered", REQUEST)

    def same_clocks(self, watchers: list[Traveller], name: str, *, some: bool) -> None:
        """The three boards show the same deadlines, and the secretariat's nothing about her."""
        deadline = time.monotonic() + 60
        while True:
            seen = [clocks(watcher) for watcher in watchers]
            if bool(seen[0]) == some and all(one == seen[0] for one in seen):
                break
            assert time.monotonic() < deadline, f"{name}: the boards differ: {seen}"
            time.sleep(0.3)
        for watcher in watchers:
            watcher.at(f"clocks-{name}-{watcher.node}", "/clocks$")
            main = watcher.page.locator("main").inner_text()
            if watcher.node == "secretariat" and name == "request":
                watcher.picture("clocks", height=860)
            for word in (self.person.given, self.person.surname, self.person.document):
                assert word not in main


def clocks(watcher: Traveller) -> set[tuple[str, ...]]:
    """Who owes whom which answer by when, as the page says; the time in UTC."""
    watcher.open("/cooperation/clocks")
    found = set()
    for row in watcher.page.locator("[aria-labelledby=owed] tbody tr").all():
        due = row.locator("time").get_attribute("datetime") or ""
        at = datetime.fromisoformat(due).astimezone(UTC)
        found.add((*row.locator("th, td").all_inner_texts()[:3], at.isoformat()))
    return found


@pytest.mark.parametrize("run", sorted(READERS))
def test_a_notice_becomes_a_case_that_two_states_share(
    browser: Browser, platform: Platform, run: str
) -> None:
    with Journey(browser, platform, run) as journey:
        code = journey.ask_for_help()
        officer = journey.officer("ar", "oficial")
        journey.take(officer, code)
        journey.open_case(officer)
        journey.record_step(officer)
        journey.consent(officer, "bo-consulate-ar", "consulate")
        journey.refer(officer, "consulate")

        consul = journey.officer("bo", "consul")
        boards = [journey.officer(node, account) for node, account in BOARDS.items()]
        journey.same_clocks(boards, "referral", some=True)
        journey.accept(consul, "consulate")
        journey.consent(consul, "bo-service", "service")
        journey.refer(consul, "service")
        journey.accept(journey.officer("bo", "servicio"), "service")

        consul.follow(CASE)
        journey.ask(consul)
        journey.same_clocks(boards, "request", some=True)
        journey.answer(officer)
        journey.same_clocks(boards, "answered", some=False)


def test_from_the_notice_to_the_referral_without_javascript(
    browser: Browser, platform: Platform
) -> None:
    with Journey(browser, platform, "es", javascript=False) as journey:
        code = journey.ask_for_help()
        officer = journey.officer("ar", "oficial")
        journey.take(officer, code)
        journey.open_case(officer)
        journey.record_step(officer)
        journey.consent(officer, "bo-consulate-ar", "consulate")
        journey.refer(officer, "consulate")
