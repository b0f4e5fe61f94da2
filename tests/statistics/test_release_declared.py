"""The second person sees everything that she accepts, in words, and no number that gives away."""

from __future__ import annotations

import html
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.utils import translation

from ayni.lib import clock
from ayni.statistics import api as statistics
from ayni.statistics import release_declared, release_words
from ayni.statistics.api import Declared, Method
from ayni.statistics.disclosure.findings import Check, Finding
from ayni.statistics.disclosure.rounding import Margins, Rounding
from ayni.statistics.releasing.errors import ProposalRefused
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.release_stories import (
    COUNTED,
    HOLDER,
    REGISTER,
    VICTIMS,
    Office,
    a_register,
    an_office,
    browser,
    checked,
    proposed,
    published,
    tallied,
)

pytest.importorskip("scipy", reason="releases need the extra observatory")
SEX_AGE = Declared(tables=(("sex", "age"),), years=(2022, 2023), threshold=12, per_year=True)


@pytest.fixture
def office(db: None) -> Iterator[Office]:
    """The office, with counts."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    found = an_office()
    tallied()
    yield found
    peer.stop()


def page(office: Office, address: str, language: str = "en") -> str:
    answer = browser(office.mario, language).get(address)
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


@pytest.mark.parametrize("ending", ["", "/review"])
def test_everything_declared_stands_on_the_page_and_beside_the_decision(
    office: Office, ending: str
) -> None:
    before = published(office, Declared(tables=(("sex",),), years=(2022, 2023)))
    row = proposed(office.eva, SEX_AGE)
    told = page(office, f"/statistics/releases/{row.id}{ending}")
    file = statistics.open_release(by=office.mario, release_id=row.id)
    for wanted in (
        "Classical: true counts", "Small numbers are hidden", "Sex × Age group", "2022 – 2023",
        "Smallest number that may be shown", "<dd class=\"govuk-summary-list__value\">12</dd>",
        "Hidden where that protects others", "Hidden like small numbers", "Also each year",
        "Reports to Línea 145", HOLDER, file.counts_mark, "Trafficking in persons",
        "Persons named as victims", row.population, str(before.id), "What the machine looked at",
        "Records that were left out", "Age group: Age not told",
    ):  # fmt: skip
        assert wanted in " ".join(told.split()), wanted


@pytest.mark.parametrize("language", ["es", "pt-br"])
def test_the_declaration_is_in_the_language_of_the_reader(office: Office, language: str) -> None:
    row = proposed(office.eva, SEX_AGE)
    with translation.override("en"):
        english = {name for name, _value in release_declared.declaration(row)}
    with translation.override(language):
        said = {name for name, _value in release_declared.declaration(row)}
    assert english & said <= {"Crime", "Zeros"}  # the same words in Portuguese
    told = page(office, f"/statistics/releases/{row.id}", language)
    assert all(name in told for name in said)


def test_what_stands_under_other_is_told_and_is_not_exact(office: Office) -> None:
    few = {2022: {**COUNTED[2022], ("unknown", "adult", "told"): 3,
                  ("female", "unknown", "told"): 47}, 2023: COUNTED[2023]}  # fmt: skip
    tallied(few)
    row = proposed(office.eva, SEX_AGE)
    file = statistics.open_release(by=office.mario, release_id=row.id)
    with translation.override("en"):
        told = dict(release_declared.set_aside(file))
    assert told["Sex: Sex not told"] == "Fewer than 10"
    assert told["Age group: Age not told"] == "About 50"
    assert told["Records that were left out"] == "None"
    only = proposed(office.eva, Declared(tables=(("sex",),), years=(2023, 2023)))
    file = statistics.open_release(by=office.mario, release_id=only.id)
    with translation.override("en"):
        assert dict(release_declared.set_aside(file))["Sex: Sex not told"] == "None"


def test_a_finding_names_its_place_in_words() -> None:
    found = Finding("group_worked_out", Check.GROUP, "age=child, sex=female")
    with translation.override("en"):
        assert release_words.said(found).startswith("Age group: Under 18, Sex: Female can be")
    with translation.override("es"):
        assert "age=child" not in release_words.said(found)
    whole = Finding("not_checked", Check.RECOVERY, "recovery")
    with translation.override("en"):
        assert release_words.said(whole).startswith("What is hidden cannot be worked out was not")


def test_the_date_of_a_file_of_records_is_what_was_said_and_never_the_day_of_its_proposal(
    office: Office, tmp_path: Path
) -> None:
    pytest.importorskip("opendp", reason="noise needs the extra observatory")
    told = Declared(method=Method.MODEL, epsilon=0.5, bound=300, years=(2020, 2021))

    def propose(dated: date | None = None) -> statistics.Release:
        return statistics.propose_release(
            by=office.eva, source="records", population=REGISTER, declared=told,
            file=a_register(tmp_path, 90), dated=dated,
        )  # fmt: skip

    assert propose().about["dated"] == "unknown"
    row = propose(date(2022, 3, 1))
    assert row.about["dated"] == "2022-03-01T00:00:00Z"
    assert "1 March 2022" in page(office, f"/statistics/releases/{row.id}")
    for wrong in (date(1999, 12, 31), clock.now().date() + timedelta(days=2)):
        with pytest.raises(ProposalRefused, match="cannot be of"):
            propose(wrong)
    with pytest.raises(ProposalRefused, match="of a file of records only"):
        statistics.propose_release(
            by=office.eva, source="linea145", population=VICTIMS, dated=date(2022, 3, 1)
        )


def test_epsilon_delta_the_budget_and_what_it_cost_are_shown(
    office: Office, tmp_path: Path
) -> None:
    pytest.importorskip("opendp", reason="noise needs the extra observatory")
    wanted = Declared(
        method=Method.MODEL, epsilon=0.5, bound=300, years=(2020, 2021), moved=((2019, 2020),)
    )
    row = statistics.propose_release(
        by=office.eva, source="records", population=REGISTER, file=a_register(tmp_path, 90),
        declared=wanted,
    )  # fmt: skip
    row = checked(row.id)
    file = statistics.open_release(by=office.mario, release_id=row.id)
    told = " ".join(page(office, f"/statistics/releases/{row.id}").split())
    assert file.charge is not None
    assert file.content is not None
    assert file.content.about["limits"]["record"] == "0.18"
    for name in ("Epsilon", "Delta", "0.000584", "300", "0.18 on one record over all time",
                 str(file.charge.rho.normalize()), "from 2019 to 2020", row.origin,
                 "Told of for the first time",
                 "Data of</dt> <dd class=\"govuk-summary-list__value\">Unknown: whoever proposed",
                 ):  # fmt: skip
        assert name in told, name
    assert len(row.origin) == 64
    assert row.origin not in file.raw.decode()  # of true records: it stays in the office
    assert "of true" not in told
    (aside,) = {each.below for each in file.aside.under_other.values()}
    assert aside == 100


def test_corrected_years_belong_to_a_model(office: Office) -> None:
    with translation.override("en"), pytest.raises(statistics.ProposalRefused, match="model only"):
        proposed(office.eva, Declared(moved=((2019, 2020),)))


@pytest.mark.parametrize("language", ["en", "es", "pt-br"])
def test_who_reads_rounded_totals_is_told_whether_they_add_up(language: str) -> None:
    with translation.override(language):
        each, together = (
            release_words.in_plain_words(Method.ROUNDING, Rounding(margins=margins).description())
            for margins in (Margins.INDEPENDENT, Margins.CONTROLLED)
        )
    assert each[0] == together[0]
    told = {
        "en": "each is the sum", "es": "cada uno es la suma", "pt-br": "cada um é a soma",
    }  # fmt: skip
    assert told[language] in together[1]
    assert told[language] not in each[1]
