"""Nothing is accepted before earlier records were searched for (step 1.4)."""

from __future__ import annotations

import re
import secrets
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.lib.errors import NotFound, WrongState
from tests.cases.stories import ADULT, a_case
from tests.cast import Cast, enter
from tests.cooperation.conftest import on_behalf
from tests.cooperation.stories import a_sent_referral
from tests.exchange.peer import Peer

# These tests commit: each person here stands in no other test.
ZULEMA = {
    **ADULT,
    "name_as_written": "Zulema FICTICIA Choquehuanca",
    "given_names": "Zulema",
    "first_surname": "Ficticia",
    "second_surname": "Choquehuanca",
    "documents": [{"kind": "national_id", "issuing_state": "BO", "number": "1111111-Z"}],
    "phones": [],
}
NOBODY = {"name_as_written": "Wenceslada NOCONOCIDA Ayaviri"}


def _arrives(bolivia: Peer, by: Actor, data: dict[str, Any]) -> Referral:
    """A referral of Bolivia's consulate, not read yet."""
    conversation = secrets.token_hex(16)
    payload = {"data": data, "purpose": "refer", "provisions": []}
    raw = bolivia.seal(payload, kind="referral.send", conversation=conversation)
    exchange.receive(raw=raw, signed_by="bo")
    return Referral.objects.get(institution_id=by.institution, conversation=conversation)


def _from_bolivia(bolivia: Peer, by: Actor, **data: Any) -> Referral:
    """A referral that arrived from Bolivia and was read."""
    named = {key: ZULEMA[key] for key in ("name_as_written", "given_names", "documents")}
    row = _arrives(bolivia, by, {**named, **data} if "needs" not in data else data)
    return cooperation.mark_read(by=by, referral_id=row.id)


def test_nothing_is_accepted_before_the_search(ana: Actor, bolivia: Peer) -> None:
    row = _from_bolivia(bolivia, ana, **NOBODY, given_names="", documents=[])
    with pytest.raises(cases.SearchFirst):
        cooperation.accept_referral(by=ana, referral_id=row.id)

    assert cooperation.search_earlier(by=ana, referral_id=row.id) == []
    assert Referral.objects.get(id=row.id).search_result == "none"
    assert cooperation.accept_referral(by=ana, referral_id=row.id).case is not None


def test_a_name_that_only_sounds_alike_is_found(ana: Actor, bolivia: Peer) -> None:
    earlier = a_case(ana, ZULEMA)
    row = _from_bolivia(
        bolivia, ana, name_as_written="Sulema CHOKEHUANCA Ficticia", given_names="", documents=[]
    )

    found = cooperation.search_earlier(by=ana, referral_id=row.id)

    assert earlier.id in {id_ for hit in found for id_ in hit.case_ids}
    assert Referral.objects.get(id=row.id).search_result == "similar"


def test_an_earlier_case_is_linked_once_and_never_merged(ana: Actor, bolivia: Peer) -> None:
    earlier = a_case(ana, ZULEMA)
    row = _from_bolivia(bolivia, ana)
    with pytest.raises(cases.SearchFirst):
        cooperation.link_earlier(by=ana, referral_id=row.id, about="case", about_id=earlier.id)
    (hit, *_) = cooperation.search_earlier(by=ana, referral_id=row.id)
    assert hit.strength == "probable"

    for _ in range(2):
        cooperation.link_earlier(by=ana, referral_id=row.id, about="case", about_id=earlier.id)
    cooperation.search_earlier(by=ana, referral_id=row.id)
    accepted = cooperation.accept_referral(by=ana, referral_id=row.id)

    kept = Referral.objects.get(id=row.id)
    assert kept.earlier == [["case", str(earlier.id)]]
    assert kept.search_result == "linked"
    assert accepted.case_id not in (None, earlier.id)
    cooperation.unlink_earlier(by=ana, referral_id=row.id, about_id=earlier.id)
    assert Referral.objects.get(id=row.id).search_result == "similar"


def test_a_record_of_another_institution_is_not_linked(
    ana: Actor, sol: Actor, bolivia: Peer
) -> None:
    row = _from_bolivia(bolivia, ana)
    cooperation.search_earlier(by=ana, referral_id=row.id)
    sent = a_sent_referral(ana, person=ZULEMA)
    with on_behalf(sol):
        theirs = Referral.objects.get(conversation=sent.conversation, direction="in")
        cooperation.mark_read(by=sol, referral_id=theirs.id)
        cooperation.search_earlier(by=sol, referral_id=theirs.id)
        other = cooperation.accept_referral(by=sol, referral_id=theirs.id)
    with pytest.raises(NotFound):
        cooperation.link_earlier(by=ana, referral_id=row.id, about="case", about_id=other.case_id)


def test_a_service_searches_what_it_received_and_the_sender_is_left_out(
    ana: Actor, sol: Actor
) -> None:
    sent = a_sent_referral(ana, person=ZULEMA)
    with on_behalf(sol):
        theirs = Referral.objects.get(conversation=sent.conversation, direction="in")
        cooperation.mark_read(by=sol, referral_id=theirs.id)
        found = cooperation.search_earlier(by=sol, referral_id=theirs.id)
        assert all(str(hit.institution_id) != ana.institution for hit in found)
        assert Referral.objects.get(id=theirs.id).searched_at is not None


def test_what_cannot_be_searched_for_is_said_so(ana: Actor, bolivia: Peer) -> None:
    row = _arrives(bolivia, ana, {"needs": ["shelter"]})
    with pytest.raises(WrongState):
        cooperation.search_earlier(by=ana, referral_id=row.id)
    cooperation.mark_read(by=ana, referral_id=row.id)
    cooperation.search_earlier(by=ana, referral_id=row.id)
    assert Referral.objects.get(id=row.id).search_result == "nothing_to_search"


def test_who_she_is_comes_later_and_is_searched_for_again(ana: Actor, bolivia: Peer) -> None:
    row = _from_bolivia(bolivia, ana, needs=["shelter"])
    cooperation.search_earlier(by=ana, referral_id=row.id)
    cooperation.ask_more(by=ana, referral_id=row.id, wanted=["documents"])

    reply = exchange.receive(
        raw=bolivia.seal(
            {"data": {"documents": ZULEMA["documents"]}},
            kind="referral.more", conversation=row.conversation, sequence=2,
        ),
        signed_by="bo",
    )  # fmt: skip

    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "applied"
    with pytest.raises(cases.SearchFirst):
        cooperation.accept_referral(by=ana, referral_id=row.id)


def test_the_search_is_recorded_and_offers_the_link(ana: Actor, bolivia: Peer, cast: Cast) -> None:
    earlier = a_case(ana, ZULEMA)
    row = _from_bolivia(bolivia, ana)
    client = Client(headers={"host": "ar.localhost", "accept-language": "es"})
    enter(client, cast.ana)
    address = reverse("cooperation:earlier", args=[row.id])
    assert earlier.reference not in client.get(address).content.decode()

    page = client.post(address).content.decode()

    assert earlier.reference in page
    assert "Zulema" not in page
    told = dict(re.findall(r'name="(about|about_id)" value="([^"]+)"', page))
    answer = client.post(reverse("cooperation:earlier-link", args=[row.id]), told)
    assert earlier.reference in client.get(answer["Location"]).content.decode()
    page = client.get(reverse("cooperation:referral", args=[row.id])).content.decode()
    assert earlier.reference in page
    verbs = [entry.verb for entry in audit.entries_about(row.id)]
    assert "cases.search_antecedents" in verbs
