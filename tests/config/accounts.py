"""Officers' accounts as test_every_verb.py tells them apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.members import api as members
from tests.config.world import World

NOTHING_OF_A_PERSON = {
    "exchange.checked_directory", "exchange.in_order",
    "members.has_accepted_conduct", "members.last_counter",
    "members.officers", "members.sign_on_linked_at", "members.user_by_email",
}  # fmt: skip
_SIGN_ON = {"issuer": "https://ministry.example", "subject": "invented"}


def _link(w: World, by: Actor) -> dict[str, Any]:
    members.link_sign_on(by=by, **_SIGN_ON)
    return {}


CALLS: dict[str, Callable[[World, Actor], dict[str, Any]]] = {
    "members.accept_conduct": lambda w, by: {},
    "members.note_second_step": lambda w, by: {"change": "added"},
    "members.reset_second_step": lambda w, by: {
        "by": audit.job("tests"),
        "user_id": w.cast.ana.id,
        "forget": lambda officer: None,
    },
    "members.try_second_step": lambda w, by: {"matches": lambda last: None},
    "members.note_sign_in_ended": lambda w, by: {"sign_in": 1},
    "members.link_sign_on": lambda w, by: dict(_SIGN_ON),
    "members.readmit_user": lambda w, by: {"by": audit.job("tests"), "user_id": w.cast.ana.id},
    "members.stop_user": lambda w, by: {"by": audit.job("tests"), "user_id": w.cast.ana.id},
    "members.unlink_sign_on": _link,
}
