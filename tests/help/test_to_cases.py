"""From the public form to the officer who reads it, through the real table of receivers."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client

from ayni.cases import api as cases
from ayni.members import api as members
from tests.cast import Cast


@pytest.fixture
def told(cast: Cast) -> str:
    """The page that a person sees after writing."""
    answers = {
        "form_id": str(uuid4()),
        "narrative": "No me dejan salir",
        "danger_now": "yes",
        "informant": "direct_victim",
        "about_name": "Rosa",
        "about_age": "unknown",
        "method": "message",
        "address": "+5491100000000",
        "safe_to_talk": "no",
        "language": "qu",
    }
    client = Client(headers={"host": "ar.localhost"})
    return client.post("/help/es/write/", answers).content.decode()


def test_an_officer_reads_what_was_written_under_the_code_that_was_told(
    cast: Cast, told: str
) -> None:
    code = re.search(r"<strong>([0-9A-Z]{4}-[0-9A-Z]{4})</strong>", told)
    assert code
    by = members.actor_of(cast.ana)
    with members.acting(cast.programme.id):
        (row,) = cases.notices_waiting(by=by)
        notice, opened = cases.open_notice(by=by, notice_id=row.id)
    assert notice.reference == code[1]
    assert notice.channel == "web"
    assert notice.anonymous is True
    assert notice.safe_to_talk is False
    assert notice.language == "qu"
    assert opened["narrative"] == "No me dejan salir"
    assert opened["indicators"] == ["danger_now"]
    assert opened["contact"] == {
        "method": "message",
        "address": "+5491100000000",
    }


def test_another_institution_does_not_see_it(cast: Cast, told: str) -> None:
    assert "Recibimos su mensaje" in told
    by = members.actor_of(cast.sol)
    with members.acting(cast.shelter.id):
        assert cases.notices_waiting(by=by) == []
