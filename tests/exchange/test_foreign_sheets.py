"""A key sheet of this node that somebody else has signed with its identity key: told, and ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import documents, following, foreign, trust
from ayni.exchange.errors import NotGenuine
from ayni.exchange.models import KeySheetDocument
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault
from tests.exchange.peer import Peer, forget_keys

BY = audit.job("tests")
Json = dict[str, Any]
PINS = ["a" * 64]
OTHER = ["b" * 64]


def _thief(identity: bytes) -> Peer:
    return Peer(node="ar", institution="ar-programme", identity=identity)


def _shows(bolivia: Peer, *sheets: Json) -> None:
    """What Bolivia's node says that it holds of ours."""
    for sheet in sheets:
        bolivia.serves[f"/exchange/1/key-sheet/ar/{sheet['body']['number']}"] = sheet
    last = sheets[-1]["body"]
    named = {"digest": documents.digest(last), "number": last["number"]}
    bolivia.serves["/exchange/1/seen"] = {"directory": {}, "key_sheets": {"ar": named}}


def _after(thief: Peer, before: Json, **changed: Any) -> Json:
    body = before["body"]
    follows = {"number": body["number"] + 1, "previous": documents.digest(body)}
    return thief.key_sheet(clock.parse(body["issued"]), **{**follows, **changed})


def _alarms() -> list[tuple[str, str, str, int]]:
    return [
        (row.code, row.node, row.source, row.evidence[0]["body"]["number"])
        for row in audit.alarms()
    ]


def _pinned() -> Json:
    """Our sheet number 2, made here, with our TLS key."""
    now = clock.now().replace(microsecond=0)
    own = members.institutions(state="ar")
    ours = exchange.make_key_sheet(by=BY, institutions=own, now=now, tls_pins=PINS)
    exchange.accept_key_sheet(by=BY, document=ours, now=now)
    return ours


def _rekeyed(bolivia: Peer) -> None:
    """A directory takes force in which this node has a new identity key; later than the sheets."""
    now = clock.now().replace(microsecond=0) + timedelta(seconds=2)
    entry = {
        "endpoint": {"connect_to": "", "url": "http://ar.localhost"},
        "identity_key": exchange.next_identity(by=BY), "node": "ar",
    }  # fmt: skip
    body = exchange.propose_directory(by=BY, now=now, change=[entry])["body"]
    theirs = documents.signed("directory", body, {"bo": bolivia.identity})
    ours = exchange.vote_on_directory(by=BY, document={"body": body, "signatures": []})
    exchange.publish_directory(by=BY, votes=[ours, theirs], now=now)


def test_it_raises_one_alarm_and_our_next_sheet_revokes_all_of_them(bolivia: Peer) -> None:
    ours = _pinned()
    thief = _thief(trust.identity_key())
    third = _after(thief, ours, tls_pins=OTHER)
    fourth = _after(thief, third, tls_pins=OTHER)
    _shows(bolivia, third, fourth)

    assert exchange.refresh(by=BY) == 2

    assert exchange.key_sheet("ar") == fourth, "what follows it has to follow all of it"
    assert _alarms() == [("foreign_sheet", "ar", "bo", 3)]
    assert exchange.renew_if_due(by=BY, now=clock.now().replace(microsecond=0))
    fifth = (exchange.key_sheet("ar") or {})["body"]
    assert (fifth["number"], fifth["revoked"], fifth["tls_pins"]) == (5, [3, 4], PINS)
    with pytest.raises(NotGenuine, match="revoked"):
        trust.signing_key_of("ar", 3, made=clock.now())
    assert trust.own_signing_key()[0] == 5
    assert not exchange.renew_if_due(by=BY, now=clock.now())
    assert len(_alarms()) == 1


