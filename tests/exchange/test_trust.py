"""Directory and key sheets: only what follows from what was trusted before."""

from __future__ import annotations

import copy
import secrets
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import directory as rules
from ayni.exchange import documents, named, trust
from ayni.lib import clock
from tests.exchange.peer import Peer

BY = audit.job("tests")


def _next(peer: Peer, signers: dict[str, bytes], **changed: Any) -> dict[str, Any]:
    before = exchange.directory_body()
    body = {
        **copy.deepcopy(before),
        "number": before["number"] + 1,
        "previous": documents.digest(before),
        **changed,
    }
    document = documents.signed("directory", body, signers)
    return document


def test_a_founding_directory_needs_every_founders_signature(bolivia: Peer) -> None:
    document = exchange.directory_document()
    assert document is not None

    with pytest.raises(exchange.NotTrusted, match="ar"):
        rules.check_founding({**document, "signatures": document["signatures"][1:]})


def test_a_change_needs_the_quorum_of_the_directory_before(bolivia: Peer) -> None:
    document = _next(bolivia, {"bo": bolivia.identity}, quorum=1)

    with pytest.raises(exchange.NotTrusted, match="1 states have signed"):
        exchange.accept_directory(by=BY, document=document, now=clock.now())


def test_a_change_with_the_quorum_is_accepted(bolivia: Peer) -> None:
    document = _next(bolivia, {"bo": bolivia.identity}, quorum=1)
    document["signatures"].append(exchange.sign_directory(by=BY, body=document["body"]))

    assert exchange.accept_directory(by=BY, document=document, now=clock.now()) == 2
    assert exchange.directory_body()["quorum"] == 1


def test_two_directories_with_one_number_raise_an_alarm(bolivia: Peer) -> None:
    other = _second_truth(bolivia)

    with pytest.raises(exchange.Equivocation):
        exchange.accept_directory(by=BY, document=other, now=clock.now(), source="bo")

    alarm = audit.alarms()[0]
    first = exchange.directory_document()
    assert (alarm.code, alarm.source, alarm.evidence) == (
        "two_directories", "bo", [first, other],
    )  # fmt: skip


def _second_truth(bolivia: Peer) -> dict[str, Any]:
    """Another directory with number 1, signed by both founders."""
    first = exchange.directory_document()
    assert first is not None
    body = {**first["body"], "quorum": 1}
    theirs = documents.signed("directory", body, {"bo": bolivia.identity})["signatures"]
    return {
        "body": body,
        "signatures": [*theirs, exchange.sign_directory(by=BY, body=body)],
    }


def test_a_second_directory_that_few_have_signed_accuses_nobody(bolivia: Peer) -> None:
    other = _second_truth(bolivia)
    other["signatures"].pop()

    with pytest.raises(exchange.NotTrusted) as refused:
        exchange.accept_directory(by=BY, document=other, now=clock.now())

    assert not isinstance(refused.value, exchange.Equivocation)
    assert audit.alarms() == []


def test_what_another_node_was_shown_is_compared_every_hour(bolivia: Peer) -> None:
    """Bolivia signs one key sheet for us and another one, with the same number, for Chile; here
    Bolivia's own node shows what the second one is."""
    other = bolivia.key_sheet(clock.now(), tls_pins=["0" * 64])
    bolivia.serves["/exchange/1/seen"] = {
        "directory": {},
        "key_sheets": {"bo": {"digest": documents.digest(other["body"]), "number": 1}},
    }
    bolivia.serves["/exchange/1/key-sheet/bo/1"] = other
    held = exchange.key_sheet("bo")

    assert exchange.refresh(by=BY) == 0

    alarm = audit.alarms()[0]
    assert (alarm.code, alarm.node, alarm.source) == ("two_key_sheets", "bo", "bo")
    assert alarm.evidence == [held, other]
    assert exchange.key_sheet("bo") == held, "the first one stays in force"
    exchange.refresh(by=BY)
    assert len(audit.alarms()) == 1, "told once"


