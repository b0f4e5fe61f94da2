"""Kinds of message that the version before does not know: there they are kept and shown, and here
the conversation goes on, whatever that version says to them."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as configured
from pytest_django import Settings

from ayni.alerts import api as alerts
from ayni.alerts.expiring import remove_expired
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.exchange import wired
from ayni.exchange.models import IncomingMessage, OutgoingMessage
from ayni.lib import clock
from ayni.members import api as members
from ayni.returns import api as returns
from tests.alerts.stories import from_bolivia
from tests.cast import Cast
from tests.exchange import kinds
from tests.exchange.peer import Peer
from tests.returns.test_first_readings import _theirs

RECORDED = Path(__file__).parent.parent / "exchange" / "recorded"
AT = "2026-12-01T10:00:00Z"
# One payload of every kind of which no recording of an earlier version holds one.
NEWER: dict[str, dict[str, Any]] = {
    "alert.answer_removed": {"id": "b" * 32, "at": AT},
    "alert.answer_withdrawn": {"id": "b" * 32, "at": AT},
    "alert.read": {"at": AT, "role": "case_supervisor"},
    "return.read": {"at": AT, "role": "case_supervisor", "over": "a" * 64},
    "travel.stopped": {"at": AT, "over": "a" * 64, "effect": "destroyed", "reason": ""},
}
# Of the form of `information`, of which there are recordings.
_AS_RECORDED = {
    "follow_up.ask_with_data", "follow_up.answer", "follow_up.answer_with_data",
    "nationality.answer",
}  # fmt: skip
_WIRED = ("AYNI_MESSAGE_KINDS", "AYNI_RECEIVERS", "AYNI_STILL_ALLOWED")


def _learnt_anew() -> None:
    for table in (wired.kind, wired.receiver, wired.still_allowed):
        table.cache_clear()


@pytest.fixture
def earlier(settings: Settings) -> Iterator[Settings]:
    """This node is of the version before: it knows none of these kinds."""
    kinds.wire(settings)
    kinds.taken.clear()
    for name in _WIRED:
        known = getattr(settings, name)
        setattr(settings, name, {kind: path for kind, path in known.items() if kind not in NEWER})
    _learnt_anew()
    yield settings
    _learnt_anew()


def test_of_every_kind_a_recording_is_read_or_it_is_tried_here() -> None:
    recorded = {
        each["kind"]
        for name in ("payloads.json", "payloads_2.json")
        for each in json.loads((RECORDED / name).read_text("utf-8"))
    }

    assert {*configured.AYNI_MESSAGE_KINDS} - recorded == {*NEWER} | _AS_RECORDED
    for kind, payload in NEWER.items():
        wired.kind(kind).check(payload)


@pytest.mark.parametrize("kind", sorted(NEWER))
def test_the_version_before_keeps_it_shows_it_and_goes_on(
    bolivia: Peer, earlier: Settings, cast: Cast, kind: str
) -> None:
    talk = secrets.token_hex(16)
    note = {"data": {"n": 1}}
    for number, (each, payload) in enumerate(
        [("test.note", note), (kind, NEWER[kind]), ("test.note", note)], 1
    ):
        raw = bolivia.seal(payload, kind=each, conversation=talk, sequence=number)
        assert exchange.receive(raw=raw, signed_by="bo").receipt

    rows = IncomingMessage.objects.order_by("sequence").values_list("state", "reason")
    assert list(rows) == [("applied", ""), ("set_aside", "unknown_kind"), ("applied", "")]
    assert [(one.kind, one.peer) for one in exchange.kept_for_upgrade()] == [(kind, "bo")]
    (shown,) = exchange.set_aside(by=members.actor_of(cast.nadia), page=1)
    assert (shown.kind, shown.words is not None, shown.again) == (kind, True, False)

    for name in _WIRED:  # the upgrade
        setattr(earlier, name, {**getattr(configured, name), **_of_ours(name)})
    _learnt_anew()
    exchange.take_up()

    assert exchange.kept_for_upgrade() == [], "its room has judged it"
    assert IncomingMessage.objects.get(kind=kind).reason == "not_theirs"


def _of_ours(name: str) -> dict[str, str]:
    """What a table of the wiring holds of these kinds."""
    from ayni.config import wiring

    return {
        kind: path
        for kind, path in getattr(wiring, name.removeprefix("AYNI_")).items()
        if kind in NEWER
    }


@pytest.mark.parametrize("keeps", [True, False])
def test_who_issued_an_alert_and_knows_no_readings_still_hears_of_its_removal(
    ana: Actor, bolivia: Peer, keeps: bool
) -> None:
    bolivia.unheard, bolivia.keeps_unheard = frozenset(NEWER), keeps
    from_bolivia(bolivia, secrets.token_hex(16))
    (row,) = alerts.alerts_received(by=ana)
    for _each in range(2):
        alerts.open_received(by=ana, alert_id=row.id)
        exchange.drain(peer="bo")

    _settled_once("alert.read", keeps)
    with time_machine.travel(row.until, tick=False):
        remove_expired(now=clock.now())
        exchange.drain(peer="bo")
    assert bolivia.read[-1]["why"] == "expired"


@pytest.mark.parametrize("keeps", [True, False])
def test_who_proposed_an_assessment_and_knows_no_readings_still_hears_the_answer(
    ana: Actor, bolivia: Peer, keeps: bool
) -> None:
    bolivia.unheard, bolivia.keeps_unheard = frozenset(NEWER), keeps
    row = _theirs(ana, bolivia)
    for _each in range(2):
        returns.open_assessment(by=ana, assessment_id=row.id)
        exchange.drain(peer="bo")

    _settled_once("return.read", keeps)
    returns.sign(by=ana, assessment_id=row.id, answer="yes")
    exchange.drain(peer="bo")
    assert bolivia.read[-1]["answer"] == "yes"


def _settled_once(kind: str, keeps: bool) -> None:
    (sent,) = OutgoingMessage.objects.filter(kind=kind)
    expected = ("delivered", "set_aside") if keeps else ("refused", "unknown_kind")
    assert (sent.state, sent.reason, sent.attempts) == (*expected, 1)
