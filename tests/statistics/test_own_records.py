"""Records of this node are counted into tallies; who may not read rows sees no small count."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.models import Tally
from ayni.vault import api as vault
from tests.cast import Cast, an_institution, an_officer, enter
from tests.statistics.stories import NOW, Files, load
from tests.statistics.workbooks import BY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


def _officer(name: str, role: members.Role, kind: str = "focal_point") -> Actor:
    return members.actor_of(an_officer(name, an_institution(f"ar-{name}", kind=kind), role))


def _ask(by: Actor, code: str, **told: Any) -> statistics.Answer:
    area = statistics.area_of(holder=told.pop("holder", ""))
    question = statistics.Question(code, told.pop("source", "linea145"), area, **told)
    with members.acting(by.institution or None):
        return statistics.ask_indicator(by=by, question=question)


def _counts(answer: statistics.Answer) -> dict[str, Any]:
    return {line.codes[0]: line.mask or line.count for line in answer.lines}


@pytest.fixture
def ana(cast: Cast) -> Actor:
    """A supervisor of the programme: every case is her work."""
    role = members.Role.CASE_SUPERVISOR
    return members.actor_of(an_officer("supervisor", cast.programme, role))


@pytest.fixture
def many(job: Actor, files: Files) -> None:
    """The small files with their first report thirty times."""
    rows = files.rows("reports")
    first = rows[0]
    more = [dict(first, nro_registro_interno=str(9000 + n)) for n in range(30)]
    files.write("reports", [*rows, *more])
    load(job, files)


def test_who_reads_the_rows_sees_every_count(job: Actor, ana: Actor) -> None:
    load(job)
    triage, wait = _ask(ana, "triage"), _ask(ana, "first_referral")
    figures = statistics.linea145_figures(by=job)

    assert triage.standing is statistics.Standing.ROWS
    assert _counts(triage) == {
        name: figures[name] for name in ("emergency", "urgency", "orientation") if figures[name]
    }
    assert (triage.missing.count, triage.missing.of) == (
        figures["without_situation"], figures["reports"],
    )  # fmt: skip
    head = wait.headline
    assert head is not None
    assert (head.count, head.denominator) == (
        figures["referred_by_next_day"], figures["known_intervals"],
    )  # fmt: skip
    assert triage.area.codes == ("ar-programme",)


def test_the_data_of_loaded_files_are_of_their_last_day_and_name_the_files(
    job: Actor, ana: Actor, files: Files
) -> None:
    load(job, files)
    first = _ask(ana, "triage").origin
    assert first.edition == date(2020, 1, 8)
    names = [files.reports, files.persons]
    assert first.file == ", ".join(each.name for each in names)
    digests = [hashlib.sha256(each.read_bytes()).hexdigest() for each in names]
    assert first.digest == ", ".join(digests)

    load(job, files)  # the same files again make no newer data
    again = _ask(ana, "triage", years=(2020, 2020)).origin
    assert (again.edition, again.digest) == (first.edition, first.digest)
    assert again.read_at >= first.read_at

    rows = files.rows("reports")
    more = dict(rows[0], nro_registro_interno="9000", fecha_ingreso="2020-02-03")
    files.write("reports", [*rows, more])
    load(job, files)
    third = _ask(ana, "triage").origin
    assert third.edition == date(2020, 2, 3)
    newer = hashlib.sha256(files.reports.read_bytes()).hexdigest()
    assert third.digest.split(", ") == [*digests, newer]


def test_missing_values_are_those_of_the_figures(job: Actor, ana: Actor) -> None:
    load(job)
    figures = statistics.linea145_figures(by=job)
    lines = {line.codes[0]: line for line in _ask(ana, "missing_values").lines}

    assert lines["nationality"].count == figures["direct_victims_without_nationality"]
    assert lines["nationality"].denominator == figures["direct_victims"]
    assert lines["first_referral"].count == figures["without_first_referral"]
    assert lines["anonymity"].count == figures["anonymity_unknown"]


def test_of_own_records_what_is_not_there_is_a_true_zero(
    job: Actor, files: Files, ana: Actor
) -> None:
    load(job, files)
    lines = {line.codes[0]: line for line in _ask(ana, "missing_values").lines}

    assert 0 in [line.count for line in lines.values()]
    assert None not in [line.count for line in lines.values()]


@pytest.mark.usefixtures("many")
def test_who_may_not_read_rows_sees_no_small_count(cast: Cast) -> None:
    focal = _officer("focal", members.Role.NATIONAL_FOCAL_POINT)
    for by in (focal, BY):
        answer = _ask(by, "triage", holder="ar-programme")
        assert answer.standing is statistics.Standing.FIGURES
        told = _counts(answer)
        assert {told[name] for name in told} & {"<10", "*"}
        assert not any(isinstance(each, int) and 0 < each < 10 for each in told.values())
        assert len([each for each in told.values() if isinstance(each, str)]) != 1


def test_no_two_periods_tell_of_a_year_of_few(job: Actor, ana: Actor, files: Files) -> None:
    """34, 12 and 3: what the whole less two years would leave is what no year alone may tell."""
    first = files.rows("reports")[0]
    years = ["2017"] * 34 + ["2018"] * 12 + ["2019"] * 3
    files.write("reports", [
        dict(first, nro_registro_interno=str(9000 + n), fecha_ingreso=f"{year}-02-03")
        for n, year in enumerate(years)
    ])  # fmt: skip
    files.write("persons", [dict(files.rows("persons")[0], nro_registro_interno="9000")])
    load(job, files)

    def whole(by: Actor, first: int, last: int) -> int | None:
        return _ask(by, "triage", holder="ar-programme", years=(first, last)).total.count

    def of_each(by: Actor) -> dict[str, int | None]:
        by_year = _ask(by, "triage", holder="ar-programme", over=("year",))
        return {line.codes[0]: line.count for line in by_year.series}

    periods = [(2017, 2019), (2000, 2025), (2017, 2017), (2018, 2018), (2019, 2019), (2017, 2018)]
    assert [whole(BY, *each) for each in periods] == [49, 49, None, 12, None, None]
    assert of_each(BY) == {"2017": None, "2018": 12, "2019": None}
    assert [whole(ana, *each) for each in periods] == [49, 49, 34, 12, 3, 46]
    assert of_each(ana) == {"2017": 34, "2018": 12, "2019": 3}


def test_another_institution_sees_nothing(job: Actor, cast: Cast) -> None:
    load(job)
    for by in (
        _officer("other", members.Role.CASE_SUPERVISOR, kind="service"),
        _officer("service", members.Role.SERVICE_PROVIDER, kind="service"),
        members.actor_of(cast.nadia),
    ):
        with pytest.raises(NotAllowed):
            _ask(by, "triage", holder="ar-programme")
    compared = statistics.compare_sources(
        by=by, question=statistics.Question("triage", "", statistics.area_of(holder="ar-programme"))
    )
    assert {side.answer for side in compared.sides} == {None}


def test_what_is_kept_says_nothing_without_the_key(job: Actor) -> None:
    load(job)
    rows = list(Tally.objects.all())

    assert {(row.holder, row.source, row.table) for row in rows} == {
        ("ar-programme", "linea145", "reports"), ("ar-programme", "linea145", "named"),
    }  # fmt: skip
    for row in rows:
        assert b"emergency" not in bytes(row.cells)
        assert b"victim" not in bytes(row.cells)


def test_one_institution_is_looked_up_once_for_each_question(job: Actor, ana: Actor) -> None:
    """A page asks a dozen: who reads the figures of her own institution has its name already."""
    load(job)
    with CaptureQueriesContext(connection) as asked:
        answer = _ask(ana, "triage")
    assert answer.area.holder
    looked = [each["sql"] for each in asked if 'FROM "members_institution"' in each["sql"]]
    assert len(looked) == 1, looked


def test_a_second_load_counts_nothing_twice(job: Actor, ana: Actor) -> None:
    load(job)
    first = _counts(_ask(ana, "triage"))
    load(job, now=NOW)

    assert _counts(_ask(ana, "triage")) == first


def test_years_and_states_that_own_records_cannot_tell(job: Actor, ana: Actor) -> None:
    load(job)
    by_year = _ask(ana, "triage", over=("year",))
    assert sum(line.count or 0 for line in by_year.lines) == _ask(ana, "triage").total.count
    assert {line.codes[0] for line in by_year.series} == {line.codes[0] for line in by_year.lines}
    with pytest.raises(statistics.SourceCannot, match="by year only"):
        _ask(ana, "triage", over=("detected_in",))
    question = statistics.Question("triage", "linea145", statistics.area_of(states="BO"))
    with pytest.raises(statistics.UnknownArea, match="own institutions only"):
        statistics.ask_indicator(by=ana, question=question)
    with pytest.raises(statistics.NothingCounted):
        _ask(ana, "triage", years=(2001, 2001))


def test_two_institutions_are_never_added_up(job: Actor, cast: Cast) -> None:
    load(job)
    row = Tally.objects.filter(holder="ar-programme").first()
    assert row is not None
    Tally.objects.create(
        holder="ar-two", subject=row.subject, source="linea145", table="reports",
        year=2020, counted_at=NOW,
    )  # fmt: skip
    with pytest.raises(statistics.UnknownArea, match="name one: ar-programme, ar-two"):
        _ask(BY, "triage")


def test_nothing_counted_yet_is_said(cast: Cast, ana: Actor) -> None:
    for by, source in ((ana, "linea145"), (BY, "linea145")):
        with pytest.raises(statistics.NotLoaded):
            _ask(by, "triage", source=source)


def test_clocks_are_told_of_states_with_ten_requests(cast: Cast) -> None:
    assert cooperation.LEAST == 10
    question = statistics.Question("answered_on_time", "clocks", statistics.area_of())
    with pytest.raises(statistics.NothingCounted):
        statistics.ask_indicator(by=BY, question=question)
    with pytest.raises(NotAllowed):
        statistics.ask_indicator(by=members.actor_of(cast.ana), question=question)
    with pytest.raises(statistics.UnknownArea):
        statistics.ask_indicator(
            by=BY,
            question=statistics.Question(
                "answered_on_time", "clocks", statistics.area_of(region="LAC")
            ),
        )


def _of_state(by: Actor, code: str = "triage") -> statistics.Answer:
    question = statistics.Question(code, "linea145", statistics.area_of(states="AR"))
    with members.acting(by.institution or None):
        return statistics.ask_indicator(by=by, question=question)


def test_who_sits_elsewhere_is_told_who_holds_the_figures_and_whom_to_ask(
    job: Actor, ana: Actor
) -> None:
    elsewhere = _officer("elsewhere", members.Role.CASE_SUPERVISOR)
    with pytest.raises(statistics.NotLoaded):
        _of_state(elsewhere)
    load(job)

    with pytest.raises(statistics.HeldElsewhere) as refused:
        _of_state(elsewhere)

    assert members.institution_name("ar-programme") in str(refused.value)
    assert "Ask a statistician there" in str(refused.value)
    assert _of_state(ana).area.codes == ("ar-programme",)


def test_of_several_institutions_that_keep_records_one_is_chosen_in_the_address(
    job: Actor, client: Client
) -> None:
    load(job)
    an_institution("ar-second", kind="focal_point")
    _keeps_twenty_times_as_many("ar-second")
    place = an_institution("ar-statistics", kind="focal_point")
    enter(client, an_officer("sonia", place, members.Role.STATISTICIAN))
    client.cookies["ayni_ar_language"] = "en"
    board = "/statistics/figures/state"
    here = f"{board}?source=linea145&state=ar"

    plain = client.get(here).content.decode()
    assert 'name="institution"' in plain
    assert "name one: ar-programme, ar-second" in plain
    chosen = client.get(f"{here}&institution=ar-second").content.decode()
    assert '<option value="ar-second" selected>' in chosen
    assert members.institution_name("ar-second") in chosen.split("<h1", 1)[1].split("</h1>")[0]
    assert "name one" not in chosen
    assert "institution=ar-second" in chosen.split("/triage/", 1)[1][:200], "so in its files"
    for wrong in ("ar-statistics", "x"):
        refused = client.get(f"{here}&institution={wrong}")
        assert refused.status_code == 400
        assert "has no records of this source" in refused.content.decode()
    assert client.get(f"{board}?source=glotip&institution=ar-second").status_code == 400


def _keeps_twenty_times_as_many(holder: str) -> None:
    """Another institution has tables of its own."""
    for row in Tally.objects.filter(holder="ar-programme", source="linea145"):
        copy = Tally(
            holder=holder, source=row.source, table=row.table, year=row.year, subject=row.subject,
            counted_at=row.counted_at,
        )  # fmt: skip
        sealer = vault.sealer(row.subject)
        told = row.unseal(sealer, ["cells"])["cells"]
        more = [[*codes, 20 * count] for *codes, count in told["cells"]]
        copy.seal(sealer, cells={**told, "cells": more})
        copy.save(force_insert=True)
