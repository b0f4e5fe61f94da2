"""What the page of a case shows while the name is hidden, and where its words lead."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from ayni.desk.person_form import contact_of
from tests.desk.filling import CASE, CASE_ONLY, a_case_by_forms, fill

pytestmark = pytest.mark.django_db

PERSON = {key: value for key, value in CASE.items() if key not in CASE_ONLY}


def test_no_number_of_hers_stands_beside_the_hidden_name(ana: Client) -> None:
    case = a_case_by_forms(ana)
    told = {"contact_note": "Llamar al 000555414209", "contact_never": "de noche"}
    fill(ana, f"{case}/person", {**PERSON, **told})

    page = ana.get(case).content.decode()

    assert "Llamar al (…)" in page
    assert "de noche" in page
    assert "000555414209" not in page
    assert "000555414209" in ana.post(f"{case}/identity").content.decode()


def test_no_step_sends_the_reader_to_itself(ana: Client) -> None:
    page = ana.get(a_case_by_forms(ana)).content.decode()
    stopped = page.split("Detenido")[1].split("</ul>")[0] if "Detenido" in page else ""
    lines = [re.findall(r"/steps/([\w.]+)", line) for line in stopped.split("<li>")[1:]]

    assert lines, "some steps are stopped in a new case"
    assert all(named[0] not in named[1:] for named in lines)


def test_what_changes_something_is_a_button(ana: Client) -> None:
    page = ana.get(a_case_by_forms(ana)).content.decode()

    assert "ayni-link-button" not in page


def test_how_she_may_be_contacted_is_chosen_and_what_another_node_wrote_is_kept() -> None:
    told = {"method": "Her own words", "note": "ring twice", "who_listens": "a cousin"}

    assert contact_of(told) == {
        "contact_note": "Her own words; ring twice",
        "contact_listens": "a cousin",
        "contact_more": {},
    }
    assert contact_of({"method": "in_person"})["contact_method"] == "in_person"


def test_a_way_of_contact_that_is_none_of_the_codes_is_refused_and_nothing_typed_is_lost(
    ana: Client,
) -> None:
    case = a_case_by_forms(ana)
    told = {"contact_method": "Shout", "contact_note": "INVENTED note"}
    answer = ana.post(f"{case}/person", {**PERSON, **told, "version": "1"})

    assert answer.status_code == 422
    assert "INVENTED note" in answer.content.decode()