def test_after_a_new_identity_key_it_is_followed_and_revoked_all_the_same(bolivia: Peer) -> None:
    """It was signed before the directory, shown after it."""
    ours = _pinned()
    stolen = trust.identity_key()
    thief = _thief(stolen)
    third = _after(thief, ours, tls_pins=OTHER)
    _rekeyed(bolivia)
    _shows(bolivia, third)

    assert exchange.refresh(by=BY) == 1

    assert _alarms() == [("foreign_sheet", "ar", "bo", 3)]
    fourth = exchange.publish_key_sheet(by=BY, now=clock.now().replace(microsecond=0))["body"]
    assert (fourth["number"], fourth["revoked"], fourth["tls_pins"]) == (4, [3], PINS)


def test_what_a_former_identity_key_signs_never_follows_a_sheet_by_the_present_one(
    bolivia: Peer,
) -> None:
    ours = _pinned()
    thief = _thief(trust.identity_key())
    _rekeyed(bolivia)
    third = exchange.publish_key_sheet(by=BY, now=clock.now().replace(microsecond=0))
    early = ours["body"]["issued"]  # when the former key was the one in force
    fourth = _after(thief, third, issued=early)
    fifth = _after(thief, fourth, issued=early)

    for line in ([fourth], [fourth, fifth]):
        with pytest.raises(NotGenuine):
            following.accept_line(by=BY, line=line, now=clock.now())

    assert exchange.key_sheet("ar") == third
    assert not audit.alarms()


def test_what_a_restore_had_lost_is_no_alarm_and_is_not_revoked(bolivia: Peer) -> None:
    ours = _pinned()
    lost = _after(_thief(trust.identity_key()), ours, tls_pins=OTHER)
    with audit.act(by=BY, verb="node.restore", subject="ar"):
        pass

    following.accept_line(by=BY, line=[lost], now=clock.now())

    assert not audit.alarms()
    assert exchange.renew_if_due(by=BY, now=clock.now().replace(microsecond=0))
    body = (exchange.key_sheet("ar") or {})["body"]
    assert (body["number"], body["revoked"], body["tls_pins"]) == (4, [], OTHER)


def test_who_takes_over_with_an_empty_database_continues_the_former_line(bolivia: Peer) -> None:
    """A replaced secretariat, or a state whose machine is lost together with its identity key: two
    sheets number 1 would be two truths for everybody."""
    first, second = exchange.key_sheet("ar"), _pinned()
    assert first is not None
    _rekeyed(bolivia)
    KeySheetDocument.objects.filter(node="ar").delete()
    forget_keys()
    vault.store_secret(trust.IDENTITY, vault.load_secret(trust.NEXT_IDENTITY))
    vault.remove_secret(trust.NEXT_IDENTITY)
    _shows(bolivia, first, second)

    assert exchange.refresh(by=BY) == 2

    assert not audit.alarms()
    third = exchange.publish_key_sheet(by=BY, now=clock.now().replace(microsecond=0))
    assert (third["body"]["number"], third["body"]["revoked"]) == (3, [])
    assert third["body"]["previous"] == documents.digest(second["body"])


def _dated(number: int, day: int) -> Json:
    return {"number": number, "issued": str(day), "valid_from": str(day)}


@given(
    days=st.lists(st.integers(0, 5), max_size=8),
    here=st.sets(st.integers(1, 8)),
    restored=st.integers(0, 5),
)
def test_which_sheets_were_not_made_here(days: list[int], here: set[int], restored: int) -> None:
    """Those after the last whose key is here, from the first on that no restore explains."""
    line = [_dated(n, day) for n, day in enumerate(days, 1)]
    last = max((n for n in here if n <= len(line)), default=0)

    expected = [
        n for n in range(last + 1, len(line) + 1)
        if last and any(day > restored for day in days[last - 1 : n])
    ]  # fmt: skip

    assert foreign.not_made(line, here=here, restored=str(restored)) == expected


def test_a_sheet_dated_before_the_restore_after_one_of_later_is_not_excused() -> None:
    line = [_dated(1, 1), _dated(2, 5), _dated(3, 2)]

    assert foreign.not_made(line, here=[1], restored="3") == [2, 3]
    assert foreign.not_made(line, here=[2], restored="3") == [3]
    assert foreign.not_made(line, here=[1], restored="6") == []
