"""A sum over states is a true count: it leaves the secretariat through a release only."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.api import Declared, Method, ReleaseState
from ayni.statistics.masked.errors import UnknownRound
from ayni.statistics.releasing.errors import NothingToRelease, OwnProposal, ProposalRefused
from tests.cast import an_officer
from tests.statistics.release_stories import accepted, checked
from tests.statistics.sums_stories import a_row, gives
from tests.statistics.test_sums_over_states import World, all_take_part, declare, found


@pytest.fixture
def office(db: None, settings: Any) -> Iterator[World]:
    """This node is the secretariat's."""
    settings.AYNI_NODE = members.SECRETARIAT
    yield from found(members.SECRETARIAT)


def added(office: World, **rows: list[int]) -> str:
    """A sum to which each state gave its row."""
    digest = declare(office)
    seeds = all_take_part(office, digest)
    for peer in (office.ar, office.bo, office.cl):
        gives(peer, digest, rows.get(peer.node, a_row()), seeds)
    return digest


def propose(office: World, digest: str, declared: Declared | None = None) -> Any:
    row = statistics.propose_release(
        by=office.statistician, source="sum", digest=digest, declared=declared
    )
    return checked(row.id)


def test_where_one_state_alone_has_anything_what_is_few_is_hidden(office: World) -> None:
    digest = added(office, ar=a_row(female_adult=31, female_child=3, male_adult=24))
    row = propose(office, digest)
    assert row.state == ReleaseState.CHECKED
    place = members.institution(office.statistician.institution)
    mario = members.actor_of(an_officer("mario", place, members.Role.STATISTICIAN))
    with pytest.raises(OwnProposal):
        accepted(office.statistician, row)
    accepted(mario, row)
    row = statistics.publish_release(by=mario, release_id=row.id)
    _entry, content = statistics.published_release(owner=members.SECRETARIAT, key=row.key)
    lines = {line.codes: line.value for line in content.tables[0].lines}
    assert lines["female", "child"] is None
    assert not [value for value in lines.values() if value is not None and 0 < value < 10]
    assert content.about["states"] == ["AR", "BO", "CL"]
    assert statistics.rebuild_release(by=mario, release_id=row.id).same


def test_a_sum_that_was_not_made_here_is_not_proposed(office: World) -> None:
    with pytest.raises(UnknownRound):
        propose(office, "0" * 64)
    with pytest.raises(NothingToRelease):
        propose(office, declare(office))
    with pytest.raises(NotAllowed):
        statistics.propose_release(by=office.officer, source="sum", digest="0" * 64)


def test_a_sum_is_released_in_the_classical_mode_only(office: World) -> None:
    digest = added(office, ar=a_row(female_adult=40))
    for method in (Method.MODEL, Method.RECORDS, Method.CELL_KEY):
        with pytest.raises(ProposalRefused):
            propose(office, digest, Declared(method=method, known=("sex",), sensitive=("age",)))
    (choice,) = [each for each in statistics.choices(by=office.statistician) if each.digest]
    assert choice.digest == digest
