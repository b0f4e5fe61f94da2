"""Indicators of the observatory in the work agenda: of what is published, and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from ayni.agenda import api, indicators
from ayni.agenda.measured import Told
from ayni.audit.api import Actor
from ayni.cooperation.api import Indicator, Measured, NotMeasured
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.api import Declared, Method
from ayni.statistics.releasing.content import Content, Line, Shown
from ayni.statistics.sources import tallies
from tests.agenda.test_indicators import target_comes
from tests.agenda.working import KEY, commitment_comes, objective_comes, report, the
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer
from tests.statistics import published_stories as published
from tests.statistics import release_stories as releases
from tests.statistics.workbooks import load, row, sexes, sheet, write

pytestmark = pytest.mark.django_db
OURS = ("share_female", "share_female_released", "referred_next_day", "sex_or_age_missing")
WAITS = ("next_day", "later", "before", "undated", "none")


@pytest.fixture
def ana(secretariat: Peer) -> Actor:
    """A focal point of Argentina; a commitment of Argentina's is published."""
    objective_comes(secretariat)
    commitment_comes(secretariat)
    place = an_institution("ar-programme")
    return members.actor_of(an_officer("ana", place, members.Role.NATIONAL_FOCAL_POINT))


def the_indicator(code: str) -> Indicator:
    found = indicators.indicator(code)
    assert found is not None
    return found


def of_bolivia(code: str, by: Actor) -> Measured:
    return the_indicator(code).measure(by, "bo", clock.now())


def now(code: str, by: Actor) -> indicators.Value:
    found = indicators.value_now(code, by=by, now=clock.now())
    assert found is not None
    return found


def glotip(tmp_path: Path, *rows: list[Any]) -> None:
    load(write(tmp_path / "a.xlsx", sheet(list(rows))))


def page(client: Client, by: Actor, language: str = "en") -> str:
    """The page of the commitment, its text as it is read."""
    enter(client, members.user(by.id))
    client.cookies["ayni_ar_language"] = language
    markup = client.get(f"/platform/work/commitments/{KEY}").content.decode()
    return " ".join(unescape(re.sub("<[^>]+>", " ", markup.split("<main")[1])).split())


def waiting(**counts: int | None) -> Content:
    """A release of reports by the wait for their first referral, of 2023 and of both years."""

    def table(label: str, told: dict[str, int | None]) -> Shown:
        lines = (Line((None,), 100), *(Line((each,), told.get(each, 0)) for each in WAITS))
        return Shown(f"wait_{label}", ("wait",), {"year": label}, lines)

    return Content(
        "classical", "tables", {"population": "linea145_reports"}, {"method": "suppression"},
        (table("2022-2023", {"next_day": 900, "later": 1}), table("2023", counts)),
    )  # fmt: skip


def arrives(bolivia: Peer, content: Content) -> None:
    told = {"method": "suppression", "source": "linea145", "first": "2022", "last": "2023"}
    published.arrives(bolivia, content, population="linea145_reports.bo-hotline", **told)


def test_the_wiring_table_offers_indicators_of_the_observatory() -> None:
    assert set(OURS) < {each.code for each in api.offered()}


@pytest.mark.parametrize("code", OURS)
def test_each_says_in_three_languages_what_it_counts_of_what_when_and_from_where(code: str) -> None:
    said = {}
    for language in ("en", "es", "pt-br"):
        with translation.override(language):
            said[language] = [indicators.title(code), *dict(indicators.meaning(code)).values()]
    assert {len(words) for words in said.values()} <= {5, 6}
    for en, es, pt in zip(*said.values(), strict=True):
        assert len({en, es, pt}) == 3, en


# -- UNODC's figures


def test_of_unodcs_figures_the_newest_year_that_is_told_is_taken(
    ana: Actor, tmp_path: Path
) -> None:
    glotip(
        tmp_path,
        *sexes("ARG", 2019, women=90, men=10),
        *sexes("ARG", 2021, women=29, men=71),
        *sexes("ARG", 2022, women="<5", men="<5"),
        *sexes("BOL", 2022, women=500, men=1),
    )

    found = now("share_female", ana)

    assert found.told == Told("29", 100)
    with translation.override("en"):
        assert "29 per cent, of 100 or more in 2021" in indicators.value_text(found)


def test_a_masked_count_never_lets_a_share_look_better(ana: Actor, tmp_path: Path) -> None:
    glotip(tmp_path, *sexes("ARG", 2021, women=50, men=46, boys="<5"))

    assert now("share_female", ana).told.value == "50"  # 50 of 96 to 100: not 52


def test_who_is_in_no_group_of_sex_and_age_counts_as_missing(ana: Actor, tmp_path: Path) -> None:
    glotip(tmp_path, *sexes("ARG", 2021, women=50, men=30, boys="<5"), row("ARG", 100, Year=2021))

    assert now("sex_or_age_missing", ana).told == Told("20", 100)


def test_without_unodcs_figures_nothing_is_told_and_the_page_says_why(
    client: Client, secretariat: Peer, ana: Actor
) -> None:
    target_comes(secretariat, code="share_female", target=50)
    report(ana, api.Word.IN_PROGRESS)

    assert gazette.current(kind=indicators.MEASURE) == []
    assert "GLOTIP has not been loaded on this node" in page(client, ana)


def test_a_state_of_which_unodc_has_nothing_is_told_so(ana: Actor, tmp_path: Path) -> None:
    glotip(tmp_path, *sexes("BOL", 2021, women=50, men=30))

    for code in ("share_female", "sex_or_age_missing"):
        with pytest.raises(NotMeasured):
            now(code, ana)


