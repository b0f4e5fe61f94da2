"""Pages of the data protection officer: how much is opened, and alarms."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from ayni.audit import api as audit
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members
from tests.cast import Cast, an_officer
from tests.desk.conftest import Browser
from tests.desk.filling import a_case_by_forms, fill, text_of

pytestmark = pytest.mark.django_db


def test_who_tries_many_closed_cases_is_an_alarm_that_is_looked_into(
    ana: Client, browser: Browser, cast: Cast
) -> None:
    bruno, dora = browser(an_officer("bruno", cast.programme)), browser(cast.dora)
    for _ in range(6):
        assert bruno.get(a_case_by_forms(ana)).status_code == 403
    with members.acting(cast.programme.id):
        job = audit.job("tests", str(cast.programme.id))
        assert cases.notice_readings(by=job, now=clock.now()) == 1

    assert "más de lo habitual" in text_of(dora, "/")
    page = text_of(dora, "/readings")
    assert "Bruno" in page
    link = re.search(r"/readings/[0-9a-f-]{36}", page)
    assert link
    assert "habitual: 5" in text_of(dora, link[0])
    assert dora.post(link[0], {}).status_code == 422
    assert fill(dora, link[0], {"finding": "asked"}) == "/readings"

    assert "más de lo habitual" not in text_of(dora, "/")
    assert "la respuesta convence" in text_of(dora, "/readings")
    for officer in (ana, bruno, browser(cast.luis)):
        assert officer.get("/readings").status_code == 403
        assert officer.get(link[0]).status_code == 403


def test_the_table_of_today_names_nobody_but_officers(
    ana: Client, browser: Browser, cast: Cast
) -> None:
    case = a_case_by_forms(ana)
    ana.get(case)
    ana.post(f"{case}/identity")

    page = text_of(browser(cast.dora), "/readings")

    assert "Ana" in page
    assert "1 (40)" in page
    assert "1 (25)" in page
    assert "Rosa" not in page
    assert case not in page
