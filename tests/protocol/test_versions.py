"""Versions of a definition: stored, adopted by a state from a day on, kept by a case."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from ayni.audit import api as audit
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.protocol import versions
from ayni.protocol.load import shipped
from ayni.protocol.models import ProtocolVersion
from tests.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.database_room]

START = datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
ADULT = {"age_group": "adult", "nationality_state": "bo", "host_state": "ar"}


@pytest.fixture
def officer(cast: Cast):
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


def test_until_a_state_adopts_a_version_the_reference_is_used() -> None:
    assert protocol.adopted("bo") == protocol.Adopted("reference", "1.0", "bo", None)


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(protocol.UnknownVersion):
        protocol.definition("reference", "7.7")
    with pytest.raises(protocol.UnknownVersion):
        protocol.definition("../reference", "1.0")


def test_a_case_keeps_its_version_when_the_file_changes(officer: audit.Actor) -> None:
    stored = versions.store("reference", "1.0")
    changed = ProtocolVersion(key="reference", version="0.9", digest="0" * 64)
    changed.document = {
        **stored.document,
        "version": "0.9",
        "phases": stored.document["phases"][:3],
    }
    changed.stored_at = START
    changed.save()

    subject = uuid4()
    protocol.open_subject(
        by=officer,
        subject=subject,
        institution=officer.institution,
        side="host",
        opened_at=START,
        facts=ADULT,
        definition="reference",
        version="0.9",
    )

    assert protocol.definition_for(subject).version == "0.9"
    assert list(protocol.agenda(subject=subject, facts=ADULT).steps) == [
        name for name in shipped("reference", "1.0").steps if name.startswith("2.")
    ]


def test_what_is_stored_says_the_same_as_the_file() -> None:
    stored = versions.definition_of(versions.store("reference", "1.0"))

    assert stored == shipped("reference", "1.0")
