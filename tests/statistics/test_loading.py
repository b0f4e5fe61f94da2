"""The hotline's files become historical notices: once, read-only, with a log of every doubt."""

from __future__ import annotations

import os

import psycopg
import pytest
from django.db import connection

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cases.models import SearchToken
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.sources import alone
from tests.cast import Cast
from tests.statistics.stories import Files, lines_of, load

pytestmark = pytest.mark.django_db


def _notice(number: str) -> cases.Notice:
    return cases.Notice.objects.get(source="linea145", source_number=number)


def test_a_report_becomes_a_historical_notice_with_triage_and_dated_chain(
    job: Actor, ana: Actor
) -> None:
    load(job)

    notice, opened = cases.open_notice(by=ana, notice_id=_notice("103").id)
    assert notice.state == "historical"
    assert (notice.situation, notice.anonymous, notice.track) == ("urgency", True, "trafficking")
    assert (notice.channel, notice.informant) == ("hotline", "citizen")
    assert notice.received_at.isoformat() == "2020-01-03T03:00:00+00:00", "midnight, Buenos Aires"
    assert opened["place"] == "Villa Inventada, Provincia Inventada"
    assert opened["original"]["derivacion_institucion"] == "PERSONAS EXTRAVIADAS"
    chain = cases.open_named(by=ana, notice_id=notice.id).chain
    assert [(link.ordinal, link.body, link.to_court) for link in chain] == [
        (1, "Personas extraviadas", False), (2, "Protex", True), (3, "Línea 144", False),
    ]  # fmt: skip
    assert chain[1].referred_at is not None
    assert chain[1].referred_at.isoformat() == "2020-01-04T13:00:00+00:00"


def test_persons_stand_apart_by_role_with_their_record_verbatim(job: Actor, ana: Actor) -> None:
    load(job)

    named = cases.open_named(by=ana, notice_id=_notice("101").id).persons
    assert {role: len(persons) for role, persons in named.items()} == {
        "victim": 1, "relative": 0, "accused": 2,
    }  # fmt: skip
    victim = named["victim"][0]
    assert (victim["age"], victim["gender"], victim["citizenship"]) == (22, "Feminine", "BO")
    assert "age" not in named["accused"][0], "0 stands for an unknown age"
    assert named["accused"][0]["original"]["edad_aparente"] == "0"


def test_a_second_run_adds_nothing_and_says_so(job: Actor, ana: Actor) -> None:
    first = load(job)
    second = load(job)

    assert first.files["reports"]["added"] == 8
    assert first.files["persons"]["added"] == 8
    for kind in ("reports", "persons"):
        assert second.files[kind]["added"] == second.files[kind]["differs"] == 0
    assert second.files["reports"]["same"] == 8
    assert cases.Notice.objects.count() == 8
    assert cases.NoticePerson.objects.count() == 8
    # What was turned away is not there, so it is told again; nothing else is.
    assert {line.why for line in lines_of(ana, second)} == {"no_role", "unknown_report"}


def test_a_changed_row_is_told_and_what_stands_is_left(
    job: Actor, ana: Actor, files: Files
) -> None:
    load(job, files)
    files.change("reports", 0, situacion="Urgencia")

    again = load(job, files)

    assert again.files["reports"]["differs"] == 1
    (told,) = [line for line in lines_of(ana, again) if line.why == "differs"]
    assert (told.row, told.column, told.found, told.became) == (
        2, "situacion", "Urgencia", "Emergencia",
    )  # fmt: skip
    assert _notice("101").situation == "emergency"


def test_a_person_told_anew_is_added_and_one_told_otherwise_changes_nothing(
    job: Actor, ana: Actor, files: Files
) -> None:
    load(job, files)
    rows = files.rows("persons")
    rows.insert(1, {**rows[0], "edad_aparente": "33"})
    rows[4] = {**rows[4], "genero": "Mujer"}
    files.write("persons", rows)

    again = load(job, files)

    told = again.files["persons"]
    assert (told["added"], told["differs"]) == (1, 1)
    assert [line.row for line in lines_of(ana, again) if line.why == "persons_differ"] == [6]
    ages = [
        p.get("age")
        for p in cases.open_named(by=ana, notice_id=_notice("101").id).persons["victim"]
    ]
    assert ages == [22, 33]
    assert _notice("102").persons.count() == 2


