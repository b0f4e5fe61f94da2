"""`ayni sums`: whoever runs the node lists; a state's statistician shows who she is and gives."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics.masked import kinds, reading
from tests import cast as the_cast
from tests.statistics import sums_stories as stories
from tests.statistics.sums_stories import TABLE, World, a_row, declared_by, found, says

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def argentina(db: None, settings: Any) -> Iterator[World]:
    """This node is Argentina's."""
    settings.AYNI_SUM_COUNTS = "tests.statistics.sums_stories.counted"
    before = list(stories.COUNTED)
    yield from found("ar")
    stories.now_counts(before)


@pytest.fixture
def office(db: None, settings: Any) -> Iterator[World]:
    """This node is the secretariat's."""
    settings.AYNI_NODE = members.SECRETARIAT
    yield from found(members.SECRETARIAT)


def _said(*arguments: str, officer: str = "", wrong: bool = False) -> str:
    typed = ""
    if officer:
        email = f"{officer}@{members.this_node()}-desk.example"
        user = members.user_by_email(email)
        password = "x" if wrong else the_cast.PASSWORD
        typed = f"{password}\n{the_cast.next_number(user)}\n"
        arguments = (*arguments, "--officer", email)
    out, before, sys.stdin = StringIO(), sys.stdin, io.StringIO(typed)
    try:
        call_command("sums", *arguments, stdout=out)
    finally:
        sys.stdin = before
    return out.getvalue()


def _told(*arguments: str, officer: str = "") -> Any:
    return json.loads(_said(*arguments, "--json", officer=officer))


def test_a_state_takes_part_and_gives_the_numbers_that_it_was_shown(argentina: World) -> None:
    digest = declared_by(argentina.secretariat)
    (listed,) = _told("list")
    assert (listed["sum"], listed["standing"]) == (digest, "asked")
    assert "waits for this state until" in _said("list")
    assert _told("take-part", digest[:12], officer="eva")["states"]["ar"]["step"] == "takes_part"
    says(argentina.bo, digest)
    says(argentina.cl, digest)
    counts = _told("counts", digest[:12], officer="eva")
    assert {"sex": "female", "age": "adult", "count": 7} in counts["cells"]
    stories.now_counts(a_row(female_adult=9))
    with pytest.raises(CommandError, match="counts have changed"):
        _said("give", digest, "--mark", counts["mark"], officer="eva")
    mark = _told("counts", digest, officer="eva")["mark"]
    assert _told("give", digest, "--mark", mark, officer="eva")["states"]["ar"]["step"] == "gave"
    assert gazette.one(owner="ar", kind=kinds.SHARE, key=digest) is not None
    ended = _told("withdraw", digest, officer="eva")["ended"]
    assert ended == {"why": "withdrew", "states": ["ar"]}


def test_nobody_acts_without_showing_who_she_is(argentina: World) -> None:
    digest = declared_by(argentina.secretariat)
    with pytest.raises(CommandError, match="--officer"):
        _said("take-part", digest)
    with pytest.raises(CommandError, match="Password or number is wrong"):
        _said("take-part", digest, officer="eva", wrong=True)
    with pytest.raises(CommandError, match="why your state does not take part"):
        _said("decline", digest, officer="eva")
    with pytest.raises(CommandError, match="not known here"):
        _said("show", "a" * 64)
    with pytest.raises(CommandError, match="Look at the numbers first"):
        _said("give", digest, officer="eva")
    assert reading.known_round(digest).round.takes_part == {}


def in_days(days: int) -> str:
    return (clock.now() + timedelta(days=days)).date().isoformat()


def test_the_secretariat_declares_and_takes_back(office: World) -> None:
    wanted = (
        "declare", "--table", TABLE, "--from", "2025", "--to", "2025", "--states", "AR,bo,cl",
        "--answer-by", in_days(10), "--give-by", in_days(20),
    )  # fmt: skip
    digest = _told(*wanted, officer="ines")["sum"]
    assert "ar: silent" in _said("show", digest[:12])
    assert _told("add", officer="ines") == {"made": 0}
    with pytest.raises(CommandError, match="nothing has been added here"):
        _said("tell", digest, officer="ines")
    assert _told("take-back", digest, officer="ines")["ended"]["why"] == "taken_back"
    with pytest.raises(CommandError, match="Say what"):
        _said("declare", "--table", TABLE, officer="ines")
    with pytest.raises(CommandError, match="There is no such state: xx"):
        _said(*wanted, "--states", "ar,bo,xx", officer="ines")
