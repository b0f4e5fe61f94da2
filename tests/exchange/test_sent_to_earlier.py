"""What this version sends is taken by nodes of the version before: its kinds of message are frozen
(tests/exchange/recorded/README.md). What those nodes have sent is read here: test_versions.py."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from django.conf import settings

from ayni.exchange import api as exchange
from ayni.exchange import envelope, wired
from ayni.lib import clock
from tests.exchange import earlier
from tests.exchange.peer import CONSULATE, SETUP, Peer

AT = "2026-12-01T10:00:00Z"
# Kinds whose form is another one now: payloads of every form that is sent, which that version takes
# all the same; none where it need not, and here stands why.
CHANGED: dict[str, list[dict[str, Any]]] = {}


@pytest.mark.parametrize("kind", sorted(earlier.recorded()))
def test_what_is_sent_of_each_kind_is_what_the_version_before_takes(kind: str) -> None:
    """Nothing leaves that is not of its kind's form, as the next test says: where that is the form
    of then, whatever leaves is taken there."""
    then, now = earlier.recorded()[kind], wired.kind(kind)

    if kind not in CHANGED:
        assert earlier.told(now) == then
    for payload in CHANGED.get(kind, []):
        now.check(payload)
        assert earlier.refuses(kind, payload) == ""


def test_nothing_leaves_that_is_not_of_its_kinds_form(bolivia: Peer) -> None:
    def queue(**more: str) -> str:
        return exchange.queue(
            by=SETUP, kind="alert.recall", recipient="bo", recipient_institution=CONSULATE,
            institution="ar-programme", payload={"at": AT, **more}, grant=None,
            conversation=exchange.new_conversation(),
        )  # fmt: skip

    assert queue()
    with pytest.raises(exchange.Malformed):
        queue(why="found")


def test_every_kind_of_the_version_before_is_still_known_and_of_others_nothing_is_said() -> None:
    assert {*settings.AYNI_MESSAGE_KINDS} >= {*earlier.recorded()}
    assert earlier.refuses("alert.of_tomorrow", {"anything": 1}) == ""


@pytest.mark.parametrize(
    ("more", "why"),
    [({}, ""), ({"why": "found"}, "malformed"), ({"at": "soon"}, "malformed")],
)
def test_bolivia_in_the_tests_takes_what_the_version_before_takes_and_nothing_else(
    more: dict[str, str], why: str
) -> None:
    bolivia = Peer()
    raw = envelope.seal(
        {"at": AT, **more},
        route=envelope.Route(1, "ar", "ar-programme", 1, "bo", CONSULATE, 1),
        kind="alert.recall",
        message=secrets.token_hex(16),
        conversation=secrets.token_hex(16),
        sequence=1,
        created=clock.now(),
        due=None,
        recipient_key=bolivia.hpke[1],
        signing_key=secrets.token_bytes(32),
    )

    status, _answer = bolivia.take(raw)

    assert (status, len(bolivia.read)) == ((422, 0) if why else (200, 1))
    assert bolivia.misunderstood == ([f"alert.recall: {why}"] if why else [])
    bolivia.misunderstood.clear()
