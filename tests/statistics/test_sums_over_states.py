"""Sums over states: who adds learns the sum and nothing else; a state gives only what it saw."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.exchange import draining
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics.masked import (
    adding,
    declaring,
    forgetting,
    giving,
    kinds,
    masks,
    reading,
    sending,
)
from ayni.statistics.masked.errors import (
    AlreadyAdded,
    AlreadyGiven,
    CountsChanged,
    GivenBeforeAnswered,
    NotAgreed,
    PeriodReversed,
    SeedMissing,
    SomebodyLeftOut,
    TooFarOff,
    TooFewStates,
    TooLate,
    TooManyKept,
    UnknownRound,
    UnknownTable,
    YearRuns,
)
from ayni.statistics.masked.rounds import LONGEST, Standing
from ayni.statistics.models import SumGiven, SumSeed, SumShare
from tests.agenda.stories import comes
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer
from tests.statistics.sums_stories import (
    LAYOUT,
    STATES,
    World,
    a_row,
    announces_share,
    declared_by,
    found,
    gives,
    message_comes,
    says,
    wanted,
)

JOB = audit.job("statistics.send_sum_parts")
AR_HAS, BO_HAS, CL_HAS = a_row(female_adult=7), a_row(female_child=2), a_row(male_adult=4)


@pytest.fixture
def argentina(db: None) -> Iterator[World]:
    """This node is Argentina's."""
    yield from found("ar")


@pytest.fixture
def chile(db: None, settings: Any) -> Iterator[World]:
    """This node is Chile's."""
    settings.AYNI_NODE = "cl"
    yield from found("cl")


@pytest.fixture
def office(db: None, settings: Any) -> Iterator[World]:
    """This node is the secretariat's."""
    settings.AYNI_NODE = members.SECRETARIAT
    yield from found(members.SECRETARIAT)


def sent_to(peer: Peer, kind_has: str) -> list[dict[str, Any]]:
    """What a peer has received, of messages with this name in them."""
    draining.drain(peer=peer.node)
    return [payload for payload in peer.read if kind_has in payload]


def leaves(argentina: World) -> list[dict[str, Any]]:
    """The parts that the secretariat has after both others have receipted what was announced."""
    for peer in (argentina.bo, argentina.cl):
        draining.drain(peer=peer.node)
    sending.send_what_may_leave(by=JOB)
    return sent_to(argentina.secretariat, "share")


def agreed(world: World) -> str:
    """A round in which all three take part; this node is Argentina's."""
    digest = declared_by(world.secretariat)
    giving.take_part(by=world.officer, digest=digest)
    says(world.bo, digest)
    says(world.cl, digest)
    return digest


def test_taking_part_sends_a_secret_to_each_state_and_what_is_given_hides_the_counts(
    argentina: World,
) -> None:
    digest = agreed(argentina)
    (to_bolivia,) = sent_to(argentina.bo, "seed")
    (to_chile,) = sent_to(argentina.cl, "seed")
    assert to_bolivia["round"] == to_chile["round"] == digest
    assert to_bolivia["seed"] != to_chile["seed"]
    giving.give(by=argentina.officer, digest=digest, row=AR_HAS, seen=AR_HAS)
    (told,) = leaves(argentina)
    share = masks.unpacked(base64.b64decode(told["share"]), cells=LAYOUT.cells)
    # With the secrets of both pairs the counts are there again; without, nothing is small.
    assert all(cell > masks.LARGEST_COUNT for cell in share)
    seeds = {"bo": base64.b64decode(to_bolivia["seed"]), "cl": base64.b64decode(to_chile["seed"])}
    about = bytes.fromhex(digest)
    again = masks.masked(AR_HAS, state="ar", states=STATES, seeds=seeds, round_digest=about)
    assert again == share
    said = gazette.one(owner="ar", kind=kinds.SHARE, key=digest)
    assert said is not None
    expected = masks.commitment(masks.packed(share), state="ar", round_digest=about)
    assert said.said.body["commitment"] == expected


