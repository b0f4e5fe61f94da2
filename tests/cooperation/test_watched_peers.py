"""What the administrator is told of the way to another node."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest
import time_machine
from pytest_django import Settings

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.exchange.models import TakenOfPeer
from ayni.lib import clock
from ayni.members import api as members
from ayni.watch import api as watch
from tests.cast import Cast
from tests.cooperation.stories import CONSULATE, a_consented_case, a_draft
from tests.exchange.peer import Peer

Told = dict[str, tuple[float | None, watch.Level]]


def _of_bolivia(cast: Cast) -> Told:
    found = watch.status(by=members.actor_of(cast.nadia))
    return {r.metric.name: (r.value, r.level) for r in found if r.member == "bo"}


@pytest.fixture
def waits(ana: Actor, bolivia: Peer) -> Peer:
    """A referral waits for Bolivia's node, which does not answer."""
    case = a_consented_case(ana, state="bo", institution=CONSULATE, side="host")
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    bolivia.stop()
    cooperation.send_referral(by=ana, referral_id=draft.id)
    return bolivia


def test_a_member_to_which_nothing_waits_is_well(bolivia: Peer, cast: Cast) -> None:
    told = _of_bolivia(cast)
    assert {level for _value, level in told.values()} == {watch.Level.GOOD}
    assert told["ayni_peer_message_age_seconds"][0] == 0


def test_a_message_that_waits_for_half_a_day_is_wrong(waits: Peer, cast: Cast) -> None:
    with time_machine.travel(clock.now() + timedelta(hours=2), tick=False):
        value, level = _of_bolivia(cast)["ayni_peer_message_age_seconds"]
        assert value is not None
        assert value >= 2 * 3600
        assert level is watch.Level.LOOK
    with time_machine.travel(clock.now() + timedelta(hours=13), tick=False):
        assert _of_bolivia(cast)["ayni_peer_message_age_seconds"][1] is watch.Level.WRONG


def test_failures_in_a_row_are_told(waits: Peer, cast: Cast) -> None:
    for hours in range(1, 5):
        with time_machine.travel(clock.now() + timedelta(hours=hours), tick=False):
            exchange.drain(peer="bo")
    value, level = _of_bolivia(cast)["ayni_peer_failures"]
    assert value is not None
    assert value >= 3
    assert level is watch.Level.LOOK


@pytest.mark.parametrize(
    ("part", "level"),
    [(0.4, watch.Level.GOOD), (0.5, watch.Level.LOOK), (1, watch.Level.WRONG)],
)
def test_a_member_that_brings_what_it_may_in_a_day_is_told(
    bolivia: Peer, cast: Cast, settings: Settings, part: float, level: watch.Level
) -> None:
    settings.AYNI_PEER_MEGABYTES_A_DAY = 10
    TakenOfPeer.objects.create(
        node="bo", day=clock.now().astimezone(UTC).date(), size=part * 10 * 1_048_576
    )

    assert _of_bolivia(cast)["ayni_peer_day_ratio"] == (part, level)


def test_keys_that_end_soon_are_told(bolivia: Peer, cast: Cast) -> None:
    until = exchange.key_sheet("bo")["body"]["valid_until"]  # type: ignore[index]
    with time_machine.travel(clock.parse(until) - timedelta(days=2), tick=False):
        assert _of_bolivia(cast)["ayni_peer_keys_valid_seconds"][1] is watch.Level.WRONG