def test_a_person_who_is_told_no_more_stays_and_that_is_told(
    job: Actor, ana: Actor, files: Files
) -> None:
    load(job, files)
    rows = files.rows("persons")
    del rows[2]
    files.write("persons", rows)

    again = load(job, files)

    assert "persons_differ" in {line.why for line in lines_of(ana, again)}
    assert _notice("101").persons.count() == 3


def test_a_load_that_is_broken_off_is_completed_by_running_it_again(
    job: Actor, files: Files
) -> None:
    row = files.rows("reports")[0]
    files.write("reports", [{**row, "nro_registro_interno": str(n)} for n in range(1, 1201)])
    files.change("persons", 0, nro_registro_interno="1200")
    size = files.reports.stat().st_size
    read = {"load": 0}

    def kill(phase: str, more: int) -> None:
        read["load"] += more if phase == "load" else 0
        if read["load"] > size // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(job, files, progress=kill)
    assert cases.Notice.objects.count() == 500, "a batch is whole or not there"
    (broken,) = statistics.loads(by=audit.job("test", job.institution))
    assert broken.ended_at is None

    run = load(job, files)

    told = run.files["reports"]
    assert (told["added"], told["same"]) == (700, 500)
    assert cases.Notice.objects.count() == 1200


def test_the_log_holds_every_value_that_is_not_taken_as_it_stands(job: Actor, ana: Actor) -> None:
    run = load(job)

    found = {
        (line.file, line.row, line.column, line.found, line.became, line.why)
        for line in lines_of(ana, run)
    }
    assert found == {
        ("reports", 4, "derivacion_institucion", "PERSONAS EXTRAVIADAS", "Personas extraviadas",
         "spelling"),
        ("reports", 4, "derivacion2_fecha", "2020-01-04 10:00", "2020-01-04 10:00",
         "before_previous"),
        ("reports", 5, "derivacion_institucion", "Fiscalía Inventada a cargo de la Dra. Inventada",
         "Fiscalía Inventada", "holder_left_out"),
        ("reports", 5, "derivacion_fecha", "2020-01-03 23:50", "2020-01-03 23:50", "before_entry"),
        ("reports", 6, "denunciante_tipo", "Denunciante", "", "no_code"),
        ("reports", 6, "via_ingreso", "un camino inventado", "", "not_in_list"),
        ("reports", 7, "situacion", "", "", "empty"),
        ("reports", 7, "via_ingreso", "", "", "empty"),
        ("reports", 7, "localidad", "Villa  Inventada ", "Villa Inventada", "spaces"),
        ("reports", 8, "situacion", "urgencia", "urgency", "spelling"),
        ("reports", 8, "es_anonima", "SI", "yes", "spelling"),
        ("reports", 9, "tema", "Otro tema inventado", "", "not_in_list"),
        ("persons", 3, "edad_aparente", "0", "", "unknown_age"),
        ("persons", 4, "edad_aparente", "0", "", "unknown_age"),
        ("persons", 5, "genero", "Travesti", "", "no_code"),
        ("persons", 7, "nacionalidad", "Sin descripcion", "", "no_country"),
        ("persons", 7, "edad_aparente", "mucha", "", "not_in_list"),
        ("persons", 8, "referido_tipo", "Vecino", "", "no_role"),
        ("persons", 9, "nro_registro_interno", "999", "", "unknown_report"),
    }  # fmt: skip
    coded = statistics.open_log(by=ana, load_id=run.id).coded
    assert coded["reports"]["situacion"] == {
        "Emergencia": ["emergency", 1], "Urgencia": ["urgency", 5], "urgencia": ["urgency", 1],
    }  # fmt: skip
    assert coded["persons"]["nacionalidad"]["Peru"] == ["PE", 1]


