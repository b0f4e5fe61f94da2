"""A name that a published body gives stands in addresses: one that no address takes does not
count, so that no page ends because of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from ayni.agenda import action_kinds, indicators, kinds, meeting_kind, work_kinds
from ayni.agenda.actions import Gap
from ayni.gazette import api as gazette
from tests.agenda.stories import comes
from tests.agenda.test_actions import BODY, WRITTEN
from tests.agenda.working import commitment_comes, objective_comes
from tests.cast import Cast, enter
from tests.exchange.peer import Peer

WRONG = ["2031-12-01-plenario\n", "\u0662\u0660\u0663\u0661-12-01-plenario", "2031-12-01-PLENARIO"]
GAP = Gap("smuggling", "bo", "co")


def counted(kind: str) -> list[bool]:
    return [each.counts for each in gazette.current(kind=kind)]


@pytest.mark.parametrize("meeting", WRONG)
def test_a_meeting_that_no_address_can_name_is_no_meeting(
    secretariat: Peer, cast: Cast, client: Client, meeting: str
) -> None:
    objective_comes(secretariat)
    commitment_comes(secretariat, meeting=meeting)
    comes(secretariat, action_kinds.ACTION, GAP.key, BODY)
    course: dict[str, Any] = {
        **WRITTEN, "number": 1, "word": "on_agenda", "meeting": meeting, "decision": "",
        "reason": "",
    }  # fmt: skip
    comes(secretariat, action_kinds.COURSE, f"secretariat:{GAP.key}", course)

    assert counted(work_kinds.COMMITMENT) == [False]
    assert counted(action_kinds.COURSE) == [False]
    enter(client, cast.ana)
    for page in (f"/platform/actions/{GAP.key}", "/platform/actions", "/platform/work"):
        assert client.get(page).status_code == 200, page


@pytest.mark.parametrize("key", WRONG)
def test_no_pattern_of_a_key_ends_before_a_line_break_or_takes_other_digits(key: str) -> None:
    assert meeting_kind.MEETING_KEY.fullmatch("2031-12-01-plenario")
    assert meeting_kind.MEETING_KEY.fullmatch(key) is None
    assert not work_kinds.is_key(key)


def test_a_value_of_what_no_commitment_can_be_called_does_not_count(bolivia: Peer) -> None:
    body = {"indicator": "answered_on_time", "value": "90", "cases": 20, "since": "2026-01-01",
            "on": "2026-11-01"}  # fmt: skip
    comes(bolivia, indicators.MEASURE, "theirs:mine", body)

    assert counted(indicators.MEASURE) == [False]


def test_days_are_written_in_the_digits_that_every_program_reads() -> None:
    for schema in (kinds.DAY, meeting_kind.SCHEMA["properties"]["at"]):
        assert "\\d" not in schema["pattern"]