def test_the_page_of_the_commitment_says_beside_the_number_what_it_is(
    client: Client, secretariat: Peer, ana: Actor, tmp_path: Path
) -> None:
    glotip(tmp_path, *sexes("ARG", 2021, women=60, men=40))
    target_comes(secretariat, code="share_female", target=50)
    report(ana, api.Word.IN_PROGRESS)

    value = the().value
    assert value is not None
    assert (value.told, value.since.isoformat()) == (Told("60", 100), "2021-01-01")
    for language, words in {
        "en": ("Women and girls", "whose age group is told", "masked counts", "newest",
               "UNODC, Global Report on Trafficking in Persons", "in 2021"),
        "es": ("Mujeres y niñas", "cuyo grupo de edad se informa", "números ocultos",
               "más reciente",
               "UNODC, Informe Mundial sobre la Trata de Personas", "en 2021"),
        "pt-br": ("Mulheres e meninas", "cuja faixa etária é informada", "números ocultados",
                  "mais recente", "UNODC, Relatório Global sobre Tráfico de Pessoas", "em 2021"),
    }.items():  # fmt: skip
        shown = page(client, ana, language)
        for each in words:
            assert each in shown, (language, each)


# -- releases


@pytest.mark.parametrize("code", ["share_female_released", "referred_next_day"])
def test_what_is_only_counted_here_is_told_to_nobody(
    client: Client, secretariat: Peer, ana: Actor, code: str
) -> None:
    persons = Counter({("trafficking", "female", "adult", "host", "yes"): 60})
    reports = Counter({("trafficking", "urgency", "no", "next_day"): 60})
    assert len(tallies.TABLES["cases"]["persons"]) == 5
    tallies.keep(releases.HOLDER, "cases", {"persons": {2023: persons}}, clock.now())
    tallies.keep(releases.HOLDER, "linea145", {"reports": {2023: reports}}, clock.now())
    target_comes(secretariat, code=code, target=50)
    report(ana, api.Word.IN_PROGRESS)

    assert gazette.current(kind=indicators.MEASURE) == []
    assert "leaves this node only as published figures" in page(client, ana)


def test_a_published_release_of_the_own_state_tells_it(ana: Actor) -> None:
    pytest.importorskip("scipy", reason="releases need the extra observatory")
    office = releases.an_office()
    counts = {"next_day": 60, "later": 40, "none": 30}
    reports = Counter(
        {("trafficking", "urgency", "no", wait): number for wait, number in counts.items()}
    )
    tallies.keep(releases.HOLDER, "linea145", {"reports": {2023: reports}}, clock.now())
    declared = Declared(method=Method.SUPPRESSION, tables=(("wait",),), years=(2023, 2023))
    made = statistics.propose_release(
        by=office.eva, source="linea145", population="linea145_reports", declared=declared
    )
    releases.accepted(office.mario, releases.checked(made.id))
    with pytest.raises(NotMeasured):  # reviewed, and not yet published
        now("referred_next_day", ana)

    statistics.publish_release(by=office.mario, release_id=made.id)

    found = now("referred_next_day", ana)
    assert (found.told, found.since.isoformat()) == (Told("60", 100), "2023-01-01")


def test_a_number_that_a_release_hides_is_not_worked_out(bolivia: Peer, ana: Actor) -> None:
    arrives(bolivia, waiting(next_day=60, later=None))
    with pytest.raises(NotMeasured):
        of_bolivia("referred_next_day", ana)


def test_figures_of_several_years_together_are_of_no_year(bolivia: Peer, ana: Actor) -> None:
    arrives(bolivia, waiting(next_day=30, later=10))

    assert of_bolivia("referred_next_day", ana).value == 75


def test_a_release_of_other_persons_tells_nothing(bolivia: Peer, ana: Actor) -> None:
    other = waiting(next_day=30, later=10)
    arrives(bolivia, replace(other, about={"population": "linea145_victims"}))

    with pytest.raises(NotMeasured):
        of_bolivia("referred_next_day", ana)


def test_a_release_that_was_withdrawn_tells_nothing(bolivia: Peer, ana: Actor) -> None:
    arrives(bolivia, waiting(next_day=30, later=10))
    published.is_withdrawn(bolivia)

    with pytest.raises(NotMeasured):
        of_bolivia("referred_next_day", ana)


def test_an_interval_never_lets_a_share_look_better(bolivia: Peer, ana: Actor) -> None:
    lines = (Line(("next_day",), 60, 50, 70), Line(("later",), 40, 35, 50))
    table = Shown("wait_2023", ("wait",), {"year": "2023"}, lines)
    about = {"population": "linea145_reports"}
    arrives(bolivia, Content("classical", "tables", about, {}, (table,)))

    found = of_bolivia("referred_next_day", ana)
    assert (found.value, found.cases) == (50, 100)


@pytest.mark.parametrize(
    ("parameters", "share"),
    [
        ({"method": "random_rounding", "base": 5, "largest_change": 4}, 56),  # 56 of 56 and 44
        ({"method": "cell_key", "most": 5}, 55),  # 55 of 55 and 45
        ({"method": "suppression"}, 60),
    ],
)
def test_a_rounded_or_changed_number_is_told_on_the_worse_side(
    bolivia: Peer, ana: Actor, parameters: dict[str, Any], share: int
) -> None:
    arrives(bolivia, replace(waiting(next_day=60, later=40), parameters=parameters))

    assert of_bolivia("referred_next_day", ana).value == share