def test_opening_the_log_is_recorded_and_only_for_those_who_may_read_notices(
    job: Actor, ana: Actor, cast: Cast
) -> None:
    run = load(job)
    lines_of(ana, run)

    assert audit.entries_about(run.id)[0].verb == "statistics.open_log"
    for officer in (cast.dora, cast.nadia, cast.sol):
        with pytest.raises(NotAllowed):
            lines_of(members.actor_of(officer), run)
    assert audit.entries_about(run.id)[0].actor_id == str(cast.ana.id)


def test_rows_of_one_institution_are_hidden_from_another(
    job: Actor, ana: Actor, cast: Cast
) -> None:
    run = load(job)

    with members.acting(None):
        assert not cases.Notice.objects.exists()
        with connection.cursor() as cursor:
            for table in ("statistics_load", "statistics_finding", "cases_noticeperson"):
                cursor.execute(f"select count(*) from {table}")  # noqa: S608 - fixed names
                assert cursor.fetchone() == (0,)
    with members.acting(cast.shelter.id), pytest.raises(NotFound):
        lines_of(ana, run)


def test_what_is_told_of_persons_does_not_lie_in_clear(job: Actor) -> None:
    load(job)

    with connection.cursor() as cursor:
        for table in ("cases_notice", "cases_noticeperson", "statistics_finding",
                      "statistics_load", "cases_noticereferral", "audit_entry"):  # fmt: skip
            cursor.execute(f"select coalesce(string_agg(t::text, ''), '') from {table} t")  # noqa: S608
            (text,) = cursor.fetchone()
            for told in ("Villa", "Travesti", "Sin descripcion", "Dra. Inventada", "mucha"):
                assert told not in text, table


def test_two_loads_at_once_are_refused(job: Actor) -> None:
    def meanwhile(phase: str, _read: int) -> None:
        """Another process tries the same."""
        if phase == "load" and not tried:
            with psycopg.connect(os.environ["DATABASE_URL"]) as other:
                row = other.execute("select pg_try_advisory_lock(%s)", [alone.LINEA145]).fetchone()
                tried.append(row)

    tried: list[object] = []
    load(job, progress=meanwhile)
    assert tried == [(False,)]

    with psycopg.connect(os.environ["DATABASE_URL"]) as other:
        other.execute("select pg_advisory_lock(%s)", [alone.LINEA145])
        with pytest.raises(statistics.LoadUnderWay):
            load(job)


def test_a_file_that_changes_while_it_is_loaded_is_told(job: Actor, files: Files) -> None:
    rows = files.rows("persons")

    def change(phase: str, _read: int) -> None:
        if phase == "load":
            files.write("persons", rows[:-1])

    with pytest.raises(statistics.FileChanged, match=r"persons\.csv"):
        load(job, files, progress=change)


def test_accused_persons_are_not_opened_as_persons_of_a_case(job: Actor, ana: Actor) -> None:
    load(job)

    assert cases.NoticePerson.objects.filter(role="accused").count() == 2
    assert not cases.Person.objects.exists()
    assert not cases.Case.objects.exists()
    assert not SearchToken.objects.exists(), "nobody is found by what a report accuses her of"
    with pytest.raises(cases.ReadOnly):
        cases.open_case(
            by=ana,
            notice_id=_notice("101").id,
            new=cases.NewCase(side="host", tracks=("trafficking",), person={}),
        )
    assert not cases.Person.objects.exists()


def test_no_role_but_those_who_take_notices_may_load(cast: Cast) -> None:
    for officer in (cast.dora, cast.nadia):
        with pytest.raises(NotAllowed):
            load(members.actor_of(officer)) if officer.institution else load(
                audit.Actor(audit.ActorKind.USER, str(officer.id), str(cast.programme.id),
                            officer.role)
            )  # fmt: skip