def test_the_secrets_are_gone_when_the_part_is_given(argentina: World) -> None:
    digest = agreed(argentina)
    giving.give(by=argentina.officer, digest=digest, row=AR_HAS, seen=AR_HAS)
    assert not SumSeed.objects.exists()


def test_nothing_is_given_before_all_take_part(argentina: World) -> None:
    digest = declared_by(argentina.secretariat)
    giving.take_part(by=argentina.officer, digest=digest)
    says(argentina.bo, digest)
    with pytest.raises(NotAgreed):
        giving.give(by=argentina.officer, digest=digest, row=AR_HAS, seen=AR_HAS)
    assert not sent_to(argentina.secretariat, "share")


def test_counts_that_changed_since_they_were_seen_are_not_given(argentina: World) -> None:
    digest = agreed(argentina)
    with pytest.raises(CountsChanged):
        giving.give(by=argentina.officer, digest=digest, row=AR_HAS, seen=BO_HAS)
    assert SumSeed.objects.count() == 2


def test_a_state_that_says_no_ends_the_sum_for_all(argentina: World) -> None:
    digest = declared_by(argentina.secretariat)
    says(argentina.bo, digest, takes_part=False)
    assert reading.known_round(digest).standing(clock.now()) is Standing.ENDED
    with pytest.raises(TooLate):
        giving.take_part(by=argentina.officer, digest=digest)


def test_declining_forgets_the_secrets(argentina: World) -> None:
    digest = declared_by(argentina.secretariat)
    giving.take_part(by=argentina.officer, digest=digest)
    giving.decline(by=argentina.officer, digest=digest, reason="few")
    assert not SumSeed.objects.exists()
    assert reading.known_round(digest).standing(clock.now()) is Standing.ENDED


def test_taking_part_twice_sends_no_second_secret(argentina: World) -> None:
    digest = declared_by(argentina.secretariat)
    giving.take_part(by=argentina.officer, digest=digest)
    giving.take_part(by=argentina.officer, digest=digest)
    assert len({told["seed"] for told in sent_to(argentina.bo, "seed")}) == 1


def test_a_round_that_was_taken_back_receives_nothing(argentina: World) -> None:
    digest = declared_by(argentina.secretariat)
    comes(argentina.secretariat, kinds.ROUND, "round-1", {}, version=2, withdrawn=True)
    with pytest.raises(TooLate):
        giving.take_part(by=argentina.officer, digest=digest)


def test_another_set_of_states_is_refused_once_somebody_has_given(argentina: World) -> None:
    digest = agreed(argentina)
    giving.give(by=argentina.officer, digest=digest, row=AR_HAS, seen=AR_HAS)
    for peer, row in ((argentina.bo, BO_HAS), (argentina.cl, CL_HAS)):
        announces_share(peer, digest, masks.packed(row))
    again = declared_by(
        argentina.secretariat, "round-2", table="trafficking_citizenship_sex",
        states=["ar", "bo", "uy"],
    )  # fmt: skip
    with pytest.raises(SomebodyLeftOut):
        giving.take_part(by=argentina.officer, digest=again)
    twice = declared_by(argentina.secretariat, "round-3", last=date(2025, 12, 30))
    with pytest.raises(AlreadyAdded):
        giving.take_part(by=argentina.officer, digest=twice)


def test_a_part_can_be_taken_back_until_every_part_is_there(argentina: World) -> None:
    digest = agreed(argentina)
    giving.give(by=argentina.officer, digest=digest, row=AR_HAS, seen=AR_HAS)
    giving.withdraw(by=argentina.officer, digest=digest)
    assert reading.known_round(digest).standing(clock.now()) is Standing.ENDED


def test_a_part_that_can_be_in_the_sum_cannot_be_taken_back(argentina: World) -> None:
    digest = agreed(argentina)
    giving.give(by=argentina.officer, digest=digest, row=AR_HAS, seen=AR_HAS)
    for peer, row in ((argentina.bo, BO_HAS), (argentina.cl, CL_HAS)):
        announces_share(peer, digest, masks.packed(row))
    with pytest.raises(TooLate):
        giving.withdraw(by=argentina.officer, digest=digest)