def test_two_directories_are_noticed_when_nodes_compare(bolivia: Peer) -> None:
    other = _second_truth(bolivia)
    digest = documents.digest(other["body"])
    bolivia.serves["/exchange/1/seen"] = {
        "directory": {"digest": digest, "number": 1}, "key_sheets": {},
    }  # fmt: skip
    bolivia.serves["/exchange/1/directory/1"] = other

    exchange.refresh(by=BY)

    assert [alarm.code for alarm in audit.alarms()] == ["two_directories"]


def test_a_sheet_of_a_node_that_is_down_comes_from_another_one(bolivia: Peer) -> None:
    sheet = bolivia.next_sheet(clock.now())
    bolivia.serves["/exchange/1/seen"] = {
        "directory": {},
        "key_sheets": {"bo": {"digest": documents.digest(sheet["body"]), "number": 2}},
    }
    bolivia.serves["/exchange/1/key-sheet/bo/2"] = sheet

    assert exchange.refresh(by=BY) == 1
    assert exchange.key_sheet("bo") == sheet


@pytest.mark.parametrize(
    "told",
    [
        {},
        {"directory": 1, "key_sheets": []},
        {"directory": {}, "key_sheets": {"bo": 3}},
        {"directory": {"number": "1", "digest": 2}, "key_sheets": {}},
        {"directory": {}, "key_sheets": {f"n{n}": {"digest": "", "number": 1} for n in range(99)}},
        {"directory": {}, "key_sheets": {"bo": {"digest": "0" * 64, "number": 1}}},
    ],
)
def test_what_a_peer_says_it_has_seen_is_not_believed(bolivia: Peer, told: Any) -> None:
    bolivia.serves["/exchange/1/seen"] = told
    bolivia.serves["/exchange/1/key-sheet/bo/1"] = {"body": {}, "signatures": []}

    assert exchange.refresh(by=BY) == 0
    assert audit.alarms() == []


def test_a_signature_of_the_secretariat_does_not_count(bolivia: Peer) -> None:
    secretariat = secrets.token_bytes(32)
    members = [
        *exchange.directory_body()["members"],
        {
            "endpoint": {"connect_to": "", "url": "http://secretariat.localhost"},
            "identity_key": documents.encode(documents.public_of(secretariat)),
            "node": "secretariat",
        },
    ]
    joined = _next(bolivia, {"bo": bolivia.identity}, members=members)
    joined["signatures"].append(exchange.sign_directory(by=BY, body=joined["body"]))
    exchange.accept_directory(by=BY, document=joined, now=clock.now())

    grab = _next(bolivia, {"bo": bolivia.identity, "secretariat": secretariat}, quorum=1)
    with pytest.raises(exchange.NotTrusted):
        exchange.accept_directory(by=BY, document=grab, now=clock.now())


def test_a_demonstration_directory_is_refused_by_a_real_node(bolivia: Peer) -> None:
    document = _next(bolivia, {"bo": bolivia.identity}, demo=True)
    document["signatures"].append(exchange.sign_directory(by=BY, body=document["body"]))

    with pytest.raises(exchange.NotTrusted, match="demonstration"):
        exchange.accept_directory(by=BY, document=document, now=clock.now())


def test_a_key_sheet_of_a_stranger_is_refused(bolivia: Peer) -> None:
    stranger = Peer()

    with pytest.raises(exchange.NotGenuine):
        exchange.accept_key_sheet(by=BY, document=stranger.key_sheet(clock.now()), now=clock.now())


def test_a_key_sheet_that_skips_a_number_is_refused(bolivia: Peer) -> None:
    body = {**bolivia.key_sheet(clock.now())["body"], "number": 3}
    document = documents.signed("key-sheet", body, {"bo": bolivia.identity})

    with pytest.raises(exchange.NotTrusted, match="does not follow"):
        exchange.accept_key_sheet(by=BY, document=document, now=clock.now())


