"""The part of the journey that crosses a border: referral, acceptance, request, the same clocks."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from ayni.node.demo.officer import Officer, Unexpected

if TYPE_CHECKING:
    from ayni.node.demo.journey import Journey

CONSULATE, SERVICE, PROGRAMME = "bo-consulate-ar", "bo-service", "ar-programme"
_WITHIN = 60.0
_ASKED = "Pedir la intervención de la fiscalía"  # the title of step 2.3
_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_CLOCK = re.compile(
    r'<th scope="row"[^>]*>([^<]+)</th>\s*<td[^>]*>([^<]+)</td>\s*<td[^>]*>([^<]+)</td>\s*'
    r'<td[^>]*><time datetime="([^"]+)">'
)
T = TypeVar("T")
# owing state, owed state, kind, due: as the page names them, the time in UTC
Clock = tuple[str, str, str, datetime]


class Crossing:
    """From Argentina's case to Bolivia's consulate, to a service in Bolivia, and the answers."""

    def __init__(self, journey: Journey, officer: Officer, case: str) -> None:
        self.journey, self.officer, self.case = journey, officer, case
        self.step, self.planted = journey.step, journey.planted

    def travel(self) -> None:
        """The whole crossing. Raises `Unexpected`."""
        with self.step("a preview shows exactly what would leave; the referral is sent"):
            ours = self.refer(self.officer, self.case)
        with self.step("Bolivia's consular officer signs in; the referral has arrived"):
            consul = self.journey.officer("consul", "bo")
            theirs = self._arrived(consul)
        with self.step("Argentina, Bolivia and the secretariat show the same open clock"):
            watchers = self._watchers()
            self._same_clocks(watchers, 1)
        with self.step("the consulate reads and accepts; Bolivia's own case begins"):
            their_case = self._accept(consul, theirs)
        with self.step("Argentina sees the acceptance"):
            self._until("acceptance on Argentina's page", self.officer, ours, "Aceptada")
        with self.step("the clock has stopped on all three nodes"):
            self._same_clocks(watchers, 0)
        with self.step("a service in Bolivia takes part, by the same consent gate"):
            self._service(consul, their_case)
        with self.step("asked about her safety and will; Bolivia asks for the prosecutor (2.3)"):
            self._request(consul, their_case)
        with self.step("the three nodes show the same clock of the request"):
            self._same_clocks(watchers, 1)
        with self.step("Argentina answers; the clock has stopped on all three nodes"):
            self._answer()
            self._same_clocks(watchers, 0)
        with self.step("what she wants stands with step 2.3 in Bolivia's case, and nowhere else"):
            self.journey.recorded(consul, their_case, "2.3", self._her_will)
            self._until("answer of step 2.3.a", consul, f"{their_case}/history", "2.3.a ")
            if self.planted.narrative in self.officer.open(self.answered).text:
                raise Unexpected("Argentina's page of the request shows what she wants")

    def until_request(self) -> None:
        """Referred, accepted, and asked back; left there."""
        self.refer(self.officer, self.case)
        consul = self.journey.officer("consul", "bo")
        self._request(consul, self._accept(consul, self._arrived(consul)))

    def refer(self, officer: Officer, case: str) -> str:
        """Draft, preview, send; the address of the referral."""
        officer.open(f"/cooperation{case}/refer")
        form = next(f for f in officer.forms() if "fields_to_send" in f.names)
        officer.send(
            {
                "consent": form.choices["consent"][0],
                "fields_to_send": form.choices["fields_to_send"],
            }
        )
        if self.planted.given not in officer.text or not officer.path.endswith("/preview"):
            raise Unexpected(f"the preview does not show what would leave: {officer.errors()}")
        if f"{case}/steps/2.6" in officer.text:
            raise Unexpected("the preview asks for what she was not asked: whether she fears (2.6)")
        officer.send({}, action="/preview$")
        if not re.fullmatch(f"/cooperation/referrals/{_UUID}", officer.path):
            raise Unexpected(f"the referral was not sent: {officer.errors()}")
        return officer.path

    def _arrived(self, officer: Officer) -> str:
        def look() -> str | None:
            officer.open("/cooperation/")
            found = [x for x in officer.links() if re.fullmatch(f".*/referrals/{_UUID}", x)]
            return found[0] if found else None

        return wait_for("referral in the inbox", look)

    def _accept(self, officer: Officer, referral: str) -> str:
        officer.open(f"{referral}/read").send({}, action="/read$")
        if self.planted.given not in officer.open(referral).text:
            raise Unexpected("the referral does not show what was sent")
        if "Alojamiento" not in officer.text or "Sus documentos" not in officer.text:
            raise Unexpected("the referral does not show what she needs, in the reader's words")
        officer.open(f"{referral}/earlier").send({}, action="/earlier$")
        officer.open(f"{referral}/accept").send({"agreed_on_day": ""})
        begun = officer.path
        if not re.fullmatch(f"/cases/{_UUID}", begun) or referral not in officer.links():
            raise Unexpected("the case that has begun does not lead to its referral")
        if "Aceptada" not in officer.open(referral).text:
            raise Unexpected("the referral is not accepted")
        case = officer.link(f"^/cases/{_UUID}$")
        if case != begun:
            raise Unexpected("the referral leads to another case than the one that has begun")
        if self.planted.given in officer.open(case).text:
            raise Unexpected("Bolivia's case page shows the name without being asked")
        officer.send({}, action="identity")
        if self.planted.given not in officer.text:
            raise Unexpected("Bolivia's case does not hold the person")
        return case

    def _service(self, consul: Officer, case: str) -> None:
        self.journey.consent(consul, case, SERVICE)
        self.refer(consul, case)
        servant = self.journey.officer("servicio", "bo")
        referral = self._arrived(servant)
        own = self._accept(servant, referral)
        # Its own part only: the consulate's case is not the service's to see.
        servant.open(case, status=404)
        if own == case:
            raise Unexpected("the service works in the consulate's case")

    def _request(self, consul: Officer, case: str) -> None:
        consul.open(f"/cooperation{case}/request")
        form = next(f for f in consul.forms() if "matter" in f.names)
        wanted = [value for value in form.choices["recipient"] if value.endswith(PROGRAMME)]
        consul.send(
            {
                "recipient": wanted[0],
                "matter": form.choices["matter"][0],
                "will_recorded": "on",
                "her_will": self._her_will,
            }
        )
        if not re.fullmatch(f"/cooperation/requests/{_UUID}", consul.path):
            raise Unexpected(f"the request was not sent: {consul.errors()}")
        if _ASKED not in consul.text or "Registradas." not in consul.text:
            raise Unexpected("the request does not say what is asked, and that her will stands")

    @property
    def _her_will(self) -> str:
        return f"Quiere volver con su madre. {self.planted.narrative}"

    def _answer(self) -> None:
        officer = self.officer

        def look() -> str | None:
            officer.open("/cooperation/")
            found = [x for x in officer.links() if re.fullmatch(f".*/requests/{_UUID}", x)]
            return found[0] if found else None

        request = wait_for("request in Argentina's inbox", look)
        if _ASKED not in officer.open(request).text:
            raise Unexpected("Argentina's page does not say what is asked")
        officer.open(f"{request}/accept").send({}, action="/accept$")
        officer.open(f"{request}/outcome").send({"outcome": "answered"})
        self.answered = request

    def _until(self, what: str, officer: Officer, path: str, words: str) -> None:
        wait_for(what, lambda: words in officer.open(path).text)

    def _watchers(self) -> list[Officer]:
        names = {"ar": "focal", "bo": "focal", "secretariat": "secretaria"}
        return [self.journey.officer(name, code) for code, name in names.items()]

    def _same_clocks(self, watchers: list[Officer], count: int) -> None:
        """Wait until every node shows the same open clocks, `count` of them."""
        seen: list[set[Clock]] = []

        def look() -> bool:
            seen[:] = [_clocks(w.open("/cooperation/clocks").text) for w in watchers]
            return all(len(one) == count and one == seen[0] for one in seen)

        try:
            wait_for("same clocks on the three nodes", look)
        except Unexpected:
            told = " | ".join(
                f"{w.host.split('.')[0]}: {len(one)}" for w, one in zip(watchers, seen, strict=True)
            )
            raise Unexpected(
                f"the nodes do not show the same {count} open clocks: {told}"
            ) from None


def _clocks(page: str) -> set[Clock]:
    """The open clocks on a page."""
    return {
        (owing.strip(), owed.strip(), kind.strip(), datetime.fromisoformat(due).astimezone(UTC))
        for owing, owed, kind, due in _CLOCK.findall(page)
    }


def wait_for(what: str, ask: Callable[[], T | None]) -> T:
    """Ask until there is an answer. Raises `Unexpected` after a minute."""
    deadline = time.monotonic() + _WITHIN
    while time.monotonic() < deadline:
        answer = ask()
        if answer:
            return answer
        time.sleep(0.3)
    raise Unexpected(f"within a minute there was no {what}")
