"""Every figure with its denominator and the rows behind it; the roles are never added up."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from ayni.audit.api import Actor
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics import words
from tests.cast import Cast, an_institution, an_officer
from tests.statistics.stories import NOW, Files, browser, load

pytestmark = pytest.mark.django_db
EXPECTED = {
    "reports": (7, 7), "emergency": (1, 7), "urgency": (5, 7), "orientation": (0, 7),
    "without_situation": (1, 7), "anonymous": (3, 7), "anonymity_unknown": (0, 7),
    "without_first_referral": (2, 7), "first_referrals": (5, 7), "without_referral_date": (0, 5),
    "negative_intervals": (1, 5), "known_intervals": (4, 5), "referred_by_next_day": (3, 4),
    "referred_later": (1, 4), "second_referrals": (2, 7), "third_referrals": (1, 7),
    "reports_naming_direct_victims": (3, 7), "reports_naming_relatives": (2, 7),
    "reports_naming_accused": (1, 7), "direct_victims": (3, 3),
    "direct_victims_without_nationality": (1, 3), "direct_victims_of_no_country": (1, 3),
    "relatives": (2, 2), "relatives_without_nationality": (1, 2), "relatives_of_no_country": (0, 2),
    "accused": (2, 2), "accused_without_nationality": (2, 2), "accused_of_no_country": (0, 2),
    "other_subject": (1, 1),
}  # fmt: skip


def _text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def _open(client: Client, name: str, *args: object, query: str = "", status: int = 200) -> str:
    answer = client.get(reverse(f"statistics:{name}", args=args) + query)
    assert answer.status_code == status
    return answer.content.decode()


def test_figures_are_counted_from_the_rows(job: Actor) -> None:
    load(job)

    counted = statistics.count_linea145(by=job)

    assert {n: (f.numerator, f.denominator) for n, f in counted.items()} == EXPECTED


def test_behind_every_figure_stand_as_many_rows(job: Actor, ana: Actor) -> None:
    load(job)

    for name, figure in statistics.count_linea145(by=ana).items():
        assert len(statistics.linea145_rows(by=ana, figure=name)) == figure.numerator, name


def test_a_part_is_a_part_of_its_base(job: Actor, ana: Actor) -> None:
    load(job)

    for name, figure in statistics.FIGURES.items():
        part = {row.pk for row in statistics.linea145_rows(by=ana, figure=name)}
        assert part <= {row.pk for row in statistics.linea145_rows(by=ana, figure=figure.base)}


def test_a_program_reads_all_keys(job: Actor) -> None:
    load(job)

    found = statistics.linea145_figures(by=job)

    assert (found["persons"], found["persons_without_nationality"]) == (7, 4)
    assert found["figures"]["referred_by_next_day"] == {"numerator": 3, "denominator": 4}


def test_without_a_load_there_is_nothing_to_count(job: Actor, cast: Cast) -> None:
    with pytest.raises(statistics.NothingLoaded):
        statistics.linea145_figures(by=job)
    assert "No se ha cargado" in _open(browser(cast.ana), "linea145")


def test_the_page_shows_numerator_denominator_and_share(job: Actor, cast: Cast) -> None:
    load(job)

    page = _open(browser(cast.ana), "linea145")

    said = _text(page)
    assert "Emergencia 1 (Emergencia) 7 (Denuncias de trata de personas) 14,3" in said
    assert "día calendario siguiente 3 " in said
    assert "datos.jus.gob.ar" in said
    assert "no se suman" in said
    for name in statistics.FIGURES:
        if EXPECTED[name][0] and name != "known_intervals":
            assert reverse("statistics:linea145-rows", args=[name]) in page


def test_persons_by_role_are_never_added_up(job: Actor, cast: Cast) -> None:
    load(job)

    said = _text(_open(browser(cast.ana), "linea145"))

    assert EXPECTED["direct_victims"][0] + EXPECTED["relatives"][0] + EXPECTED["accused"][0] == 7
    for name, role in (("Víctimas directas nombradas", 3), ("Familiares nombrados", 2),
                       ("Personas acusadas nombradas", 2)):  # fmt: skip
        assert f"{name} {role} " in said
    assert not [
        word for word in ("persons", "persons_without_nationality") if word in words.FIGURES
    ]
    for sum_of_roles in ("persons", "persons_without_nationality"):
        _open(browser(cast.ana), "linea145-rows", sum_of_roles, status=404)


def test_the_rows_behind_a_figure_lead_to_the_notice(job: Actor, cast: Cast) -> None:
    load(job)
    client = browser(cast.ana)

    page = _open(client, "linea145-rows", "negative_intervals")

    assert ">104<" in page
    assert "-1" in page
    (address,) = re.findall(r"/notices/[0-9a-f-]{36}", page)
    assert client.get(address).status_code == 200
    persons = _text(_open(client, "linea145-rows", "direct_victims_of_no_country"))
    assert "103 3 de enero de 2020 Víctima directa Está escrita y no nombra ningún país" in persons


def test_rows_come_in_pages(job: Actor, ana: Actor, cast: Cast, files: Files) -> None:
    row = files.rows("reports")[0]
    files.write("reports", [{**row, "nro_registro_interno": str(n)} for n in range(101, 221)])
    load(job, files)
    client = browser(cast.ana)

    first = _open(client, "linea145-rows", "emergency")
    third = _open(client, "linea145-rows", "emergency", query="?page=3")

    assert "Página 1 de 3" in first
    assert ">101<" in first
    assert ">201<" in third
    assert len(re.findall(r"/notices/", third)) == 20
    _open(client, "linea145-rows", "emergency", query="?page=Rosa", status=404)


def test_who_sees_what(job: Actor, cast: Cast) -> None:
    run = load(job)
    focal = an_officer(
        "felipe",
        an_institution("ar-focal-point", kind="focal_point"),
        members.Role.NATIONAL_FOCAL_POINT,
    )
    pages = [("linea145",), ("linea145-rows", "emergency"), ("linea145-logs",),
             ("linea145-log", run.id), ("linea145-log-file", run.id)]  # fmt: skip
    expected = {
        cast.ana: [200] * 5,
        cast.luis: [200] * 5,
        cast.dora: [200, 403, 200, 403, 403],
        focal: [200, 403, 200, 403, 403],
        cast.sol: [403] * 5,
        cast.nadia: [403] * 5,
    }
    for officer, statuses in expected.items():
        client = browser(officer)
        found = [client.get(reverse(f"statistics:{n}", args=a)).status_code for n, *a in pages]
        assert found == statuses, officer.role

    for sums_only in (cast.dora, focal):
        page = _open(browser(sums_only), "linea145")
        assert "/rows/" not in page
        assert "14,3" in page
    assert Client(headers={"host": "ar.localhost"}).get("/statistics/linea145").status_code == 302


def test_an_unknown_figure_is_not_found(job: Actor, ana: Actor, cast: Cast) -> None:
    with pytest.raises(NotFound):
        statistics.linea145_rows(by=ana, figure="names")
    with pytest.raises(NotAllowed):
        statistics.linea145_rows(by=members.actor_of(cast.dora), figure="reports")


def test_the_log_is_read_on_a_page_and_downloaded_as_a_file(
    job: Actor, cast: Cast, files: Files
) -> None:
    files.change("reports", 4, via_ingreso="=HYPERLINK(1)")
    run = load(job, files)
    client = browser(cast.ana)

    assert f"/log/{run.id}" in _open(client, "linea145-logs")
    page = _open(client, "linea145-log", run.id)
    said = _text(page)
    assert "Urgencia Urgencia 5" in said
    assert "En este archivo 0 significa edad desconocida." in said
    rejected = _text(_open(client, "linea145-log", run.id, query="?treatment=rejected"))
    assert "Vecino" in rejected
    for other in ("Travesti", "mucha"):
        assert other in said
        assert other not in rejected
    _open(client, "linea145-log", run.id, query="?treatment=Rosa", status=404)

    answer = client.get(reverse("statistics:linea145-log-file", args=[run.id]))
    text = answer.content.decode("utf-8-sig")
    assert answer["Content-Type"].startswith("text/csv")
    assert "attachment" in answer["Content-Disposition"]
    assert len(text.splitlines()) == 1 + run.findings_count
    assert "8,Personas,referido_tipo,Vecino,(vacío),Se rechazó," in text
    assert "'=HYPERLINK(1)" in text, "a spreadsheet runs no formula of a file"


def test_a_load_that_was_broken_off_is_shown(job: Actor, cast: Cast, files: Files) -> None:
    def kill(phase: str, _read: int) -> None:
        if phase == "load":
            raise KeyboardInterrupt

    load(job)
    with pytest.raises(KeyboardInterrupt):
        load(job, files, progress=kill, now=NOW + timedelta(hours=1))

    assert "se interrumpió" in _open(browser(cast.ana), "linea145")
    assert "interrumpida" in _open(browser(cast.ana), "linea145-logs")


@pytest.mark.parametrize(
    ("language", "word"),
    [
        ("es", "trata de personas"),
        ("pt-br", "tráfico de pessoas"),
        ("en", "trafficking in persons"),
    ],
)
def test_the_pages_speak_three_languages(job: Actor, cast: Cast, language: str, word: str) -> None:
    run = load(job)
    client = browser(cast.ana, language)

    assert word in _open(client, "linea145")
    for name, *args in (("linea145-logs",), ("linea145-log", run.id),
                        ("linea145-rows", "accused")):  # fmt: skip
        _open(client, name, *args)


def test_every_figure_reason_and_treatment_has_its_words() -> None:
    assert set(words.FIGURES) == set(statistics.FIGURES)
    assert {figure.base for figure in statistics.FIGURES.values()} <= set(statistics.FIGURES)
