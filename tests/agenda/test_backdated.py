"""Who once presided cannot write on what stands now by saying that it wrote long ago."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine

from ayni.agenda import api, seed, terms
from ayni.agenda.kinds import PRESIDENCY, TERMS_KEY
from ayni.agenda.office_text import names_a_person
from ayni.agenda.standing import Version, stands
from ayni.gazette import api as gazette
from ayni.lib import clock
from tests.agenda.stories import a_term, terms_come
from tests.exchange.peer import Peer

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


def _version(owner: str, number: int, after: str, at: datetime) -> Version:
    return Version(owner, number, after, at, None, None, {}, True)


@pytest.mark.parametrize("days", [1, 900])
def test_an_earlier_time_than_what_it_was_written_on_changes_nothing(days: int) -> None:
    own = _version("secretariat", 7, "", NOW)
    before = _version("ar", 1, own.ref, NOW - timedelta(days=days))
    later = _version("ar", 2, own.ref, NOW + timedelta(hours=1))

    found = stands([own, before], secretariat="secretariat", may=lambda _standing, _by: True)
    assert (found.version, found.passed_over) == (own, (before,))
    found = stands([own, later], secretariat="secretariat", may=lambda _standing, _by: True)
    assert found.version == later


@pytest.mark.django_db
def test_nobody_writes_on_what_is_shipped_with_a_time_before_it_was(bolivia: Peer) -> None:
    when = "2024-06-01T00:00:00Z"
    assert terms.presiding(seed.presidencies(), date(2024, 6, 1)).term is not None, "Bolivia did"

    terms_come(bolivia, a_term("bo", date(2024, 6, 1)), instead="Inventado", at=when)

    assert gazette.history(owner="bo", kind=PRESIDENCY, key=TERMS_KEY)[0].counts
    assert api.presidencies().stands.version is None


def test_a_term_that_was_last_seen_on_the_last_day_there_is_can_be_reckoned() -> None:
    term = a_term("ar", date(2024, 1, 1), end=api.End.UNKNOWN, seen=date.max)
    assert term.before == date.max
    assert terms.presiding([term], NOW.date()).term == term


def test_a_long_row_of_digits_is_read_once() -> None:
    assert names_a_person("1" * 4000 + "a")
    assert not names_a_person("Ley 26.364, art. 19")


@pytest.mark.django_db
def test_what_is_written_ahead_counts_from_its_time_on_whenever_it_came(bolivia: Peer) -> None:
    ahead = NOW.replace(month=12, day=20)
    first = api.presidencies().terms[-1]
    term = a_term("bo", date(2026, 11, 1))
    with time_machine.travel(NOW, tick=False) as days:
        terms_come(bolivia, first, term, instead="Inventado", at=clock.isoformat(ahead))
        early = api.presidencies().stands.version
        days.move_to(ahead)
        late = api.presidencies().stands.passed_over
    assert early is None
    assert [each.owner for each in late] == ["bo"], "it counts, and changes nothing"
