"""Which lines take the places of a member: not those that are taken back, nor those that only a key
signed which was revoked since. The database and the pure rule say the same, however they came."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.exchange.models import KeySheetDocument
from ayni.gazette import api as gazette
from ayni.gazette import keeping, limits, rules
from ayni.gazette.models import Entry, Subject
from ayni.lib import clock
from tests.exchange.peer import Peer
from tests.gazette.notices import WORD, an_entry, arrive, word_of
from tests.gazette.test_limits import hold, many

pytestmark = pytest.mark.django_db
SMALL = limits.limit_for("protocol.version")  # the kind with the lowest limit of lines
MOST = limits.limit_for(WORD)
BY = audit.job("tests")


def revoke(peer: Peer, *numbers: int) -> None:
    """A member's next key sheet revokes these."""
    now = clock.now().replace(microsecond=0)
    exchange.accept_key_sheet(by=BY, document=peer.next_sheet(now, revoked=list(numbers)), now=now)


# -- what a thief left behind


def test_lines_that_only_a_revoked_key_signed_take_no_place(bolivia: Peer) -> None:
    hold("bo", many(MOST.lines), [1])
    hold("bo", ["z-after"], [1], sheet=2)
    assert not word_of(key="z-after").counts

    revoke(bolivia, 1)

    assert word_of(key="z-after").counts
    assert len(gazette.current(kind=WORD, owner="bo")) == MOST.lines + 1
    assert limits.set_aside() == {}


def test_a_line_that_is_changed_under_a_good_key_takes_a_place_again(bolivia: Peer) -> None:
    hold("bo", ["k00000"], [1])
    hold("bo", [f"n{each}" for each in range(MOST.lines)], [1], sheet=2)
    revoke(bolivia, 1)
    subject = Subject.objects.get(owner="bo", key="k00000")
    assert not limits.takes_place(subject)

    document = an_entry(bolivia, key="k00000", version=2, sheet=2)
    keeping.keep(document, "c" * 64, by=BY, source="bo", subject=subject)

    assert limits.takes_place(subject)
    assert limits.set_aside() == {("bo", WORD): 1}


def test_what_a_revoked_key_signed_does_not_fill_the_rooms_either(bolivia: Peer) -> None:
    hold("bo", many(MOST.lines + 5), [1])
    hold("bo", ["a-good"], [1], sheet=2)

    revoke(bolivia, 1)

    assert len(gazette.current(kind=WORD, owner="bo")) == MOST.lines + 1
    assert limits.set_aside() == {("bo", WORD): 5}


def test_the_mark_of_a_kind_changes_when_a_key_is_revoked(bolivia: Peer) -> None:
    arrive(an_entry(bolivia))
    before = gazette.mark(kind=WORD)

    revoke(bolivia, 1)

    assert gazette.mark(kind=WORD) != before


def test_which_keys_are_revoked_is_asked_within_each_question(
    bolivia: Peer, django_assert_num_queries: Any
) -> None:
    hold("bo", many(3), [1])
    for _times in range(2):  # while nobody has revoked a key, and after somebody has
        with django_assert_num_queries(1):
            assert len(gazette.current(kind=WORD, owner="bo")) == 3
        with django_assert_num_queries(1):
            found = gazette.mark(kind=WORD)
        with django_assert_num_queries(1):
            revoked = exchange.revoked_sheets()
        assert found[2] == sum(map(len, revoked.values()))
        revoke(bolivia, 1)
    assert revoked == {"bo": {1}}


def test_which_keys_are_revoked_is_told_without_reading_whole_key_sheets(bolivia: Peer) -> None:
    revoke(bolivia, 1)

    with CaptureQueriesContext(connection) as queries:
        assert exchange.revoked_sheets() == {"bo": {1}}

    assert [each["sql"].count('"."document",') for each in queries.captured_queries] == [0]


# -- what is taken back