def test_a_key_sheet_whose_time_is_over_is_refused(bolivia: Peer) -> None:
    document = bolivia.next_sheet(clock.now())

    with pytest.raises(exchange.NotTrusted, match="no longer valid"):
        exchange.accept_key_sheet(by=BY, document=document, now=clock.now() + timedelta(days=60))


def test_a_rotated_key_sheet_follows_and_old_messages_still_verify(bolivia: Peer) -> None:
    before = bolivia.key_sheet(clock.now())["body"]
    known = exchange.key_sheet("bo")
    assert known is not None
    fresh = Peer()
    body = {
        **before,
        "number": 2,
        "previous": documents.digest(known["body"]),
        "signing_key": documents.encode(documents.public_of(fresh.signing)),
    }
    document = documents.signed("key-sheet", body, {"bo": bolivia.identity})

    assert exchange.accept_key_sheet(by=BY, document=document, now=clock.now()) == 2
    reply = exchange.receive(raw=bolivia.seal({"data": {}}), signed_by="bo")
    assert reply.receipt is not None


def test_two_key_sheets_with_one_number_are_recorded_and_refused(bolivia: Peer) -> None:
    other = bolivia.key_sheet(clock.now(), tls_pins=["0" * 64])

    with pytest.raises(exchange.Equivocation):
        exchange.accept_key_sheet(by=BY, document=other, now=clock.now())

    assert audit.entries_about("key sheet of bo")[0].verb == "exchange.equivocation"
    assert audit.entries_about("key sheet of bo")[0].detail["digest"] == documents.digest(
        other["body"]
    )


def test_a_hundred_key_sheets_with_one_number_are_one_alarm(bolivia: Peer) -> None:
    for number in range(5):
        other = bolivia.key_sheet(clock.now(), tls_pins=[f"{number}" * 64])
        with pytest.raises(exchange.Equivocation):
            exchange.accept_key_sheet(by=BY, document=other, now=clock.now())

    assert [alarm.code for alarm in audit.alarms()] == ["two_key_sheets"]
    told = [each.verb for each in audit.entries_about("key sheet of bo")]
    assert told.count("exchange.equivocation") == 5, "each is in the trail, by its digest"


def test_a_strangers_fake_is_no_second_truth(bolivia: Peer) -> None:
    fake = Peer().key_sheet(clock.now(), tls_pins=["0" * 64])
    before = len(audit.entries_about("key sheet of bo"))

    with pytest.raises(exchange.NotGenuine):
        exchange.accept_key_sheet(by=BY, document=fake, now=clock.now())

    assert len(audit.entries_about("key sheet of bo")) == before


def test_a_revoked_key_signs_nothing_any_more(bolivia: Peer) -> None:
    fresh = secrets.token_bytes(32)
    document = bolivia.next_sheet(
        clock.now(), revoked=[1], signing_key=documents.encode(documents.public_of(fresh))
    )
    exchange.accept_key_sheet(by=BY, document=document, now=clock.now())

    old = bolivia.seal({"data": {}})
    new = bolivia.seal({"data": {}}, signing=fresh, signing_sheet=2)

    assert exchange.receive(raw=old, signed_by="bo").refusal == "not_genuine"
    assert exchange.receive(raw=new, signed_by="bo").receipt is not None


def test_a_node_names_no_institution_of_another(bolivia: Peer) -> None:
    entry = {**bolivia.key_sheet(clock.now())["body"]["institutions"][0], "code": "cl-consulate"}
    document = bolivia.next_sheet(clock.now(), institutions=[entry])

    with pytest.raises(exchange.Malformed, match="begins with its node"):
        exchange.accept_key_sheet(by=BY, document=document, now=clock.now())


