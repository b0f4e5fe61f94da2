"""The journey of the main job over HTTP: notice, case, consent; then it crosses the border."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Self

from ayni.node.demo.crossing import CONSULATE, Crossing
from ayni.node.demo.officer import Officer, Unexpected
from ayni.node.demo.platform import Platform
from ayni.node.demo.platform_work import PlatformWork

Step = Callable[[str], AbstractContextManager[None]]


def _word(length: int = 9) -> str:
    return "".join(secrets.choice("bcdfghjkmnpqrstvwxz") for _ in range(length))


def _digits(length: int) -> str:
    return "".join(secrets.choice("123456789") for _ in range(length))


@dataclass(frozen=True, slots=True)
class Planted:
    """Words that stand nowhere by chance, and must not be found after the journey."""

    given: str
    surname: str
    document: str
    phone: str
    narrative: str

    @classmethod
    def fresh(cls) -> Self:
        """New words for one run."""
        return cls(f"Zq{_word()}", f"Wx{_word()}", _digits(11), _digits(12), f"zyx{_word(12)}")

    @property
    def words(self) -> dict[str, str]:
        """What each stands for -> the word."""
        return {
            "name": self.given,
            "surname": self.surname,
            "document": self.document,
            "phone": self.phone,
            "narrative": self.narrative,
        }


class Journey:
    """One woman's way from Argentina's programme to Bolivia's consulate and a service at home."""

    def __init__(self, platform: Platform, planted: Planted, step: Step) -> None:
        self.platform, self.planted, self.step = platform, planted, step
        self._open = ExitStack()

    def close(self) -> None:
        """Close the browsers."""
        self._open.close()

    def officer(self, name: str, code: str) -> Officer:
        """A browser in which this account is signed in."""
        email = f"{name}@{code}.example"
        browser = Officer(self.platform.url(code), self.platform.plan["ports"][code])
        self._open.enter_context(browser)
        return browser.sign_in(email, self.platform.plan["accounts"][code][email])

    def travel(self) -> None:
        """The whole way. Raises `Unexpected` where a page is not as it should be."""
        officer, case = self.until_case()
        with self.step("her consent: this purpose, this recipient, these fields (3.2)"):
            self.consent(officer, case, CONSULATE)
        crossing = Crossing(self, officer, case)
        crossing.travel()
        PlatformWork(self).show()
        with self.step("an address typed wrong, with a name in it, is not logged"):
            officer.open(f"/cases/{self.planted.given}/{self.planted.surname}", status=404)

    def until_case(self) -> tuple[Officer, str]:
        """From the notice to the open case, in which it is recorded what she was asked; the
        officer's browser and the case's address."""
        with self.step("the officer of Argentina's programme signs in"):
            officer = self.officer("oficial", "ar")
        with self.step("she takes the notice (1.1, 1.2)"):
            notice = self._notice(officer)
        with self.step("triage, search for antecedents, decision (1.3 to 1.5)"):
            self._triage(officer, notice)
        with self.step("the case is opened; the name is hidden on its page"):
            case = self._case(officer, notice)
        with self.step("it is recorded that she was asked whether it is safe to talk (1.2)"):
            self.recorded(officer, case, "1.2", "Hecho")
        with self.step("asked in private, she does not fear her own state (2.6)"):
            self.ask_fear(officer, case)
        return officer, case

    def _notice(self, officer: Officer) -> str:
        words = self.planted
        officer.open("/notices/new").send(
            {
                "safe_to_talk": "yes",
                "channel": "in_person",
                "informant": "direct_victim",
                "language": "es",
                "track": "trafficking",
                "place": f"Buenos Aires {words.narrative}",
                "about_name": f"{words.given} {words.surname}",
                "about_phone": words.phone,
                "about_document": words.document,
                "contact_method": "call",
                "contact_note": f"Llamar por teléfono al {words.phone}",
                "narrative": f"Trabaja sin paga. {words.narrative}",
                "indicators": ["documents", "pay"],
            }
        )
        if "/notices/" not in officer.path or officer.path.endswith("/new"):
            raise Unexpected(f"the notice was not taken: {officer.errors()}")
        if words.narrative not in officer.text:
            raise Unexpected("the notice does not show what was told")
        return officer.path

    def _triage(self, officer: Officer, notice: str) -> None:
        words = self.planted
        officer.open(f"{notice}/triage").send(
            {
                "imminent_danger": "no",
                "age_group": "adult",
                "situation": "urgency",
                "indicators": ["documents", "pay"],
                "reason": f"Documentos retenidos. {words.narrative}",
            }
        )
        officer.open(f"{notice}/search").send(
            {
                "name": f"{words.surname} {words.given}",
                "phone": words.phone,
                "document": words.document,
            }
        )
        officer.open(f"{notice}/decide").send(
            {"outcome": "open_case", "reason": f"Corresponde. {words.narrative}"}
        )
        self.stands_at(officer, notice)

    def _case(self, officer: Officer, notice: str) -> str:
        words = self.planted
        officer.open(f"{notice}/case").send(
            {
                "name_as_written": f"{words.given} {words.surname}",
                "given_names": words.given,
                "first_surname": words.surname,
                "birth_precision": "date",
                "birth_value": "1994-05-17",
                "gender": "Feminine",
                "citizenship": "BO",
                "document_kind": "passport",
                "document_state": "BO",
                "document_number": words.document,
                "phone": words.phone,
                "language": "es",
                "tracks": ["trafficking"],
                "narrative": words.narrative,
                "needs": ["lodging", "legal_advice"],
                "other_needs": "Sus documentos",
                "needs_language": "es",
            }
        )
        case = officer.path
        if not case.startswith("/cases/"):
            raise Unexpected(f"the case was not opened: {officer.errors()}")
        if words.given in officer.text or words.surname in officer.text:
            raise Unexpected("the case page shows the name without being asked")
        officer.send({}, action="identity")
        if words.given not in officer.text:
            raise Unexpected("the name is not shown when asked for")
        return case

    def consent(self, officer: Officer, case: str, recipient: str) -> None:
        """Record a consent to a referral with everything that may be disclosed."""
        officer.open(f"{case}/consents/new")
        form = next(f for f in officer.forms() if "purpose" in f.names)
        officer.send(
            {
                "purpose": "refer",
                "recipient": recipient,
                "fields_named": form.choices["fields_named"],
                "given_by": "person",
                "language": "es",
                "questions": form.choices["questions"],
                "witness": self.planted.surname,
                "days": "90",
            }
        )
        self.stands_at(officer, case)
        if not any(link.endswith("/print") for link in officer.links()):
            raise Unexpected("the case page does not show the consent")

    def ask_fear(self, officer: Officer, case: str) -> None:
        """Record what she answers when asked whether she fears her own state."""
        officer.open(f"{case}/steps/2.6").send({"kind": "done", "field_fears_own_state": "no"})
        self.stands_at(officer, case)
        self.recorded(officer, case, "2.6", "asilo No")

    def recorded(self, officer: Officer, case: str, step: str, told: str) -> None:
        """Raise `Unexpected` unless the history of the case says that this step was done, with
        these words of its form."""
        rows = officer.open(f"{case}/history").text.split("ayni-timeline__item")[1:]
        plain = [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]
        if not any(re.match(rf'">\s*{re.escape(step)} ', row) and told in row for row in plain):
            raise Unexpected(f"the history of the case has no step {step} with what she answered")

    def stands_at(self, officer: Officer, path: str) -> None:
        """Raise `Unexpected` if the browser is somewhere else."""
        if officer.path != path:
            raise Unexpected(f"expected {path}, is at {officer.path}: {officer.errors()}")