def _rows_of_entries(plan: dict[str, Any]) -> float:
    """How many entries a question has touched, by what the database tells of it."""
    here = 0.0
    if plan.get("Relation Name") == Entry._meta.db_table:
        passed = sum(plan.get(name, 0) for name in ("Actual Rows", "Rows Removed by Filter"))
        here = passed * plan["Actual Loops"]
    return here + sum(_rows_of_entries(each) for each in plan.get("Plans", []))


def test_what_others_have_taken_back_costs_a_question_nothing(bolivia: Peer) -> None:
    def touched() -> float:
        with connection.cursor() as cursor:
            for setting in ("enable_seqscan", "enable_hashjoin", "enable_mergejoin"):
                cursor.execute(f"set local {setting} = off")
            cursor.execute("analyze gazette_entry; analyze gazette_subject")
        found = limits.within(Entry.objects.filter(subject__kind=WORD), WORD, ["bo"])
        return _rows_of_entries(json.loads(found.explain(format="json", analyze=True))[0]["Plan"])

    hold("bo", many(4), [1])
    hold("pe", many(300), [1])
    before = touched()

    Entry.objects.bulk_create(
        Entry(
            subject=each, version=2, sheet=1, withdrawn=True, document="{}", source="pe",
            received_at=clock.now(), digest=sha256(f"back {each.id}".encode()).hexdigest(),
        )
        for each in Subject.objects.filter(owner="pe")
    )  # fmt: skip

    assert 4 <= before < 100
    assert touched() == before


def test_a_member_at_its_limit_takes_one_back_and_begins_another(paula: Actor) -> None:
    hold("ar", many(MOST.lines), [1])
    with pytest.raises(gazette.NoMoreLines):
        gazette.publish(by=paula, kind=WORD, key="z", body={"word": "ayni"}, seen=0)

    gazette.withdraw(by=paula, kind=WORD, key="k00000", seen=1)
    found = gazette.publish(by=paula, kind=WORD, key="z", body={"word": "ayni"}, seen=0)

    assert found.counts
    assert word_of("ar", "k00000").said.withdrawn
    with pytest.raises(gazette.NoMoreLines):  # its place is taken meanwhile
        gazette.publish(by=paula, kind=WORD, key="k00000", body={"word": "ayni"}, seen=2)


def test_a_line_exactly_at_its_limit_is_taken_back_and_not_changed(
    bolivia: Peer, paula: Actor
) -> None:
    reached = list(range(MOST.versions % 101 or 101, MOST.versions + 1, 101))
    hold("ar", ["first"], reached)
    with pytest.raises(gazette.NoMoreVersions):
        gazette.publish(by=paula, kind=WORD, key="first", body={"word": "ayni"}, seen=MOST.versions)

    found = gazette.withdraw(by=paula, kind=WORD, key="first", seen=MOST.versions)

    assert (found.said.version, found.said.withdrawn) == (MOST.versions + 1, True)
    assert found.counts
    (here,) = gazette.current(kind=WORD, owner="ar")
    assert here.said.withdrawn
    assert not limits.takes_place(Subject.objects.get(owner="ar", key="first"))
    with pytest.raises(gazette.NothingToWithdraw):
        gazette.withdraw(by=paula, kind=WORD, key="first", seen=MOST.versions + 1)
    with pytest.raises(gazette.NoMoreVersions):
        gazette.publish(
            by=paula, kind=WORD, key="first", body={"word": "ayni"}, seen=MOST.versions + 1
        )


def test_the_number_after_the_limit_that_says_something_hinders_no_taking_back(
    bolivia: Peer,
) -> None:
    reached = list(range(MOST.versions % 101 or 101, MOST.versions + 1, 101))
    hold("bo", ["first"], reached)
    arrive(an_entry(bolivia, "stolen", version=MOST.versions + 1))
    arrive(an_entry(bolivia, version=MOST.versions + 1, withdrawn=True, body={}))

    found = word_of()
    assert (found.said.version, found.said.withdrawn, found.counts) == (
        MOST.versions + 1, True, True,
    )  # fmt: skip


