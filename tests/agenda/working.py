"""Stories of the work agenda: objectives, commitments, and what states say of them. Invented."""

from __future__ import annotations

from datetime import date
from typing import Any

from ayni.agenda import api, work_kinds
from ayni.audit.api import Actor
from tests.agenda.stories import comes, days, today
from tests.exchange.peer import Peer

KEY = "manual-comun"
WRITTEN: dict[str, Any] = {"after": "", "instead": ""}
OBJECTIVE = {**WRITTEN, "axis": "Asistencia", "objective": "Manual común (inventado)"}


def undertaking(**changed: Any) -> api.Undertaking:
    """A commitment of Argentina's, due in ten days."""
    known: dict[str, Any] = {
        "title": "Manual común", "objective": "manual", "state": "ar",
        "office": "Oficina inventada", "institution": "", "due": today() + days(10),
        "public": False,
    }  # fmt: skip
    return api.Undertaking(**{**known, **changed})


def objective_comes(secretariat: Peer) -> None:
    """The secretariat has published an objective."""
    comes(secretariat, work_kinds.OBJECTIVE, "manual", OBJECTIVE)


def commitment_comes(
    secretariat: Peer, key: str = KEY, due: date | None = None, **more: Any
) -> None:
    """The secretariat has published a commitment."""
    version = more.pop("version", 1)
    body = {
        **WRITTEN, "title": "Manual común", "objective": "manual", "state": "ar",
        "office": "Oficina inventada", "institution": "",
        "due": (due or today() + days(10)).isoformat(), "public": False, "meeting": "",
    }  # fmt: skip
    comes(secretariat, work_kinds.COMMITMENT, key, {**body, **more}, version=version)


def word(state: str = "in_progress", **changed: Any) -> dict[str, Any]:
    """What a state says of a commitment, as an entry."""
    known = {
        "state": state, "action": "Taller", "reason": "", "evidence": "Acta 1/2026",
        "validates": 0, "answer": "", "note": "",
    }  # fmt: skip
    return {**known, **changed}


def the(key: str = KEY, day: date | None = None) -> api.Commitment:
    """A commitment as it stands, today if no day is given."""
    return api.commitment(key, day or today(), api.presidencies())


def report(by: Actor, state: api.Word = api.Word.DONE, **changed: Any) -> None:
    """Argentina tells how far it is, on what stands."""
    known: dict[str, Any] = {
        "action": "Taller", "evidence": "Acta 1/2026", "reason": "", "seen": the().seen,
    }  # fmt: skip
    api.report_progress(by=by, key=KEY, word=state, day=today(), **{**known, **changed})


def validate(by: Actor, answer: api.Validation = api.Validation.YES, **changed: Any) -> None:
    """Argentina's authority answers, on what stands."""
    known: dict[str, Any] = {"note": "", "seen": the().seen, **changed}
    api.validate_progress(by=by, key=KEY, answer=answer, day=today(), **known)
