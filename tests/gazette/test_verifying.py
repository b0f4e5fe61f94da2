"""What is held is verified anew: one changed letter is found, equal nodes have equal numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.gazette import api as gazette
from ayni.gazette import verifying
from ayni.gazette.models import Entry
from ayni.lib import clock
from ayni.members import api as members
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer
from tests.gazette.notices import WORD, an_entry, arrive

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(bolivia: Peer, paula: Actor) -> Peer:
    """Two entries of Bolivia's and one of ours."""
    arrive(an_entry(bolivia), an_entry(bolivia, "allin", key="second"))
    return bolivia


def _of(owner: str = "bo") -> gazette.Holding:
    (found,) = (each for each in gazette.verify() if each.owner == owner)
    return found


def _changed(**columns: Any) -> gazette.Fault | None:
    """What is found wrong with an entry that is changed behind everybody's back."""
    entry = Entry.objects.select_related("subject").get(subject__key="second")
    for name, value in columns.items():
        setattr(entry, name, value)
    return verifying._fault(entry)


def test_what_its_owner_signed_holds_and_is_counted(held: Peer) -> None:
    found = _of()

    assert (found.lines, found.entries, found.missing, found.doubled) == (2, 2, 0, 0)
    assert found.holds
    assert gazette.in_groups(found.total) == " ".join(
        found.total[begin : begin + 4] for begin in (0, 4, 8, 12)
    )


def test_the_number_does_not_depend_on_the_order_in_which_it_came(held: Peer) -> None:
    before = _of().total
    arrive(an_entry(held, "third", key="third"))
    assert _of().total != before


def test_one_changed_letter_or_place_is_found(held: Peer) -> None:
    entry = Entry.objects.get(subject__key="second")
    other = an_entry(held, "another", key="second")
    signed = json.loads(entry.document)
    bare = {**signed, "body": {**signed["body"], "node": "ar"}}

    assert _changed() is None
    for columns in (
        {"document": entry.document.replace("allin", "allim")},
        {"document": entry.document + " "},
        {"document": exchange.canonical(other).decode()},  # signed, and not what was kept
        {"document": exchange.canonical(bare).decode()},
        {"document": "{}"},
        {"document": "not JSON"},
        {"version": 7},
        {"digest": "0" * 64},
    ):
        assert _changed(**columns) is gazette.Fault.CHANGED, columns


def test_two_texts_under_one_number_do_not_hold(held: Peer) -> None:
    arrive(an_entry(held, "other"))

    assert _of().doubled == 1
    assert not _of().holds


def test_only_one_room_is_looked_at_if_it_is_named(held: Peer) -> None:
    assert [each.owner for each in gazette.verify(room="test")] == ["bo"]
    assert gazette.verify(room="agenda") == []
    assert gazette.verify(room="tes") == []


def test_the_command_answers_in_json_and_fails_if_something_does_not_hold(held: Peer) -> None:
    def verify() -> dict[str, Any]:
        out = StringIO()
        try:
            call_command("gazette", "verify", "--json", stdout=out)
        finally:
            told.append(json.loads(out.getvalue()))
        return told[-1]

    told: list[dict[str, Any]] = []
    assert verify()["ok"]
    assert told[0]["members"][0]["total"] == _of().total
    arrive(an_entry(held, "other"))
    with pytest.raises(CommandError):
        verify()
    assert not told[1]["ok"]


def test_an_officer_reads_it_on_a_page(held: Peer, client: Client) -> None:
    officer = an_officer("ana", an_institution("ar-programme"), members.Role.CONSULAR_OFFICER)
    enter(client, officer)
    client.cookies["ayni_ar_language"] = "en"

    page = client.get("/published/verified").content.decode()
    assert gazette.in_groups(_of().total) in page
    assert "Every signature holds" in page
    arrive(an_entry(held, "other"))
    page = client.get("/published/verified").content.decode()
    assert "Not everything holds" in page
    assert client.get("/published/verified?room=agenda").status_code == 200
    assert client.get("/published/verified?room=' or 1").status_code == 200


def test_the_kind_of_an_entry_is_named_where_it_does_not_hold() -> None:
    found = verifying.Found(WORD, "first", 1, gazette.Fault.CHANGED)
    holding = gazette.Holding("bo", 1, 1, "0" * 64, 0, 0, (found,))

    assert not holding.holds


def _reads(client: Client) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get("/published/verified").status_code == 200
    return sum('"gazette_entry"."document"' in each["sql"] for each in queries)


def test_a_second_look_at_the_page_reads_no_entry_until_another_one_comes(
    held: Peer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = an_officer("ana", an_institution("ar-programme"), members.Role.CONSULAR_OFFICER)
    enter(client, officer)
    before = gazette.verify()

    assert _reads(client) >= 1
    assert _reads(client) == 0
    assert verifying.verified() == before == gazette.verify()
    arrive(an_entry(held, "third", key="third"))
    assert _reads(client) == 1  # of the owner of whom something came
    assert _reads(client) == 0
    assert verifying.verified() == gazette.verify() != before
    monkeypatch.setattr(verifying, "AGAIN", 0.0)
    assert _reads(client) >= 1


def test_what_takes_longer_to_verify_than_it_is_shown_is_not_verified_at_every_look(
    held: Peer, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = an_officer("ana", an_institution("ar-programme"), members.Role.CONSULAR_OFFICER)
    enter(client, officer)
    monkeypatch.setattr(verifying, "AGAIN", 2.0)

    def slow(
        execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:  # fmt: skip
        if '"gazette_entry"."document"' in sql:
            time.sleep(2.2)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(slow):
        verifying._remembered("bo", "")
        with CaptureQueriesContext(connection) as queries:
            verifying._remembered("bo", "")
    assert not any('"gazette_entry"."document"' in each["sql"] for each in queries)


def test_a_key_that_is_revoked_is_seen_on_the_page_at_once(
    peers: tuple[Peer, Peer], client: Client
) -> None:
    bolivia, _secretariat = peers
    arrive(an_entry(bolivia), sender="secretariat")
    officer = an_officer("ana", an_institution("ar-programme"), members.Role.CONSULAR_OFFICER)
    enter(client, officer)
    client.cookies["ayni_ar_language"] = "en"
    page = client.get("/published/verified").content.decode()
    assert "Every signature holds" in page
    now = clock.now().replace(microsecond=0)
    exchange.accept_key_sheet(
        by=audit.job("tests"), document=bolivia.next_sheet(now, revoked=[1]), now=now
    )

    page = client.get("/published/verified").content.decode()
    assert "signed with a key that does not count any more" in page
    assert verifying.AGAIN <= 600


def test_no_more_is_remembered_than_may_be(held: Peer) -> None:
    for n in range(verifying._MOST_FOUND + 5):
        verifying._remembered("bo", f"room{n}")

    assert len(verifying._FOUND) == verifying._MOST_FOUND
