"""How somebody may be contacted is a code; what was written freely before is kept as a note."""

from __future__ import annotations

import importlib
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.help import api as help_pages
from ayni.vault import api as vault
from tests.cases import stories

MIGRATION = importlib.import_module("ayni.cases.migrations.0012_coded_contact")
METHODS = cases.vocabulary.ContactMethod


class _Editor:
    """What the migration asks of a schema editor."""

    connection = connection


def _contact(row: Any) -> Any:
    row.refresh_from_db()
    return row.unseal(vault.sealer(row.subject), ["contact"])["contact"]


@pytest.mark.django_db
def test_what_was_written_freely_becomes_a_note_word_for_word(ana: Actor) -> None:
    free = {"method": "Tocar timbre DOS veces; «Marta» — nunca antes", "never": "de noche"}
    case = stories.a_case(ana, {**stories.ADULT, "contact": free})
    notice = stories.a_notice(ana, contact=free)
    coded = stories.a_notice(ana, contact={"method": "message", "hours": "10-12"})

    for _ in range(2):  # a second run changes nothing more
        MIGRATION.to_codes(apps, _Editor)

    expected = {"note": free["method"], "never": "de noche"}
    assert _contact(case.person) == expected
    assert _contact(notice) == expected
    assert _contact(coded) == {"method": "message", "hours": "10-12"}


@pytest.mark.django_db
def test_whoever_was_erased_is_passed_over(ana: Actor) -> None:
    notice = stories.a_notice(ana, contact={"method": "Invented words"})
    vault.erase_subject(notice.subject)

    MIGRATION.to_codes(apps, _Editor)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "method": st.one_of(st.sampled_from(METHODS.values), st.text(max_size=40)),
            "note": st.text(max_size=40),
            "never": st.text(max_size=40),
        },
    )
)
def test_no_word_is_lost_and_what_is_left_is_a_code(told: dict[str, str]) -> None:
    after = MIGRATION.coded(told)

    assert after.get("method", "") in {"", *METHODS.values}
    for key, value in told.items():
        assert value in "; ".join(after.values()), key
    assert MIGRATION.coded(after) == after


def test_the_public_page_and_the_officers_share_their_codes() -> None:
    assert {code for code, _words in help_pages.vocabulary.METHODS} <= set(METHODS.values)
    assert set(METHODS.values) == MIGRATION.CODES
