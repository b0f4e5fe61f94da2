"""`ayni disclosure` on a node: each verb is an officer's, who shows password and number."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import translation

from ayni.members import api as members
from ayni.statistics.management.commands.disclosure import Command
from tests import cast as the_cast
from tests.agenda.stories import found_as
from tests.exchange.peer import Peer
from tests.statistics.release_stories import HOLDER, REGISTER, VICTIMS, WHY, a_register, tallied

pytest.importorskip("opendp", reason="releases need the extra observatory")


@pytest.fixture
def people(db: None) -> Iterator[tuple[members.User, members.User]]:
    """Two statisticians of a node in a directory."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    place = the_cast.an_institution(HOLDER)
    role = members.Role.STATISTICIAN
    tallied()
    with translation.override("en"):
        yield the_cast.an_officer("eva", place, role), the_cast.an_officer("mario", place, role)
    peer.stop()


def call(who: members.User, *arguments: object) -> list[dict[str, Any]]:
    """What a verb answers to this officer."""
    out = io.StringIO()
    typed = f"{the_cast.PASSWORD}\n{the_cast.next_number(who)}\n"
    before, sys.stdin = sys.stdin, io.StringIO(typed)
    try:
        call_command(
            "disclosure", *map(str, arguments), "--officer", who.email, "--json", stdout=out
        )
    finally:
        sys.stdin = before
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_from_proposal_to_rebuilding_at_the_terminal(
    people: tuple[members.User, members.User],
) -> None:
    eva, mario = people
    asked = ("--source", "linea145", "--population", VICTIMS, "--table", "sex,age")
    (told,) = call(eva, "propose", *asked, "--from", 2022, "--to", 2023)
    name = told["release"]
    assert told["state"] == "proposed"
    (told,) = call(eva, "check", name)
    assert told["state"] == "checked"
    reviewed = ("review", name, "--reasons", WHY, "--sha256", told["sha256"])
    with pytest.raises(CommandError, match="either --accept or --send-back"):
        call(mario, *reviewed)
    with pytest.raises(CommandError, match="Another person"):
        call(eva, *reviewed, "--accept")
    call(mario, *reviewed, "--accept")
    (told,) = call(mario, "publish", name)
    assert told["state"] == "published"
    (again,) = call(eva, "rebuild", name)
    assert again == {
        "same": True, "published": told["sha256"], "rebuilt": told["sha256"],
        "first_different_byte": -1,
    }  # fmt: skip
    (listed,) = call(eva, "list")
    assert listed["release"] == name


def test_what_is_over_the_budget_is_said_and_ends_in_an_error(
    people: tuple[members.User, members.User], tmp_path: Path
) -> None:
    eva, _mario = people
    asked = ("--source", "records", "--population", REGISTER, "--method", "model", "--bound", 300)
    file = a_register(tmp_path, 30)
    (told,) = call(eva, "propose", file, *asked, "--epsilon", 3)
    with pytest.raises(CommandError, match="refuses this release"):
        call(eva, "check", told["release"])
    assert call(eva, "ledger") == []


def test_nobody_does_anything_without_password_and_number(
    people: tuple[members.User, members.User],
) -> None:
    before, sys.stdin = sys.stdin, io.StringIO("wrong\n000000\n")
    try:
        for verb in ("propose", "check", "review", "publish", "rebuild", "list", "ledger"):
            with pytest.raises(CommandError, match=r"--officer|wrong|accept"):
                call_command("disclosure", verb, "--officer", people[0].email)
    finally:
        sys.stdin = before


ASKED = ("propose", "--source", "linea145", "--population", VICTIMS, "--table", "sex,age",
         "--from", 2023, "--to", 2023)  # fmt: skip


def test_zeros_and_whole_groups_are_reached_from_the_terminal(
    people: tuple[members.User, members.User],
) -> None:
    eva, _mario = people
    (told,) = call(eva, *ASKED, "--zeros", "shown", "--whole-groups", "shown")
    (told,) = call(eva, "check", told["release"])
    assert told["declared"]["Zeros"] == "Always shown"
    assert told["declared"]["Cells that hold their whole group"].startswith("Shown")


def test_totals_and_the_reason_of_a_withdrawal_are_reached_from_the_terminal(
    people: tuple[members.User, members.User],
) -> None:
    eva, mario = people
    (told,) = call(eva, *ASKED, "--method", "rounding", "--margins", "controlled")
    (told,) = call(eva, "check", told["release"])
    assert told["declared"]["Totals"] == "Changed so that they add up"
    assert told["state"] == "checked"
    name = told["release"]
    reviewed = ("review", name, "--reasons", WHY, "--sha256", told["sha256"], "--accept")
    call(mario, *reviewed)
    call(mario, "publish", name)
    with pytest.raises(CommandError, match="tells_of_persons"):
        call(mario, "withdraw", name)
    (told,) = call(mario, "withdraw", name, "--why", "ordered")
    assert told["state"] == "withdrawn"


def test_every_source_is_named_by_the_help() -> None:
    with translation.override("en"):
        parser = Command().create_parser("ayni", "disclosure")
    assert "propose: cases, linea145, records or sum" in " ".join(parser.format_help().split())


def test_a_name_that_is_none_is_told(people: tuple[members.User, members.User]) -> None:
    with pytest.raises(CommandError, match="is no release"):
        call(people[0], "check", "nothing")