def test_only_a_statistician_takes_part_and_gives(argentina: World) -> None:
    digest = declared_by(argentina.secretariat)
    place = an_institution("ar-programme")
    focal = members.actor_of(an_officer("fede", place, members.Role.NATIONAL_FOCAL_POINT))
    for verb in (giving.take_part, giving.withdraw):
        with pytest.raises(NotAllowed):
            verb(by=focal, digest=digest)
    with pytest.raises(NotAllowed):
        giving.decline(by=focal, digest=digest, reason="few")
    with pytest.raises(NotAllowed):
        giving.give(by=focal, digest=digest, row=AR_HAS, seen=AR_HAS)


def test_a_round_that_nobody_has_declared_is_not_known(argentina: World) -> None:
    with pytest.raises(UnknownRound):
        giving.take_part(by=argentina.officer, digest="0" * 64)


def test_a_part_is_given_once_and_who_gives_again_reads_why(argentina: World) -> None:
    digest = agreed(argentina)
    giving.give(by=argentina.officer, digest=digest, row=AR_HAS, seen=AR_HAS)
    with pytest.raises(AlreadyGiven):
        giving.give(by=argentina.officer, digest=digest, row=AR_HAS, seen=AR_HAS)


def test_nobody_bars_other_sums_by_a_day_that_is_far_away(argentina: World) -> None:
    far = declared_by(argentina.secretariat, "far", share_due=clock.now() + 2 * LONGEST)
    with pytest.raises(TooFarOff):
        giving.take_part(by=argentina.officer, digest=far)
    for peer in (argentina.bo, argentina.cl):  # and they lie
        says(peer, far)
        announces_share(peer, far, masks.packed([1]))
    digest = declared_by(argentina.secretariat)
    giving.take_part(by=argentina.officer, digest=digest)


def test_secrets_of_a_sum_that_ended_are_deleted_at_night_and_what_was_given_is_not_forgotten(
    argentina: World,
) -> None:
    digest = agreed(argentina)
    runs = declared_by(argentina.secretariat, "round-2", table="smuggling_sex_age")
    giving.take_part(by=argentina.officer, digest=runs)
    SumGiven.objects.create(
        round="9" * 64, population="trafficking_cases", table="trafficking_sex_age",
        first=date(2020, 1, 1), last=date(2020, 12, 31), states=["ar"], given_at=clock.now(),
    )  # fmt: skip
    assert forgetting.forget_what_ended(by=JOB) == 0
    says(argentina.cl, digest, takes_part=False, version=2)
    assert forgetting.forget_what_ended(by=JOB) == 2
    assert set(SumSeed.objects.values_list("round", flat=True)) == {runs}
    assert SumGiven.objects.count() == 1


# Chile's side: others make its secrets


def test_a_part_waits_for_the_secret_of_every_pair(chile: World) -> None:
    digest = declared_by(chile.secretariat)
    says(chile.ar, digest)
    says(chile.bo, digest)
    giving.take_part(by=chile.officer, digest=digest)
    seed = base64.b64encode(masks.new_seed()).decode()
    message_comes("sum.seed", "ar", round=digest, seed=seed)
    with pytest.raises(SeedMissing):
        giving.give(by=chile.officer, digest=digest, row=CL_HAS, seen=CL_HAS)
    message_comes("sum.seed", "bo", round=digest, seed=seed)
    giving.give(by=chile.officer, digest=digest, row=CL_HAS, seen=CL_HAS)


# The secretariat's side


def declare(office: World, **changed: Any) -> str:
    return declaring.declare_sum(by=office.officer, wanted=wanted(**changed))


def all_take_part(office: World, digest: str) -> dict[frozenset[str], bytes]:
    for peer in (office.ar, office.bo, office.cl):
        says(peer, digest)
    return {frozenset(pair): masks.new_seed() for pair in itertools.combinations(STATES, 2)}


