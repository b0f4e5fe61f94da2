"""Who opened a case, for the data protection officer."""

from __future__ import annotations

import re

import pytest

from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.desk.verbs import VERBS
from ayni.members import api as members
from tests.architecture.rooms import AYNI
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.desk.filling import a_case_by_forms

pytestmark = pytest.mark.django_db


def test_the_data_protection_officer_finds_who_opened_a_case(cast: Cast, browser: Browser) -> None:
    ana, dora = browser(cast.ana), browser(cast.dora)
    address = a_case_by_forms(ana)
    ana.get(address)
    ana.post(f"{address}/identity")
    with members.acting(cast.programme.id):
        reference = cases.Case.objects.get(id=address.rsplit("/", 1)[1]).reference

    found = dora.post("/opened", {"reference": reference.lower()})
    page = dora.get(found["Location"]).content.decode()

    assert "Abrió la identidad" in page
    assert cast.ana.display_name in page
    assert "Inventada" not in page
    assert str(cast.ana.id) not in page
    assert "Miró quién lo abrió" in dora.get(found["Location"]).content.decode()


def test_an_unknown_reference_is_told_and_nothing_else(cast: Cast, browser: Browser) -> None:
    answer = browser(cast.dora).post("/opened", {"reference": "AR-NONE-0000"})

    assert answer.status_code == 422
    assert "ningún caso con esta referencia" in answer.content.decode()


def test_officers_who_work_on_cases_do_not_see_who_opened_them(
    cast: Cast, browser: Browser
) -> None:
    ana = browser(cast.ana)
    address = a_case_by_forms(ana)

    assert ana.get("/opened").status_code == 403
    assert ana.get(f"{address}/opened-by").status_code == 403


def test_every_verb_that_is_recorded_has_words() -> None:
    recorded = {
        verb
        for path in AYNI.rglob("*.py")
        for verb in re.findall(r'verb="([a-z_]+\.[a-z_]+)"', path.read_text())
    }

    assert recorded - set(VERBS) == set()


@pytest.mark.parametrize(("file", "kind"), [("answering", "referral"), ("requests", "request")])
def test_every_move_of_the_receiving_side_has_words(file: str, kind: str) -> None:
    source = (AYNI / "cooperation" / f"{file}.py").read_text()
    moves = re.findall(rf"_step\(by, {kind}_id, Move\.([A-Z_]+)", source)

    assert len(moves) > 2
    told = {f"cooperation.{cooperation.Move[move].value}_{kind}" for move in moves}
    assert told - set(VERBS) == set()
    assert f"cooperation.receive_{kind}" in VERBS
