"""Key sheets made ahead: weeks pass without the identity key, and each has keys of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.audit.models import Entry
from ayni.exchange import account, ahead, documents, trust
from ayni.exchange import api as exchange
from ayni.exchange import directory as rules
from ayni.exchange.models import KeySheetDocument, PeerState
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault
from tests.cast import an_institution
from tests.exchange import kinds
from tests.exchange.conftest import forget
from tests.exchange.peer import Peer, a_secretariat, found
from tests.exchange.test_foreign_sheets import _alarms, _rekeyed, _shows

BY = audit.job("tests")
DATA = {"data": {"needs": ["shelter"]}}
DAY, WEEK = timedelta(days=1), timedelta(days=7)
Json = dict[str, Any]


def _now() -> datetime:
    return clock.now().replace(microsecond=0)


def _ceremony(*, weeks: int, revoked: tuple[int, ...] = ()) -> datetime:
    """The custodians bring the key together: a sheet now, so many ahead, and the key goes away;
    when."""
    now = _now()
    exchange.publish_key_sheet(by=BY, now=now, revoked=revoked)
    exchange.settle_prepared(by=BY, now=now)
    exchange.prepare_key_sheets(by=BY, now=now, weeks=weeks)
    _taken_away()
    return now


def _taken_away() -> None:
    shares = exchange.share_identity(by=BY, of=3, need=2)
    exchange.take_identity_offline(by=BY, shares=shares)


def _own() -> list[Json]:
    rows = KeySheetDocument.objects.filter(node="ar").order_by("number")
    return [row.document for row in rows]


def _numbers() -> list[int]:
    return [sheet["body"]["number"] for sheet in _own()]


def _prepared() -> list[str]:
    names = [name for name in vault.secret_names() if name.startswith(ahead.PREPARED)]
    return [name for name in names if name != ahead.THROWN]


def _here() -> exchange.KeysAhead:
    found = exchange.keys_ahead(now=clock.now())
    assert found is not None
    return found


def _renews(at: datetime) -> bool:
    with time_machine.travel(at):
        return exchange.renew_if_due(by=BY, now=_now())


# -- weeks go by


def test_every_week_has_a_sheet_of_its_own_without_the_identity_key(bolivia: Peer) -> None:
    begun = _ceremony(weeks=3)

    for week in (1, 2, 3):
        assert not _renews(begun + week * WEEK - DAY)
        assert _renews(begun + week * WEEK)
        assert not _renews(begun + week * WEEK + DAY)

    assert _numbers() == [1, 2, 3, 4, 5]
    assert not _renews(begun + 4 * WEEK), "none is left, and nobody has the identity key"
    keys = {sheet["body"]["institutions"][0]["key"] for sheet in _own()}
    assert len(keys) == 5
    assert not _prepared()
    assert not audit.alarms()


def test_peers_follow_each_of_them(bolivia: Peer) -> None:
    """As another node judges: signed by the identity key, after the one before, on its day."""
    begun = _ceremony(weeks=3)
    before, directory = _own()[1], exchange.directory_body()

    for week in (1, 2, 3):
        at = begun + week * WEEK
        assert _renews(at)
        with time_machine.travel(at + timedelta(hours=1)):
            sheet = exchange.key_sheet("ar")
            assert sheet is not None
            body = rules.check_key_sheet(
                sheet, directory=directory, previous=before, now=clock.now()
            )
            assert clock.parse(body["valid_from"]) == at
            number, signing = trust.own_signing_key()
            assert documents.encode(documents.public_of(signing)) == body["signing_key"]
            assert number == body["number"]
        before = sheet


def test_what_is_sealed_to_a_prepared_key_opens_in_its_week(bolivia: Peer) -> None:
    begun = _ceremony(weeks=2)
    assert _renews(begun + WEEK)

    with time_machine.travel(begun + WEEK + DAY):
        bolivia.own_sheet = exchange.key_sheet("ar") or {}
        raw = bolivia.seal(DATA, key_sheet=3)
        assert exchange.receive(raw=raw, signed_by="bo").receipt is not None

    assert [received.payload for received in kinds.taken] == [DATA]


def test_private_keys_still_go_45_days_after_the_next_sheet(bolivia: Peer) -> None:
    begun = _ceremony(weeks=2)
    assert _renews(begun + WEEK)
    assert _renews(begun + 2 * WEEK)

    exchange.remove_old_keys(by=BY, now=begun + 2 * WEEK + 44 * DAY)
    assert "exchange.signing.3" in vault.secret_names()
    exchange.remove_old_keys(by=BY, now=begun + 2 * WEEK + 45 * DAY)

    assert "exchange.signing.3" not in vault.secret_names()
    assert "exchange.signing.4" in vault.secret_names()


def test_a_node_that_was_off_for_weeks_puts_all_that_are_due_into_force(bolivia: Peer) -> None:
    begun = _ceremony(weeks=5)

    assert _renews(begun + 3 * WEEK + DAY)

    assert _numbers() == [1, 2, 3, 4, 5]
    with time_machine.travel(begun + 3 * WEEK + DAY):
        assert trust.own_signing_key()[0] == 5
        assert _here().prepared == 2


def test_after_more_than_90_days_the_last_of_a_line_that_is_due_counts(bolivia: Peer) -> None:
    begun = _ceremony(weeks=13)

    assert _renews(begun + 13 * WEEK + DAY)

    assert _numbers() == list(range(1, 16))
    with time_machine.travel(begun + 13 * WEEK + DAY):
        assert trust.own_signing_key()[0] == 15


def test_nothing_is_published_early(bolivia: Peer) -> None:
    _ceremony(weeks=4)

    assert exchange.to_hand_over().files.keys() == {
        "directory-1.json", "sheet-ar-1.json", "sheet-ar-2.json", "sheet-bo-1.json",
    }  # fmt: skip
    assert exchange.key_sheet("ar", 3) is None
    assert not [name for name in vault.secret_names() if name.endswith("signing.3")]
    assert len(_prepared()) == 4


def test_a_clock_that_others_call_ahead_publishes_nothing(bolivia: Peer) -> None:
    begun = _ceremony(weeks=4)
    for node in ("bo", "secretariat"):
        PeerState.objects.update_or_create(node=node, defaults={"skew_seconds": -9_000_000})

    assert not _renews(begun + 2 * WEEK)
    PeerState.objects.update(skew_seconds=0)
    assert _renews(begun + 2 * WEEK)


def test_only_one_to_thirteen_weeks_and_only_with_the_identity_key(bolivia: Peer) -> None:
    for weeks in (0, 14):
        with pytest.raises(ValueError, match="1 to 13"):
            exchange.prepare_key_sheets(by=BY, now=_now(), weeks=weeks)
    _taken_away()

    with pytest.raises(exchange.IdentityElsewhere):
        exchange.prepare_key_sheets(by=BY, now=_now(), weeks=4)
    assert not _prepared()


# -- what ends them


def test_a_sheet_that_is_made_by_hand_takes_their_place(bolivia: Peer) -> None:
    """`rotate`, `trust sheet` with another certificate: those prepared named the one before."""
    now = _now()
    exchange.prepare_key_sheets(by=BY, now=now, weeks=4)
    own = members.institutions(state="ar")
    sheet = exchange.make_key_sheet(by=BY, institutions=own, now=now, tls_pins=["a" * 64])
    exchange.accept_key_sheet(by=BY, document=sheet, now=now)

    assert exchange.settle_prepared(by=BY, now=now) == 4

    thrown = _here().thrown
    assert thrown is not None
    assert (thrown.count, thrown.reason, thrown.at) == (4, "followed", now)
    entry = Entry.objects.filter(verb="exchange.throw_away_prepared").latest("number")
    assert entry.detail == {"reason": "followed", "sheets": "4"}
    assert exchange.settle_prepared(by=BY, now=now) == 0
    exchange.prepare_key_sheets(by=BY, now=now, weeks=2)
    assert (_here().prepared, _here().thrown) == (2, None)
    _taken_away()
    assert _renews(now + WEEK)
    assert _own()[-1]["body"]["tls_pins"] == ["a" * 64], "they pin what the sheet in force pins"


def test_after_a_revocation_those_prepared_before_go_and_the_new_ones_revoke_it_too(
    bolivia: Peer,
) -> None:
    exchange.prepare_key_sheets(by=BY, now=_now(), weeks=4)
    former = _copied()

    begun = _ceremony(weeks=2, revoked=(1,))

    assert len(_prepared()) == 2
    assert not set(former.values()) & set(_copied().values())
    assert _renews(begun + WEEK)
    body = _own()[-1]["body"]
    assert (body["number"], body["revoked"]) == (3, [1])


def test_those_that_a_former_identity_key_signed_are_thrown_away(bolivia: Peer) -> None:
    now = _now()
    exchange.prepare_key_sheets(by=BY, now=now, weeks=4)
    _rekeyed(bolivia)
    _taken_away()

    assert not _renews(now + WEEK)

    assert _numbers() == [1]
    thrown = _here().thrown
    assert thrown is not None
    assert (thrown.count, thrown.reason) == (4, "identity")


def test_a_new_address_of_the_node_changes_nothing_about_them(bolivia: Peer) -> None:
    """The address stands in the directory, not in the sheet."""
    exchange.prepare_key_sheets(by=BY, now=_now(), weeks=2)
    now = _now() + timedelta(seconds=2)
    entry = {
        "endpoint": {"connect_to": "", "url": "https://moved.example"},
        "identity_key": exchange.identity_public(), "node": "ar",
    }  # fmt: skip
    body = exchange.propose_directory(by=BY, now=now, change=[entry])["body"]
    theirs = documents.signed("directory", body, {"bo": bolivia.identity})
    ours = exchange.vote_on_directory(by=BY, document={"body": body, "signatures": []})
    exchange.publish_directory(by=BY, votes=[ours, theirs], now=now)
    _taken_away()

    assert _renews(now + WEEK)
    assert _numbers() == [1, 2]


def test_a_thiefs_sheet_still_rings_and_ends_them(bolivia: Peer) -> None:
    """Whoever has the identity key signs another one under the next number."""
    thief = Peer(node="ar", institution="ar-programme", identity=trust.identity_key())
    begun = _ceremony(weeks=4)
    ours = _own()[-1]["body"]
    follows = {"number": 3, "previous": documents.digest(ours)}
    _shows(bolivia, thief.key_sheet(_now(), **follows))
    exchange.refresh(by=BY)

    assert _alarms() == [("foreign_sheet", "ar", "bo", 3)]
    assert not _renews(begun + WEEK)
    thrown = _here().thrown
    assert thrown is not None
    assert (thrown.count, thrown.reason) == (4, "foreign")
    assert trust.key_sheet("ar", 4) is None


def test_one_that_somebody_shows_before_its_week_rings_and_is_not_taken_for_ours(
    bolivia: Peer,
) -> None:
    """Whoever has opened the keyring holds what is prepared, and can show it to a peer."""
    _ceremony(weeks=4)
    stolen = ahead._load(3)
    _shows(bolivia, stolen.document)
    exchange.refresh(by=BY)

    assert _alarms() == [("foreign_sheet", "ar", "bo", 3)]
    assert exchange.settle_prepared(by=BY, now=_now()) == 4
    assert not _prepared()
    assert "exchange.signing.3" not in vault.secret_names()


# -- after a restore


def test_after_a_restore_too_one_that_is_shown_before_its_week_rings(bolivia: Peer) -> None:
    """It was signed before the restore: what its week says counts."""
    begun = _ceremony(weeks=4)
    with time_machine.travel(begun + DAY):
        _restored()
    _shows(bolivia, ahead._load(3).document)
    exchange.refresh(by=BY)

    assert _alarms() == [("foreign_sheet", "ar", "bo", 3)]


def _restored() -> None:
    """This node came back from its copies."""
    with audit.act(by=BY, verb="node.restore", subject="ar"):
        pass
    exchange.begin_account(by=BY, since=clock.now())


def _copied() -> dict[str, bytes]:
    """What the copy of the keyring holds that is prepared."""
    return {name: vault.load_secret(name) for name in _prepared()}


def _lost(number: int, keyring: dict[str, bytes] | None = None) -> Json:
    """Our sheet that was put into force after the copies were made is gone from the database; from
    the keyring too, if its copy is as old."""
    found = exchange.key_sheet("ar", number)
    assert found is not None
    KeySheetDocument.objects.filter(node="ar", number=number).delete()
    if keyring is not None:
        for name in (trust.signing_name(number), trust.hpke_name("ar-programme", number)):
            vault.remove_secret(name)
        for name, content in keyring.items():
            vault.store_secret(name, content)
    return found


def test_a_restored_node_waits_for_its_peers_and_goes_on_from_what_it_had_published(
    bolivia: Peer,
) -> None:
    begun = _ceremony(weeks=3)
    copies = _copied()
    assert _renews(begun + WEEK)
    third = _lost(3, copies)
    later = begun + 2 * WEEK + DAY
    with time_machine.travel(later):
        _restored()
        assert not exchange.renew_if_due(by=BY, now=_now()), "it does not know what it published"
        assert _here().awaited == ["bo"]
        page = {
            "asker": "ar", "at": clock.isoformat(clock.now()), "giver": "bo", "more": False,
            "page": 0, "received": [], "sent": [], "sheet": 1, "sheets": [third],
        }  # fmt: skip
        account.checked("bo", documents.signed("account", page, {"bo": bolivia.signing}), 0)
        assert trust.own_signing_key()[0] == 3, "its keys were in the copy of the keyring"
        PeerState.objects.update(account_since=None)
        assert exchange.renew_if_due(by=BY, now=_now())

    assert [sheet["body"]["number"] for sheet in _own()] == [1, 2, 3, 4]
    assert _own()[2] == third
    assert not audit.alarms()


def test_a_restored_node_never_puts_another_one_under_a_number_that_a_ceremony_used(
    bolivia: Peer,
) -> None:
    """After the copies were made the custodians met: peers hold their sheet, the copy others."""
    now = _now()
    exchange.prepare_key_sheets(by=BY, now=now, weeks=3)
    copies = _copied()
    with time_machine.travel(now + DAY):
        exchange.publish_key_sheet(by=BY, now=_now())
        exchange.settle_prepared(by=BY, now=_now())
    lost = _lost(2, copies)
    _taken_away()
    with time_machine.travel(now + 2 * WEEK):
        _restored()
        assert not exchange.renew_if_due(by=BY, now=_now())
        exchange.accept_documents(by=BY, documents=[lost], now=_now())
        PeerState.objects.update(account_since=None)
        assert not exchange.renew_if_due(by=BY, now=_now())
        thrown = _here().thrown

    assert _own()[1:] == [lost]
    assert thrown is not None
    assert thrown.reason == "followed"
    assert not audit.alarms()


@pytest.fixture
def three(bolivia: Peer) -> Iterator[Peer]:
    """The same platform founded with a secretariat: two other nodes."""
    forget()
    peer, secretariat = Peer(), a_secretariat()
    found(peer, secretariat=secretariat)
    yield peer
    for one in (peer, secretariat):
        one.stop()


def test_a_peer_that_gives_no_account_is_waited_for_one_week_if_half_have_given_theirs(
    three: Peer,
) -> None:
    begun = _ceremony(weeks=4)
    with time_machine.travel(begun + WEEK):
        _restored()
    assert not _renews(begun + 2 * WEEK + DAY), "nobody has told anything"
    PeerState.objects.filter(node="bo").update(account_since=None)
    assert not _renews(begun + 2 * WEEK - DAY), "the other one has six days"

    assert _renews(begun + 2 * WEEK)


def test_the_keyring_may_be_newer_than_the_database(bolivia: Peer) -> None:
    """Of the keyring only the newest copy is kept: the sheets between are learnt from the peers."""
    begun = _ceremony(weeks=3)
    assert _renews(begun + WEEK)
    third = _lost(3)

    assert not _renews(begun + 2 * WEEK), "what follows the third waits for it"
    assert len(_prepared()) == 2
    exchange.accept_documents(by=BY, documents=[third], now=_now())
    assert _renews(begun + 2 * WEEK)
    assert _numbers() == [1, 2, 3, 4]


def test_what_was_put_into_force_before_the_process_ended_is_not_there_twice(
    bolivia: Peer,
) -> None:
    begun = _ceremony(weeks=2)
    copies = _copied()
    assert _renews(begun + WEEK)
    for name, content in copies.items():
        vault.store_secret(name, content)

    assert not _renews(begun + WEEK + DAY)

    assert _numbers() == [1, 2, 3]
    assert _prepared() == [f"{ahead.PREPARED}4"]
    assert _here().thrown is None


# -- what people are told


def test_people_are_told_two_weeks_before_the_last_prepared_week_is_over(bolivia: Peer) -> None:
    begun = _ceremony(weeks=3)

    told = _here()
    assert (told.at_hand, told.prepared, told.soon) == (False, 3, False)
    assert told.until == begun + 4 * WEEK
    assert told.ends == begun + 3 * WEEK + 90 * DAY
    with time_machine.travel(begun + 2 * WEEK + timedelta(hours=1)):
        assert _here().soon


def test_an_institution_that_came_later_is_named_to_people(bolivia: Peer) -> None:
    _ceremony(weeks=2)
    assert _here().unnamed == []
    an_institution("ar-shelter")

    assert _here().unnamed == ["ar-shelter"]


def test_with_the_identity_key_at_hand_nobody_has_to_meet(bolivia: Peer) -> None:
    told = _here()

    assert (told.at_hand, told.soon, told.prepared) == (True, False, 0)