def test_the_secretariat_learns_the_sum_when_the_last_part_is_there(office: World) -> None:
    digest = declare(office)
    seeds = all_take_part(office, digest)
    gives(office.ar, digest, AR_HAS, seeds)
    gives(office.bo, digest, BO_HAS, seeds)
    assert adding.arrived(digest) == ["ar", "bo"]
    assert adding.sums(by=office.statistician) == []
    gives(office.cl, digest, CL_HAS, seeds)
    (added,) = adding.sums(by=office.statistician)
    assert added.cells is not None
    assert added.cells["female", "adult"] == 7
    assert added.cells["female", "total"] == 9
    assert added.cells["total", "total"] == 13
    assert not SumShare.objects.exists(), "the parts are gone when the sum is made"


def test_a_part_that_comes_before_it_is_announced_waits(office: World) -> None:
    digest = declare(office)
    seeds = all_take_part(office, digest)
    for peer, row in ((office.ar, AR_HAS), (office.bo, BO_HAS)):
        gives(peer, digest, row, seeds)
    share = gives(office.cl, digest, CL_HAS, seeds, announces=False)
    assert adding.add_what_is_complete(by=office.officer) == 0
    announces_share(office.cl, digest, share)
    assert adding.add_what_is_complete(by=office.officer) == 1
    assert len(adding.sums(by=office.statistician)) == 1


def test_a_part_under_other_masks_gives_no_table_and_is_not_shown_as_one(office: World) -> None:
    digest = declare(office)
    seeds = all_take_part(office, digest)
    gives(office.ar, digest, AR_HAS, seeds)
    gives(office.bo, digest, BO_HAS, seeds)
    wrong = {**seeds, frozenset({"bo", "cl"}): masks.new_seed()}
    gives(office.cl, digest, CL_HAS, wrong)
    (added,) = adding.sums(by=office.statistician)
    assert added.cells is None


def test_a_part_that_is_not_what_was_announced_is_not_added(office: World) -> None:
    digest = declare(office)
    seeds = all_take_part(office, digest)
    gives(office.ar, digest, AR_HAS, seeds)
    gives(office.bo, digest, BO_HAS, seeds)
    announces_share(office.cl, digest, masks.packed([1] * LAYOUT.cells))
    gives(office.cl, digest, CL_HAS, seeds, announces=False)
    assert adding.sums(by=office.statistician) == []


def test_a_second_part_of_one_state_changes_nothing(office: World) -> None:
    digest = declare(office)
    seeds = all_take_part(office, digest)
    gives(office.ar, digest, AR_HAS, seeds)
    gives(office.ar, digest, BO_HAS, seeds, announces=False)
    assert adding.arrived(digest) == ["ar"]


def test_parts_of_a_sum_that_ended_are_deleted_at_night(office: World) -> None:
    digest = declare(office)
    seeds = all_take_part(office, digest)
    gives(office.ar, digest, AR_HAS, seeds)
    assert forgetting.forget_what_ended(by=JOB) == 0
    with time_machine.travel(clock.now() + timedelta(days=21)):
        assert forgetting.forget_what_ended(by=JOB) == 1
    assert not SumShare.objects.exists()


