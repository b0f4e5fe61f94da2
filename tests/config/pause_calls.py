"""Pauses of a due time as test_every_verb.py calls them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from tests.config.world import World
from tests.cooperation.stories import a_consented_case, a_draft

Told = dict[str, Any]


def _asked_of_us(w: World) -> Told:
    return {"about_id": w.ids["incoming"], "pause_id": w.ids["referral_pause"]}


def _asks(w: World, by: Actor) -> Told:
    sent = cooperation.send_referral(by=by, referral_id=a_draft(by, a_consented_case(by)).id)
    until = clock.hour_up(clock.now()) + timedelta(days=3)
    return {"about_id": sent.id, "reason": "awaiting_documents", "until": until}


CALLS: dict[str, Callable[[World, Actor], Told]] = {
    "cooperation.answer_pause": lambda w, by: {**_asked_of_us(w), "agree": True},
    "cooperation.ask_pause": _asks,
    "cooperation.end_pause": lambda w, by: {
        "about_id": w.ids["incoming"],
        "pause_id": w.ids["referral_runs"],
        "reason": "urgent",
    },
}
