"""This node's own cases leave it through a release only, and the two crimes never in one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.utils import translation

from ayni.lib import clock
from ayni.lib.identifiers import new_id
from ayni.protocol.load import shipped
from ayni.statistics import api as statistics
from ayni.statistics.api import Declared, Method, ReleaseState
from ayni.statistics.pages.release_tables import label
from ayni.statistics.releasing.errors import ProposalRefused
from ayni.statistics.releasing.populations import populations
from ayni.statistics.sources import tallies
from tests.agenda.stories import found_as
from tests.cast import an_institution
from tests.exchange.peer import Peer
from tests.statistics.release_stories import HOLDER, Office, accepted, an_office, checked

pytest.importorskip("scipy", reason="releases need the extra observatory")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
COUNTED = {("female", "adult"): 61, ("female", "child"): 24, ("male", "adult"): 43,
           ("male", "child"): 3, ("unknown", "unknown"): 14}  # fmt: skip


@pytest.fixture
def office() -> Iterator[Office]:
    """The office of statistics, on a node that has keys."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    yield an_office()
    peer.stop()


def _tallied() -> None:
    of_cases = {
        ("trafficking", sex, age, "told", side): number
        for (sex, age), total in COUNTED.items()
        for side, number in (("host", total - 1), ("home", 1))
    }
    of_cases["smuggling", "male", "adult", "told", "host"] = 57
    tallies.keep(HOLDER, "cases", {"persons": {2023: Counter(of_cases)}}, clock.now())


def test_cases_of_one_crime_are_released_and_what_is_few_is_hidden(office: Office) -> None:
    _tallied()
    declared = Declared(Method.SUPPRESSION, (("sex", "age"), ("sex",), ("age",)))
    row = statistics.propose_release(
        by=office.eva, source="cases", population="trafficking_cases", declared=declared
    )
    row = checked(row.id)
    assert row.state == ReleaseState.CHECKED
    accepted(office.mario, row)
    row = statistics.publish_release(by=office.mario, release_id=row.id)

    _entry, content = statistics.published_release(owner="ar", key=row.key)

    lines = {line.codes: line.value for line in content.tables[0].lines}
    assert lines[None, None] == sum(COUNTED.values())
    assert lines["male", "child"] is None
    assert not [value for value in lines.values() if value is not None and 0 < value < 10]
    assert statistics.rebuild_release(by=office.mario, release_id=row.id).same


def test_every_value_of_every_population_has_words() -> None:
    for code, population in populations().items():
        if population.source not in ("cases", "linea145"):
            continue
        for column in population.columns:
            for value in column.values if column.name != "year" else ():
                assert label(column.name, value), (code, column.name, value)


@pytest.mark.parametrize(("language", "code"), [("en", "en"), ("es", "es"), ("pt", "pt-br")])
def test_a_form_of_exploitation_is_counted_under_the_words_with_which_it_was_written(
    language: str, code: str
) -> None:
    written = shipped("reference", "1.1").options["type_of_exploitation"]
    assert len(written) == 11
    with translation.override(code):
        for each in written:
            if each.code != "Other":  # beside others it says of what
                assert label("form", each.code) == getattr(each.label, language)


def test_keys_are_refused_where_they_would_close_the_other_tables_of_the_same_persons(
    office: Office,
) -> None:
    _tallied()
    keys = Declared(Method.CELL_KEY, (("sex",),))
    told = {"by": office.eva, "source": "cases", "population": "trafficking_cases"}
    with pytest.raises(ProposalRefused, match="without one key for each record"):
        statistics.propose_release(**told, declared=keys)
    # What an earlier program let begin so goes on so: no other method is open to it.
    row = statistics.propose_release(**told, declared=replace(keys, method=Method.ROUNDING))
    statistics.discard_release(by=office.eva, release_id=row.id)
    row.id, row.method = new_id(), Method.CELL_KEY
    row.save(force_insert=True)
    assert statistics.propose_release(**told, declared=keys).method == Method.CELL_KEY


def test_cases_of_two_institutions_are_other_persons(office: Office) -> None:
    _tallied()
    other = an_institution("ar-other")
    counted = Counter({("trafficking", "female", "adult", "told", "host"): 40})
    tallies.keep(other.code, "cases", {"persons": {2023: counted}}, clock.now())
    rounded = Declared(Method.ROUNDING, (("sex",),))
    told = {"by": office.eva, "source": "cases", "population": "trafficking_cases"}
    first = statistics.propose_release(**told, holder=HOLDER, declared=rounded)
    first = checked(first.id)
    accepted(office.mario, first)
    first = statistics.publish_release(by=office.mario, release_id=first.id)

    hidden = Declared(Method.SUPPRESSION, (("sex",),))
    second = checked(statistics.propose_release(**told, holder=other.code, declared=hidden).id)

    assert (second.state, second.seen) == (ReleaseState.CHECKED, [])
    assert {first.population, second.population} == {
        f"trafficking_cases.{HOLDER}", "trafficking_cases.ar-other",
    }  # fmt: skip