def test_parts_that_may_still_be_added_stay(office: World) -> None:
    digest = declare(office)
    seeds = all_take_part(office, digest)
    for peer, row in ((office.ar, AR_HAS), (office.bo, BO_HAS)):
        gives(peer, digest, row, seeds)
    announces_share(office.cl, digest, masks.packed([1] * LAYOUT.cells))
    with time_machine.travel(clock.now() + timedelta(days=21)):
        assert forgetting.forget_what_ended(by=JOB) == 0
    assert SumShare.objects.count() == 2


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"states": ["ar", "bo"]}, TooFewStates),
        ({"table": "nothing"}, UnknownTable),
        ({"last": date(2024, 12, 31)}, PeriodReversed),
        ({"last": date(2999, 12, 31)}, YearRuns),
        ({"answer_due": clock.now() - timedelta(days=1)}, TooLate),
        ({"share_due": clock.now()}, GivenBeforeAnswered),
        ({"share_due": clock.now() + LONGEST + timedelta(days=1)}, TooFarOff),
    ],
)
def test_what_cannot_be_added_is_not_declared(
    office: World, changed: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        declare(office, **changed)
    assert reading.known_rounds() == []


def test_after_a_state_dropped_out_a_new_round_without_it_gives_the_sum_of_the_others(
    office: World,
) -> None:
    lapsed = declare(office, states=["ar", "bo", "cl", "uy"])
    for peer in (office.ar, office.bo, office.cl):
        says(peer, lapsed)
    with time_machine.travel(clock.now() + timedelta(days=11)):
        assert reading.known_round(lapsed).standing(clock.now()) is Standing.ENDED
        digest = declare(office)
        seeds = all_take_part(office, digest)
        for peer, row in ((office.ar, AR_HAS), (office.bo, BO_HAS), (office.cl, CL_HAS)):
            gives(peer, digest, row, seeds)
        assert len(adding.sums(by=office.statistician)) == 1


def test_only_the_secretariat_declares(argentina: World) -> None:
    with pytest.raises(NotAllowed):
        declaring.declare_sum(by=argentina.officer, wanted=wanted())


def test_what_was_given_is_not_forgotten_with_what_was_published(argentina: World) -> None:
    # This node has given to a sum of which nothing is to be had any more.
    SumGiven.objects.create(
        round="9" * 64, population="trafficking_cases", table="trafficking_sex_age",
        first=date(2025, 1, 1), last=date(2025, 12, 31), states=["ar", "bo", "cl"],
        given_at=clock.now(),
    )  # fmt: skip
    same = declared_by(argentina.secretariat, "round-8")
    with pytest.raises(AlreadyAdded):
        giving.take_part(by=argentina.officer, digest=same)
    other = declared_by(
        argentina.secretariat, "round-9", table="trafficking_citizenship_sex",
        states=["ar", "bo", "uy"],
    )  # fmt: skip
    with pytest.raises(SomebodyLeftOut):
        giving.take_part(by=argentina.officer, digest=other)


def test_giving_is_noted_here_as_well(argentina: World) -> None:
    digest = agreed(argentina)
    giving.give(by=argentina.officer, digest=digest, row=AR_HAS, seen=AR_HAS)
    assert SumGiven.objects.get().round == digest


def test_two_parts_announced_under_one_number_cannot_be_added(office: World) -> None:
    digest = declare(office)
    seeds = all_take_part(office, digest)
    gives(office.ar, digest, AR_HAS, seeds)
    gives(office.bo, digest, BO_HAS, seeds)
    announces_share(office.cl, digest, masks.packed([1] * LAYOUT.cells))
    gives(office.cl, digest, CL_HAS, seeds)
    assert adding.sums(by=office.statistician) == []


def test_parts_of_sums_that_nobody_declared_do_not_fill_the_disk(office: World) -> None:
    share = base64.b64encode(masks.packed([1])).decode()
    for number in range(adding.MOST_UNKNOWN):
        message_comes("sum.share", "ar", round=f"{number:064x}", share=share)
    with pytest.raises(TooManyKept):
        message_comes("sum.share", "ar", round="f" * 64, share=share)
    assert SumShare.objects.count() == adding.MOST_UNKNOWN


def test_a_part_of_another_length_or_of_a_state_that_is_not_named_is_not_kept(
    office: World,
) -> None:
    digest = declare(office)
    short = base64.b64encode(masks.packed([1])).decode()
    whole = base64.b64encode(masks.packed([1] * LAYOUT.cells)).decode()
    message_comes("sum.share", "ar", round=digest, share=short)
    message_comes("sum.share", "uy", round=digest, share=whole)
    assert not SumShare.objects.exists()


def test_sums_are_opened_by_a_statistician_only(office: World) -> None:
    with pytest.raises(NotAllowed):
        adding.sums(by=office.officer)
