"""A national role of the node sees the sums of Línea 145, and never a row or the log of values."""

from __future__ import annotations

import pytest
from django.urls import reverse

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.models import Finding, Load, NodeSum
from tests.cast import Cast, an_institution, an_officer
from tests.statistics.stories import Files, browser, load
from tests.statistics.test_figures import EXPECTED

pytestmark = pytest.mark.django_db


@pytest.fixture
def flor(cast: Cast) -> members.User:
    """Flor, the national focal point, of another institution than the programme."""
    return an_officer(
        "flor", an_institution("ar-focal-point", kind="focal_point"),
        members.Role.NATIONAL_FOCAL_POINT,
    )  # fmt: skip


def test_the_focal_point_of_another_institution_sees_the_same_figures(
    job: Actor, flor: members.User
) -> None:
    load(job)
    by = members.actor_of(flor)
    with members.acting(by.institution):
        (held,) = statistics.node_figures(by=by)

    assert held.holder == "ar-programme"
    told = {name: (f.numerator, f.denominator) for name, f in held.figures.items()}
    assert told == EXPECTED


def test_the_rows_and_the_log_of_values_stay_hidden(job: Actor, flor: members.User) -> None:
    run = load(job)
    by = members.actor_of(flor)
    with members.acting(by.institution):
        for model in (cases.Notice, cases.NoticePerson, cases.NoticeReferral, Load, Finding):
            assert not model.objects.exists(), model.__name__
        assert NodeSum.objects.exists()
        with pytest.raises(NotAllowed):
            statistics.linea145_rows(by=by, figure="emergency")
        with pytest.raises(NotAllowed):
            statistics.open_log(by=by, load_id=run.id)

    client = browser(flor)
    page = client.get(reverse("statistics:linea145")).content.decode()
    assert "Sumas de lo que ha cargado ar-programme" in page
    assert "/rows" not in page
    for name, given in (
        ("linea145-rows", ["emergency"]), ("linea145-log", [run.id]),
        ("linea145-log-file", [run.id]),
    ):  # fmt: skip
        assert client.get(reverse(f"statistics:{name}", args=given)).status_code == 403


def test_whoever_holds_no_national_role_reads_no_sum_of_another_institution(
    job: Actor, cast: Cast
) -> None:
    load(job)
    other = an_institution("ar-other-programme")
    officer = an_officer("olga", other)

    with pytest.raises(NotAllowed):
        statistics.node_figures(by=members.actor_of(officer))
    with pytest.raises(NotAllowed):
        statistics.node_figures(by=members.actor_of(cast.ana))
    page = browser(officer).get(reverse("statistics:linea145")).content.decode()
    assert "No se ha cargado ningún archivo" in page


def test_sums_of_two_institutions_stand_apart(job: Actor, flor: members.User, files: Files) -> None:
    load(job)
    other = an_institution("ar-zulu")
    with members.acting(other.id):
        load(audit.job("import-linea145", str(other.id)), files)
    client = browser(flor)

    first = client.get(reverse("statistics:linea145")).content.decode()
    second = client.get(reverse("statistics:linea145"), {"of": "ar-zulu"}).content.decode()

    assert "Sumas de lo que ha cargado ar-programme" in first
    assert '?of=ar-zulu"' in first
    assert "Sumas de lo que ha cargado ar-zulu" in second
    by = members.actor_of(flor)
    assert [h.figures["reports"].numerator for h in statistics.node_figures(by=by)] == [7, 7]


def test_a_second_load_replaces_the_sums(job: Actor, flor: members.User) -> None:
    load(job)
    load(job)

    assert NodeSum.objects.filter(name="reports").count() == 1


@pytest.mark.parametrize(
    ("language", "words"),
    [("es", "No se ha cargado ningún archivo"), ("pt-br", "Nenhum arquivo"), ("en", "No file of")],
)
def test_a_node_without_records_says_so(flor: members.User, language: str, words: str) -> None:
    page = browser(flor, language).get(reverse("statistics:linea145")).content.decode()

    assert words in page
