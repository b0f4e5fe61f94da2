"""Who sees which counts of own records: every one, those that are not small, or none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ayni.audit.api import Actor, Entry
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.errors import NoOutline
from ayni.statistics.pages import outline_file
from ayni.statistics.pages.dashboards import sources_for
from tests.cast import Cast, an_institution, an_officer
from tests.statistics.stories import load

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
QUESTION = statistics.Question("triage", "linea145", statistics.area_of())


def _asked(by: Actor) -> statistics.Answer:
    with members.acting(by.institution, reach=members.reach_of(by=by)):
        return statistics.ask_indicator(by=by, question=QUESTION)


@pytest.fixture
def supervisor(cast: Cast) -> Actor:
    """A supervisor of the programme: every case is her work."""
    role = members.Role.CASE_SUPERVISOR
    return members.actor_of(an_officer("supervisor", cast.programme, role))


def test_every_count_is_for_whose_work_is_every_case_and_leaves_an_entry(
    job: Actor, ana: Actor, supervisor: Actor
) -> None:
    load(job)
    assert _asked(ana).standing is statistics.Standing.FIGURES
    assert not Entry.objects.filter(verb="statistics.open_counts").exists()
    assert _asked(supervisor).standing is statistics.Standing.ROWS
    entry = Entry.objects.get(verb="statistics.open_counts")
    assert entry.detail["indicator"] == "triage"


def test_a_statistician_sees_figures_of_the_institution_that_has_records(job: Actor) -> None:
    load(job)
    home = an_institution("ar-statistics", kind="focal_point")
    by = members.actor_of(an_officer("rita", home, members.Role.STATISTICIAN))
    answer = _asked(by)

    assert (answer.standing, answer.area.codes) == (statistics.Standing.FIGURES, ("ar-programme",))
    assert {"linea145", "cases"} <= set(sources_for(by, ["own"]))


def test_who_reads_no_figures_does_not_learn_whose_there_are(job: Actor, cast: Cast) -> None:
    load(job)
    home = an_institution("ar-shelter", kind="service")
    by = members.actor_of(an_officer("sara", home, members.Role.SERVICE_PROVIDER))
    with pytest.raises(NotAllowed):
        _asked(by)
    assert sources_for(by, ["own"]) == []


@pytest.fixture
def no_outline(settings: pytest.FixtureRequest) -> Iterator[None]:
    """A node whose outline was not built."""
    settings.AYNI_OUTLINE_FILE = "/nowhere/outline.json"  # type: ignore[attr-defined]
    outline_file.outline.cache_clear()
    yield
    outline_file.outline.cache_clear()


@pytest.mark.usefixtures("no_outline")
def test_a_missing_outline_is_said_in_words() -> None:
    with pytest.raises(NoOutline, match="cannot be drawn"):
        outline_file.outline()
