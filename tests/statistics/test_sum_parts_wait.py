"""A part that was given leaves its node once, when all others know of it; or never, and all are
told."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import transaction

from ayni.audit import api as audit
from ayni.exchange import draining
from ayni.gazette import api as gazette
from ayni.gazette.comparing import sums
from ayni.gazette.models import Comparison
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.masked import adding, forgetting, giving, kinds, masks, reading, sending
from ayni.statistics.masked.errors import RoundEnded
from ayni.statistics.masked.rounds import APART, Standing
from ayni.statistics.models import SumGiven, SumShare
from tests.agenda.stories import comes
from tests.exchange.peer import Peer
from tests.gazette.notices import index_comes
from tests.statistics.sums_stories import (
    LAYOUT,
    World,
    a_row,
    announces_share,
    declared_by,
    found,
    says,
    wanted,
)

JOB = audit.job("statistics.send_sum_parts")
HAS = a_row(female_adult=7)


@pytest.fixture
def argentina(db: None) -> Iterator[World]:
    """This node is Argentina's."""
    yield from found("ar")


@pytest.fixture
def office(db: None, settings: Any) -> Iterator[World]:
    """This node is the secretariat's."""
    settings.AYNI_NODE = members.SECRETARIAT
    yield from found(members.SECRETARIAT)


def given(world: World) -> str:
    """Argentina has given to a sum in which all take part."""
    digest = declared_by(world.secretariat)
    giving.take_part(by=world.officer, digest=digest)
    says(world.bo, digest)
    says(world.cl, digest)
    giving.give(by=world.officer, digest=digest, row=HAS, seen=HAS)
    return digest


def arrived(world: World) -> int:
    """How many parts the secretariat has."""
    draining.drain(peer=members.SECRETARIAT)
    return sum("share" in payload for payload in world.secretariat.read)


def receipts(*peers: Peer) -> None:
    """What is queued for them reaches them, and their receipts come back."""
    for peer in peers:
        draining.drain(peer=peer.node)


def kept(digest: str) -> sending.Kept | None:
    return sending.kept(reading.known_round(digest))


def test_a_part_leaves_only_when_all_others_have_receipted_its_announcement(
    argentina: World,
) -> None:
    digest = given(argentina)
    assert kept(digest) == sending.Kept(("bo", "cl"))
    receipts(argentina.bo)
    assert kept(digest) == sending.Kept(("cl",))
    assert (sending.send_what_may_leave(by=JOB), arrived(argentina)) == (0, 0)
    receipts(argentina.cl)
    assert kept(digest) == sending.Kept(())
    assert (sending.send_what_may_leave(by=JOB), arrived(argentina)) == (1, 1)
    assert kept(digest) is None
    assert (sending.send_what_may_leave(by=JOB), arrived(argentina)) == (0, 1)
    assert not SumShare.objects.exists()


@pytest.mark.parametrize("state", ["waiting", "set_aside"])
def test_a_receipt_that_says_it_is_not_applied_yet_confirms_nothing(
    argentina: World, state: str
) -> None:
    argentina.cl.says_state = state
    digest = given(argentina)
    receipts(argentina.bo, argentina.cl)
    assert kept(digest) == sending.Kept(("cl",))


def test_who_tells_that_it_holds_all_that_we_have_published_has_confirmed(
    argentina: World,
) -> None:
    digest = given(argentina)
    receipts(argentina.bo)
    index_comes({}, sender="cl")
    assert kept(digest) == sending.Kept(("cl",))
    index_comes(sums(), sender="cl")
    assert kept(digest) == sending.Kept(())


def test_what_was_told_before_it_was_announced_confirms_nothing(argentina: World) -> None:
    digest = given(argentina)
    said = gazette.one(owner="ar", kind=kinds.SHARE, key=digest)
    assert said is not None
    assert gazette.holders(said.digest) == frozenset()
    assert gazette.holders("0" * 64) == frozenset()
    at = said.received - timedelta(seconds=1)
    Comparison.objects.update_or_create(node="cl", defaults={"agreed_at": at})
    assert gazette.holders(said.digest) == frozenset()


def test_a_part_whose_last_day_passes_first_never_leaves_and_all_read_for_whom_it_waited(
    argentina: World,
) -> None:
    digest = given(argentina)
    for peer in (argentina.bo, argentina.cl):
        announces_share(peer, digest, masks.packed([1] * LAYOUT.cells))
    receipts(argentina.bo)
    with time_machine.travel(clock.now() + timedelta(days=20, minutes=1)):
        receipts(argentina.cl)  # too late
        assert (sending.send_what_may_leave(by=JOB), arrived(argentina)) == (0, 0)
        known = reading.known_round(digest)
        assert known.standing(clock.now()) is Standing.ENDED
        ended = known.ended(clock.now())
        assert ended is not None
        # Nobody is named who had confirmed by the time it was looked at.
        assert (ended.why, ended.states) == (statistics.Why.UNSENT, ("ar",))
        assert statistics.step_of(known.round, "ar") is statistics.Step.UNSENT
        assert sending.send_what_may_leave(by=JOB) == 0
    assert not SumShare.objects.exists()
    assert SumGiven.objects.filter(round=digest).exists(), "what refuses a second sum stays"