# -- the same on every node

_KEYS = ["a", "b", "y", "z"]
_VERSIONS = st.sampled_from([
    1, 2, 3, 101, 102, 103, SMALL.versions - 1, SMALL.versions, SMALL.versions + 1,
    SMALL.versions + 2,
])  # fmt: skip
_ENTRY = st.tuples(
    st.sampled_from(_KEYS), _VERSIONS, st.sampled_from([1, 2]), st.booleans(), st.sampled_from("xy")
)
Row = tuple[str, int, int, bool, str]


def _come(rows: list[Row]) -> None:
    """Entries of Peru's are here, in this order."""
    for key, version, sheet, withdrawn, words in rows:
        subject, _new = Subject.objects.get_or_create(owner="pe", kind=SMALL.kind, key=key)
        said = {"key": key, "version": version, "words": words, "withdrawn": withdrawn}
        Entry.objects.create(
            subject=subject, version=version, sheet=sheet, withdrawn=withdrawn, source="pe",
            received_at=clock.now(), document=json.dumps({"body": said, "signatures": []}),
            digest=sha256(json.dumps([said, sheet]).encode()).hexdigest(),
        )  # fmt: skip


def _verdict() -> tuple[dict[str, bool], int, set[tuple[str, int, bool]]]:
    """Of each line whether it is set aside, how many are, and which versions rooms read."""
    subjects = list(Subject.objects.filter(owner="pe"))
    aside = limits.aside_of(subjects)
    read = limits.within(Entry.objects.filter(subject__kind=SMALL.kind), SMALL.kind, ["pe"])
    versions = read.filter(subject__key__in=_KEYS)
    return (
        {each.key: each.id in aside for each in subjects},
        limits.set_aside().get(("pe", SMALL.kind), 0),
        set(versions.values_list("subject__key", "version", "withdrawn")),
    )


def _expected(rows: list[Row], standing: list[str], revoked: set[int]) -> dict[str, bool]:
    """The simple reference: sort each sort of line by key, and cut at the limit."""
    held: dict[str, list[rules.Held]] = {
        key: [rules.Held(1, 1, withdrawn=False)] for key in standing
    }
    for key, version, sheet, withdrawn, _words in rows:
        held.setdefault(key, []).append(rules.Held(version, sheet, withdrawn))
    sorts: dict[rules.Among, list[str]] = {}
    for key in sorted(held):
        found = rules.among(held[key], revoked=revoked, most=SMALL.versions)
        sorts.setdefault(found, []).append(key)
    return {key: keys.index(key) >= SMALL.lines for keys in sorts.values() for key in keys}


@settings(
    deadline=None, max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(st.lists(_ENTRY, unique=True, max_size=12), st.randoms(use_true_random=False), st.booleans())
def test_every_node_sets_the_same_aside_in_whatever_order_it_came(
    db: None, rows: list[Row], dice: object, revokes: bool
) -> None:
    standing = [f"m{each:03}" for each in range(SMALL.lines - 2)]
    found = []
    for _node in range(2):
        with transaction.atomic():
            KeySheetDocument.objects.create(
                node="pe", number=3, digest="d" * 64, accepted_at=clock.now(),
                document={"body": {"number": 3, "revoked": [2] if revokes else []}},
            )  # fmt: skip
            hold("pe", standing, [1], kind=SMALL.kind)
            _come(rows)
            found.append(_verdict())
            transaction.set_rollback(True)
        dice.shuffle(rows)  # type: ignore[attr-defined]

    expected = _expected(rows, standing, {2} if revokes else set())
    assert found[0] == found[1]
    assert found[0][0] == expected
    assert found[0][1] == sum(expected.values())
    inside = {
        (key, version, withdrawn)
        for key, version, _sheet, withdrawn, _words in rows
        if rules.is_within(version, withdrawn=withdrawn, most=SMALL.versions) and not expected[key]
    }
    assert found[0][2] == inside
