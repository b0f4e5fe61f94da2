"""Versions and adoptions for tests: texts made of the reference text, all invented."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from ayni.audit import api as audit
from ayni.gazette import keeping
from ayni.lib import clock
from ayni.protocol import api as protocol
from ayni.protocol.load import build, shipped_document
from ayni.protocol.national import Stricter
from ayni.protocol.publishing import Adopting, Publishing
from tests.exchange.peer import Peer
from tests.gazette.notices import an_entry, arrive

Json = dict[str, Any]
ACT = "Resolución inventada 12/2026"
INTERVIEW = "3.3"  # 48 hours in the reference text, a proposal
SAID = Publishing(
    decision="Decisión inventada 3", changes="Un plazo puede acortarse", on=date(2026, 1, 5)
)


def step_of(document: Json, name: str) -> Json:
    """One step of a document, to be changed."""
    return next(
        step for phase in document["phases"] for step in phase["steps"] if step["id"] == name
    )


def text(version: str = "1.7", change: Callable[[Json], None] | None = None) -> Json:
    """The reference text under another number, its 48 hours for the interview changeable."""
    document = copy.deepcopy(shipped_document("reference", "1.0"))
    document["version"] = version
    step_of(document, INTERVIEW)["limits"][0]["changeable"] = True
    if change is not None:
        change(document)
    return document


def without(name: str) -> Callable[[Json], None]:
    """Takes one step out, and what waits for it or asks there."""

    def change(document: Json) -> None:
        for phase in document["phases"]:
            phase["steps"] = [step for step in phase["steps"] if step["id"] != name]
            for step in phase["steps"]:
                step["after"] = [each for each in step.get("after", []) if each != name]
                step["limits"] = [
                    each for each in step.get("limits", []) if each.get("step") != name
                ]
                if not step["limits"]:
                    step.pop("repeat", None)
                for empty in ("after", "limits"):
                    if not step[empty]:
                        del step[empty]
        for fact in document["facts"]:
            fact["asked_in"] = [a for a in fact.get("asked_in", []) if a["step"] != name]
            if not fact["asked_in"]:
                del fact["asked_in"]

    return change


def as_file(document: Json) -> str:
    """The text of a file that holds a document."""
    return json.dumps(document, ensure_ascii=False)


def version_kept_here() -> None:
    """A version of the secretariat as if it had come: for tests without another node."""
    document = text()
    body = {
        "at": clock.isoformat(clock.now()),
        "body": {"changes": SAID.changes, "decision": SAID.decision, "definition": document},
        "format": 1,
        "key": f"{document['key']}:{document['version']}",
        "kind": "protocol.version",
        "node": "secretariat",
        "sheet": 1,
        "valid_from": SAID.on.isoformat(),
        "valid_until": "",
        "version": 1,
        "withdrawn": False,
    }
    subject = keeping.locked(owner="secretariat", kind="protocol.version", key=body["key"])
    by = audit.job("tests")
    keeping.keep(
        {"body": body, "signatures": []}, "1" * 64, by=by, source="secretariat", subject=subject
    )


def version_comes(secretariat: Peer, document: Json | None = None, **changed: Any) -> Json:
    """The secretariat has published a version; its entry."""
    document = document or text()
    entry = an_entry(
        secretariat,
        **{
            "body": {
                "changes": SAID.changes, "decision": SAID.decision, "definition": document,
            },
            "key": f"{document['key']}:{document['version']}",
            "kind": "protocol.version",
            "valid_from": SAID.on.isoformat(),
            **changed,
        },
    )  # fmt: skip
    arrive(entry, sender="secretariat")
    return entry


def adoption_comes(state: Peer, document: Json | None = None, **changed: Any) -> None:
    """A state has adopted a version from today on."""
    document = document or text()
    day = changed.pop("day", today()).isoformat()
    body = {
        "act": ACT, "act_on": "2026-01-07", "definition": build(document).digest,
        "parameters": [], "protocol": document["key"], "reservations": [],
        "version": document["version"],
    }  # fmt: skip
    body |= {name: changed.pop(name) for name in list(changed) if name in body}
    arrive(
        an_entry(
            state,
            **{
                "body": body, "key": day, "kind": "protocol.adoption", "valid_from": day,
                **changed,
            },
        )
    )  # fmt: skip


def today() -> date:
    """Today, as days of adoption are counted."""
    return clock.now().date()


def days(count: int) -> timedelta:
    """So many days."""
    return timedelta(days=count)


def adopting(**changed: Any) -> Adopting:
    """Argentina adopts from today on: 24 hours for the interview instead of 48."""
    known: Json = {
        "act": ACT, "act_on": date(2026, 1, 7), "on": today(),
        "parameters": (Stricter(INTERVIEW, 1, 24, ACT),),
        "reservations": (protocol.Reservation("7.5", "El cierre lo firma la fiscalía."),),
    }  # fmt: skip
    return Adopting(**{**known, **changed})
