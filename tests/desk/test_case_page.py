"""What the page of a case shows while the name is hidden, and where its words lead."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.desk.filling import CASE, CASE_ONLY, a_case_by_forms, fill

pytestmark = pytest.mark.django_db

PERSON = {key: value for key, value in CASE.items() if key not in CASE_ONLY}


def test_no_number_of_hers_stands_beside_the_hidden_name(ana: Client) -> None:
    case = a_case_by_forms(ana)
    told = {"contact_method": "Llamar al 000555414209", "contact_never": "de noche"}
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