def test_the_states_that_had_not_confirmed_are_named(argentina: World) -> None:
    digest = given(argentina)
    receipts(argentina.bo)
    with time_machine.travel(clock.now() + timedelta(days=20, minutes=1)):
        sending.send_what_may_leave(by=JOB)
        ended = reading.known_round(digest).ended(clock.now())
    assert ended is not None
    assert (ended.why, ended.states) == (statistics.Why.UNSEEN, ("cl",))
    said = gazette.one(owner="ar", kind=kinds.UNSENT, key=digest)
    assert said is not None
    assert said.said.body == {"states": ["cl"]}


def test_a_node_that_is_killed_before_the_end_neither_loses_a_part_nor_sends_it_twice(
    argentina: World,
) -> None:
    digest = given(argentina)
    receipts(argentina.bo, argentina.cl)
    with pytest.raises(_KilledError):
        _queued_and_killed()
    assert kept(digest) == sending.Kept(())
    assert arrived(argentina) == 0
    assert (sending.send_what_may_leave(by=JOB), arrived(argentina)) == (1, 1)


class _KilledError(Exception):
    pass


@transaction.atomic
def _queued_and_killed() -> None:
    assert sending.send_what_may_leave(by=JOB) == 1
    raise _KilledError


def test_a_part_that_waits_is_not_deleted_at_night(argentina: World) -> None:
    digest = given(argentina)
    with time_machine.travel(clock.now() + timedelta(days=21)):
        assert forgetting.forget_what_ended(by=JOB) == 0
    assert SumShare.objects.filter(round=digest).exists(), "sending ends it, and tells"


def test_a_part_that_was_taken_back_never_leaves(argentina: World) -> None:
    digest = given(argentina)
    receipts(argentina.bo, argentina.cl)
    giving.withdraw(by=argentina.officer, digest=digest)
    assert kept(digest) is None
    assert (sending.send_what_may_leave(by=JOB), arrived(argentina)) == (0, 0)


def test_a_part_stays_where_the_secretariat_took_the_sum_back(argentina: World) -> None:
    digest = given(argentina)
    receipts(argentina.bo, argentina.cl)
    comes(argentina.secretariat, kinds.ROUND, "round-1", {}, version=2, withdrawn=True)
    found_ = kept(digest)
    assert found_ is not None
    assert str(found_.refused) == str(RoundEnded.reason)
    assert (sending.send_what_may_leave(by=JOB), arrived(argentina)) == (0, 0)


def test_one_that_stays_stops_no_other(argentina: World) -> None:
    first = given(argentina)
    digest = declared_by(argentina.secretariat, "round-2", table="smuggling_sex_age")
    giving.take_part(by=argentina.officer, digest=digest)
    says(argentina.bo, digest)
    says(argentina.cl, digest)
    row = [0] * statistics.sum_tables()["smuggling_sex_age"].layout.cells
    comes(argentina.secretariat, kinds.ROUND, "round-1", {}, version=2, withdrawn=True)
    giving.give(by=argentina.officer, digest=digest, row=row, seen=row)
    receipts(argentina.bo, argentina.cl)
    assert (sending.send_what_may_leave(by=JOB), arrived(argentina)) == (1, 1)
    assert kept(first) is not None


def test_only_the_job_says_that_a_part_never_left(argentina: World) -> None:
    digest = given(argentina)
    with pytest.raises(NotAllowed):
        gazette.publish(
            by=argentina.officer, kind=kinds.UNSENT, key=digest, body={"states": []}, seen=0
        )


def test_the_job_gives_nothing(argentina: World) -> None:
    digest = declared_by(argentina.secretariat)
    with pytest.raises(NotAllowed):
        giving.take_part(by=JOB, digest=digest)
    with pytest.raises(NotAllowed):
        giving.give(by=JOB, digest=digest, row=HAS, seen=HAS)


def test_who_has_announced_nothing_ends_no_sum_by_saying_that_it_never_left(
    argentina: World,
) -> None:
    digest = declared_by(argentina.secretariat)
    giving.take_part(by=argentina.officer, digest=digest)
    says(argentina.bo, digest)
    says(argentina.cl, digest)
    comes(argentina.cl, kinds.UNSENT, digest, {"states": ["bo"]})
    assert reading.known_round(digest).standing(clock.now()) is Standing.AGREED


def test_what_a_state_says_never_left_is_in_no_sum_and_it_is_declared_again_with_all(
    office: World,
) -> None:
    digest = statistics.declare_sum(by=office.officer, wanted=wanted())
    for peer in (office.ar, office.bo, office.cl):
        says(peer, digest)
        announces_share(peer, digest, masks.packed([1] * LAYOUT.cells))
    comes(office.cl, kinds.UNSENT, digest, {"states": ["bo"]})
    known = reading.known_round(digest)
    assert adding.parts(known)["cl"] is adding.Part.UNSENT
    assert adding.parts(known)["ar"] is adding.Part.ON_ITS_WAY
    assert known.standing(clock.now()) is Standing.ENDED
    with time_machine.travel(known.round.declared.share_due + APART + timedelta(minutes=1)):
        again = statistics.declare_sum(by=office.officer, wanted=wanted())
    assert again != digest
