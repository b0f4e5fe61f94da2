"""What a state gives to a sum is what its own cases are: by the node's counts, not by a test's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from ayni.audit import api as audit
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.masked import giving
from ayni.statistics.models import SumGiven
from ayni.statistics.sources import own_cases
from tests.cases import stories
from tests.cast import assemble
from tests.statistics.sums_stories import World, declared_by, found, says

WOMAN = {**stories.ADULT, "gender": "Feminine"}


@pytest.fixture
def argentina(db: None) -> Iterator[World]:
    """This node is Argentina's."""
    yield from found("ar")


def test_a_case_of_this_node_is_in_the_counts_that_are_shown_and_given(argentina: World) -> None:
    year = clock.now().year
    period = {"first": date(year, 1, 1), "last": date(year, 12, 31)}
    digest = declared_by(argentina.secretariat, **period)
    giving.take_part(by=argentina.officer, digest=digest)
    for peer in (argentina.bo, argentina.cl):
        says(peer, digest)
    before = statistics.own_counts(by=argentina.officer, digest=digest)
    assert set(before.cells.values()) == {0}
    cast = assemble()
    with members.acting(cast.programme.id):
        stories.a_case(members.actor_of(cast.ana), WOMAN)
        own_cases.count_changed(by=audit.job("statistics.count_cases", str(cast.programme.id)))
    with pytest.raises(statistics.CountsChanged):
        statistics.give_to_sum(by=argentina.officer, digest=digest, mark=before.mark)
    counts = statistics.own_counts(by=argentina.officer, digest=digest)
    assert counts.cells["female", "adult"] == counts.cells["total", "total"] == 1
    statistics.give_to_sum(by=argentina.officer, digest=digest, mark=counts.mark)
    assert SumGiven.objects.get().round == digest
