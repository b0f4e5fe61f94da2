"""What a fresh demonstration has to show of the platform's own work: who presides, a meeting, the
work agenda, support between two states, a common action, a version of the protocol that is adopted.
All of it invented, and it says so; made over HTTP by the demonstration's own officers."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ayni.lib import clock
from ayni.node.demo.crossing import wait_for
from ayni.node.demo.officer import Officer, Unexpected

if TYPE_CHECKING:
    from ayni.node.demo.journey import Journey

_SOURCE = "Acta inventada para la demostración"
_OFFICE = "Dirección inventada de asistencia"
_GAP = "/platform/actions/gap-smuggling-bo-co"
_REFERENCE = "/platform/protocol/reference"
_VERSION = "1.9"  # no text that comes with the software has it
# Steps of the reference text: the interview (within 48 hours, a proposal), the closing of a case.
_INTERVIEW, _CLOSING = "3.3", "7.5"
_ATTENDED = ("ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy", "ve")


def _on(day: date, field: str) -> dict[str, str]:
    return {
        f"{field}_day": str(day.day),
        f"{field}_month": str(day.month),
        f"{field}_year": str(day.year),
    }


class PlatformWork:
    """The officers of the secretariat, Argentina and Bolivia at their browsers."""

    def __init__(self, journey: Journey) -> None:
        self.step = journey.step
        self.today = clock.now().date()
        self.secretariat = journey.officer("secretaria", "secretariat")
        self.argentina = journey.officer("focal", "ar")
        self.bolivia = journey.officer("focal", "bo")
        self.authority = journey.officer("valida", "ar")

    def show(self) -> None:
        """All of it. Raises `Unexpected`."""
        with self.step("the presidency is handed over; two states name their offices"):
            self._presidency()
        with self.step("a meeting is held, another one is called"):
            self._meetings()
        with self.step("commitments reach their states, are reported and validated"):
            self._work_agenda()
        with self.step("what Argentina asks for, Bolivia offers and delivers"):
            self._support()
        with self.step("a common action is proposed for a gap and comes on the agenda"):
            self._common_action()
        with self.step("a version of the protocol is published and adopted with a reservation"):
            self._protocol()

    def _day(self, after: int) -> date:
        return self.today + timedelta(days=after)

    def _presidency(self) -> None:
        page = self.secretariat.open("/platform/hand-over")
        form = next(form for form in page.forms() if "to" in form.names)
        items = [name for name in form.choices if name.startswith("how_")]
        page.send(
            {
                "to": "ar", "end": "open", "source": _SOURCE, **_on(self.today, "on"),
                **dict.fromkeys(items, "handed"),
            }
        )  # fmt: skip
        for state in (self.argentina, self.bolivia):
            state.open("/platform/focal-points/main").send(
                {"office": _OFFICE, "act": _SOURCE, **_on(self.today, "begins")}
            )

    def _meetings(self) -> None:
        held = self._called("Plenario inventado", -10, "Aprobar la agenda de trabajo")
        page = self.secretariat
        page.open(f"{held}/attendance").send(
            {"present": _ATTENDED, "minutes": "Inventado: se leyó la agenda y se aprobó."}
        )
        page.open(f"{held}/decision").send(
            {
                "text": "Inventada: se aprueba la agenda de trabajo.",
                "reservations": ["pe"],
                "reserved": "Inventada: los plazos dependen de su presupuesto.",
            }
        )
        page.open(f"{held}/decision").send(
            {"text": "Inventada: las reuniones son cada mes.", "objections": ["uy"]}
        )
        page.open(f"{held}/close").send({}, action="/close$")
        self.next = self._called("Segundo plenario inventado", 30, "Seguimiento de la agenda")

    def _called(self, title: str, after: int, items: str) -> str:
        """Call a meeting; the address of its page."""
        when = {**_on(self._day(after), "at"), "at_time": "10:00"}
        page = self.secretariat.open("/platform/meetings/call")
        page.send({"title": title, "place": "Sala inventada", "items": items, **when})
        return page.open("/platform/").link_named(title)

    def _work_agenda(self) -> None:
        page = self.secretariat
        for axis, objective in (
            ("Asistencia", "Inventado: cada persona es recibida igual en los diez Estados"),
            ("Investigación", "Inventado: los Estados se responden dentro del plazo"),
        ):
            page.open("/platform/work/objectives/new").send({"axis": axis, "objective": objective})
        form = next(f for f in page.open("/platform/work/new").forms() if "objective" in f.names)
        first, second = (key for key in form.choices["objective"] if key)
        manual = self._commitment("Inventado: manual de la primera entrevista", "ar", 60, first)
        shelters = self._commitment("Inventado: lista de albergues en la frontera", "bo", 20, first)
        self._commitment("Inventado: capacitar a quienes atienden el teléfono", "ar", -5, second)
        self._commitment("Inventado: un contacto de guardia en cada fiscalía", "pe", 90, second)
        self._report(self.argentina, manual, "done", "Se escribió y se probó (inventado)")
        self._report(self.bolivia, shelters, "in_progress", "Diez albergues visitados (inventado)")
        self.authority.open(f"{manual}/validate").send({"answer": "yes"})
        page.open(f"{manual}/indicator")
        form = next(f for f in page.forms() if "code" in f.names)
        offered = [code for code in form.choices["code"] if code]
        page.send({"code": offered[0], "target": "80"})

    def _commitment(self, title: str, state: str, after: int, objective: str) -> str:
        """Publish a commitment; the address of its page."""
        page = self.secretariat
        page.open("/platform/work/new").send(
            {
                "title": title, "objective": objective, "state": state, "office": _OFFICE,
                "public": "on", **_on(self._day(after), "due"),
            }
        )  # fmt: skip
        return page.open("/platform/work").link_named(title)

    def _report(self, state: Officer, commitment: str, word: str, action: str) -> None:
        _arrived(state, "/platform/work", commitment)
        state.open(f"{commitment}/progress").send(
            {"word": word, "action": action, "evidence": "Acta inventada 7/2026"}
        )

    def _support(self) -> None:
        need = self._need(
            self.argentina, what="interpreter", country="ar", city="Salta", language="qu",
            text="Inventado: una entrevista de dos horas, por teléfono o en persona.",
        )  # fmt: skip
        self._offer(self.bolivia, need, "Inventado: el consulado tiene quien interprete.")
        _arrived(self.argentina, need, f"{need}/accept/bo", sent=True)
        self.argentina.send({}, action="/accept/bo")
        _arrived(self.bolivia, need, f"{need}/act/deliver", sent=True)
        self.bolivia.send({}, action="/act/deliver$")
        _arrived(self.argentina, need, f"{need}/act/confirm", sent=True)
        self.argentina.send({}, action="/act/confirm$")
        shelter = self._need(
            self.bolivia, what="shelter", country="bo", city="Villazón",
            text="Inventado: una plaza por tres noches.",
        )  # fmt: skip
        self._offer(self.argentina, shelter, "Inventado: hay una plaza al otro lado del puente.")
        self._need(
            self.bolivia, what="training", country="bo",
            text="Inventado: un curso para quienes hacen la primera entrevista.",
        )  # fmt: skip

    def _need(self, state: Officer, **asked: str) -> str:
        """Ask for something; the address of its page."""
        page = state.open("/support/ask").send(asked)
        if not re.fullmatch(r"/support/[a-z]{2}/[0-9a-f]{16}", page.path):
            raise Unexpected(f"{state.host}: the need was not asked: {page.errors()}")
        return page.path

    def _offer(self, state: Officer, need: str, text: str) -> None:
        _arrived(state, "/support/", need)
        state.open(f"{need}/offer").send({"text": text})

    def _common_action(self) -> None:
        self.argentina.open(f"{_GAP}/propose").send(
            {"title": "Inventada: un procedimiento común frente al tráfico ilícito de migrantes"}
        )
        page = self.secretariat
        _arrived(page, "/platform/actions", _GAP)
        page.open(f"{_GAP}/course").send({"word": "on_agenda", "meeting": _last(self.next)})

    def _protocol(self) -> None:
        page = self.secretariat
        document = _changed(json.loads(page.open(f"{_REFERENCE}/1.0/text").text))
        text = json.dumps(document, ensure_ascii=False)
        said = {
            "decision": "Decisión inventada para la demostración",
            "changes": "Inventado: un Estado puede acortar el plazo de la entrevista.",
            "text": text,
            **_on(self.today, "on"),
        }
        page.open("/platform/protocol/publish").send({**said, "look": "1"})
        page.send({**said, "publish": "1"})
        there = f"{_REFERENCE}/{_VERSION}"
        _arrived(self.bolivia, "/platform/protocol/", there)
        self.bolivia.open(f"{there}/adopt").send(
            {
                "act": "Resolución inventada 12/2026", "limit_0": "24",
                "reserved_step_0": _CLOSING,
                "reserved_0": "Inventada: el cierre lo firma también la fiscalía.",
                **_on(self.today, "act_on"), **_on(self.today, "on"),
            }
        )  # fmt: skip


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _changed(document: dict[str, Any]) -> dict[str, Any]:
    """The reference text under another number, the time for the interview changeable."""
    document["version"] = _VERSION
    for phase in document["phases"]:
        for step in phase["steps"]:
            if step["id"] == _INTERVIEW:
                step["limits"][0]["changeable"] = True
    return document


def _arrived(officer: Officer, page: str, address: str, *, sent: bool = False) -> None:
    """Wait until a page leads to an address, by a link or by a form; the browser stands there."""

    def look() -> bool:
        officer.open(page)
        found = [form.action for form in officer.forms()] if sent else officer.links()
        return address in found

    wait_for(f"link from {page} to {address}", look)
