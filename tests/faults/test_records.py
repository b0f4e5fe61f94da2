"""What a node's own tables tell the judge of alerts and their removal."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from ayni.alerts import api as alerts
from ayni.alerts.models import ReceivedAlert
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault
from tests.alerts.stories import an_alert, from_bolivia, says
from tests.cast import Cast
from tests.cooperation.stories import bolivias_node
from tests.exchange.peer import Peer
from tests.faults.records import records

FIELDS = "last_country name_as_written"


@pytest.fixture
def bolivia(transactional_db: None) -> Iterator[Peer]:
    """Bolivia's node, in a directory with ours."""
    with bolivias_node() as peer:
        yield peer


@pytest.fixture
def ana(bolivia: Peer, cast: Cast) -> Actor:
    """Ana of the programme."""
    return members.actor_of(cast.ana)


def test_an_alert_stands_until_it_is_removed_and_then_both_sides_say_when(
    ana: Actor, bolivia: Peer
) -> None:
    talk = secrets.token_hex(16)
    from_bolivia(bolivia, talk)
    assert records()[talk] == (f"stands: {FIELDS}",)

    says(bolivia, talk, 2, "alert.recall", at=clock.isoformat(clock.now()))
    exchange.drain(peer="bo")

    at = bolivia.read[-1]["at"]
    assert records()[talk] == (f"removed {at} recalled {FIELDS}",)


def test_an_alert_is_not_removed_while_its_key_is_there_nor_stands_without_it(
    ana: Actor, bolivia: Peer
) -> None:
    talk, other = secrets.token_hex(16), secrets.token_hex(16)
    from_bolivia(bolivia, talk)
    from_bolivia(bolivia, other)
    with members.acting(ana.institution):
        ReceivedAlert.objects.filter(conversation=talk).update(
            removed_at=clock.now(), why_removed="recalled", content=None
        )
        vault.erase_subject(ReceivedAlert.objects.get(conversation=other).subject)

    assert records()[talk] == ("removed, and still there",)
    assert records()[other] == ("stands: ",)


def test_whoever_issued_an_alert_says_that_it_is_removed_once_that_is_confirmed(
    ana: Actor, bolivia: Peer
) -> None:
    with members.acting(ana.institution):
        alert = an_alert(ana)
        (copy,) = alert.copies.all()
        stands = f"stands: {' '.join(sorted(alert.fields))}"
        assert records()[copy.conversation] == (stands,)
        exchange.drain(peer="bo")
        alerts.recall_alert(by=ana, alert_id=alert.id, reason="found")
    assert records()[copy.conversation] == ("recalled, and not confirmed",)

    at = clock.isoformat(clock.now())
    removed = {"at": at, "why": "recalled", "fields": ["last_country"]}
    assert says(bolivia, copy.conversation, 1, "alert.removed", **removed) == "applied"
    assert records()[copy.conversation] == (f"removed {at} recalled last_country",)