@pytest.mark.parametrize("changed", [{"kind": "lodge"}, {"time_zone": "America/Nowhere"}])
def test_an_institution_of_no_known_kind_or_zone_is_refused(
    bolivia: Peer, changed: dict[str, str]
) -> None:
    entry = {**bolivia.key_sheet(clock.now())["body"]["institutions"][0], **changed}
    document = bolivia.next_sheet(clock.now(), institutions=[entry])

    with pytest.raises(exchange.Malformed):
        exchange.accept_key_sheet(by=BY, document=document, now=clock.now())
    sheet = exchange.key_sheet("bo")
    assert sheet is not None
    assert sheet["body"]["number"] == 1


@pytest.mark.parametrize("document", [{}, {"body": [], "signatures": []}, {"body": {}}, None, 3])
def test_what_is_no_document_is_malformed(bolivia: Peer, document: Any) -> None:
    for accept in (exchange.accept_directory, exchange.accept_key_sheet):
        with pytest.raises(exchange.Malformed):
            accept(by=BY, document=document, now=clock.now())


def test_new_sheets_and_directories_are_fetched_from_the_peers(bolivia: Peer) -> None:
    directory = _next(bolivia, {"bo": bolivia.identity}, quorum=1)
    directory["signatures"].append(exchange.sign_directory(by=BY, body=directory["body"]))
    bolivia.serves["/exchange/1/directory/2"] = directory
    bolivia.serves["/exchange/1/key-sheet/2"] = bolivia.next_sheet(clock.now())

    assert exchange.refresh(by=BY) == 2

    sheet = exchange.key_sheet("bo")
    assert sheet is not None
    assert sheet["body"]["number"] == 2
    assert exchange.directory_body()["number"] == 2
    assert exchange.refresh(by=BY) == 0


def test_a_fetched_document_that_does_not_follow_is_not_taken(bolivia: Peer) -> None:
    bolivia.serves["/exchange/1/directory/2"] = _next(bolivia, {"bo": bolivia.identity})

    assert exchange.refresh(by=BY) == 0

    assert exchange.directory_body()["number"] == 1


def test_a_sheet_that_cannot_be_kept_ends_no_refresh(bolivia: Peer) -> None:
    known = bolivia.key_sheet(clock.now())["body"]["institutions"]
    nowhere = {**known[0], "code": "bo-consulate-new", "stands_in": "ZZ"}
    bolivia.serves["/exchange/1/key-sheet/2"] = bolivia.next_sheet(
        clock.now(), institutions=[*known, nowhere]
    )

    assert exchange.refresh(by=BY) == 0

    sheet = exchange.key_sheet("bo")
    assert sheet is not None
    assert sheet["body"]["number"] == 1


def test_a_member_names_a_bounded_number_of_institutions(bolivia: Peer) -> None:
    known = bolivia.key_sheet(clock.now())["body"]["institutions"]
    more = [{**known[0], "code": f"bo-office-{n}"} for n in range(named.MOST)]
    document = bolivia.next_sheet(clock.now(), institutions=[*known, *more])

    with pytest.raises(exchange.Malformed, match="too many institutions"):
        exchange.accept_key_sheet(by=BY, document=document, now=clock.now())


def test_our_documents_are_public(bolivia: Peer) -> None:
    client = Client(headers={"host": "ar.localhost"})

    for path in ("key-sheet", "key-sheet/1"):
        assert client.get(f"/exchange/1/{path}").json() == bolivia.own_sheet
    assert client.get("/exchange/1/directory").json() == exchange.directory_document()
    assert client.get("/exchange/1/directory/1").json() == exchange.directory_document()
    assert client.get("/exchange/1/key-sheet/9").status_code == 404


def test_nothing_is_sealed_to_keys_that_are_no_longer_valid(bolivia: Peer) -> None:
    consulate = bolivia.key_sheet(clock.now())["body"]["institutions"][0]["code"]
    with (
        time_machine.travel(clock.now() + timedelta(days=31)),
        pytest.raises(exchange.KeysExpired),
    ):
        trust.recipient("bo", consulate)
