"""Nobody fills the nodes of the others: what is over the limit is refused to its author, and from
another kept, set aside and shown."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ayni.audit.api import Actor
from ayni.config import wiring
from ayni.gazette import api as gazette
from ayni.gazette import limits, rules
from ayni.gazette.models import Entry, Subject
from ayni.lib import clock
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer
from tests.gazette.notices import WORD, an_entry, arrive, word_of

pytestmark = pytest.mark.django_db
MOST = limits.limit_for(WORD)
ROOT = Path(__file__).resolve().parent.parent.parent


def hold(
    peer_node: str, keys: list[str], versions: list[int], sheet: int = 1, kind: str = WORD
) -> None:
    """Lines are here, of these versions each, as if they had come."""
    now = clock.now()
    subjects = Subject.objects.bulk_create(
        Subject(owner=peer_node, kind=kind, key=key) for key in keys
    )
    Entry.objects.bulk_create(
        Entry(
            subject=each, version=version, source=peer_node, received_at=now,
            digest=sha256(f"{peer_node} {each.key} {version}".encode()).hexdigest(),
            sheet=sheet, withdrawn=False,
            document=json.dumps(
                {"body": _body(peer_node, each.key, version, sheet), "signatures": []}
            ),
        )
        for each in subjects
        for version in versions
    )  # fmt: skip


def _body(node: str, key: str, version: int, sheet: int) -> dict[str, object]:
    return {
        "at": clock.isoformat(clock.now()), "body": {"word": "ayni"}, "format": 1, "key": key,
        "kind": WORD, "node": node, "sheet": sheet, "valid_from": "", "valid_until": "",
        "version": version, "withdrawn": False,
    }  # fmt: skip


def many(n: int) -> list[str]:
    return [f"k{each:05}" for each in range(n)]


def test_what_a_member_publishes_above_its_limit_is_kept_set_aside_and_shown(
    bolivia: Peer, english: None
) -> None:
    hold("bo", many(MOST.lines), [1])
    assert len(gazette.current(kind=WORD)) == MOST.lines
    arrive(an_entry(bolivia, key="z"))

    found = word_of(key="z")
    assert (found.counts, "more of these than one member may" in str(found.problem)) == (
        False,
        True,
    )
    assert len(gazette.current(kind=WORD)) == MOST.lines
    assert ("bo", "z") not in gazette.histories(kind=WORD, owners=["bo"])
    client = Client(headers={"host": "ar.localhost"})
    enter(client, an_officer("ana", an_institution("ar-programme")))
    client.cookies["ayni_ar_language"] = "en"
    page = client.get(reverse("gazette:published")).content.decode()
    assert "has published more of one kind than a member may: A word. Set aside: 1." in page
    assert "Set aside: its owner has published more of these" in page


def test_the_same_is_set_aside_on_every_node_in_whatever_order_it_came(bolivia: Peer) -> None:
    arrive(an_entry(bolivia, key="z"))
    hold("bo", many(MOST.lines - 1), [1])
    assert word_of(key="z").counts
    arrive(an_entry(bolivia, key="a"))

    assert (word_of(key="a").counts, word_of(key="z").counts) == (True, False)
    assert limits.set_aside() == {("bo", WORD): 1}
    assert gazette.history(owner="bo", kind=WORD, key="z")[0].counts is False


def test_one_member_at_its_limit_takes_nothing_from_another(bolivia: Peer, paula: Actor) -> None:
    hold("bo", many(MOST.lines + 1), [1])

    found = gazette.publish(by=paula, kind=WORD, key="first", body={"word": "ayni"}, seen=0)
    assert found.counts


def test_one_more_than_a_member_may_have_is_refused_to_its_author_and_the_others_change(
    paula: Actor,
) -> None:
    hold("ar", many(MOST.lines), [1])
    before = Entry.objects.count()

    with pytest.raises(gazette.NoMoreLines) as refused:
        gazette.publish(by=paula, kind=WORD, key="z", body={"word": "ayni"}, seen=0)
    assert refused.value.params == {"most": MOST.lines}
    assert Entry.objects.count() == before
    gazette.publish(by=paula, kind=WORD, key="k00000", body={"word": "ayni"}, seen=1)


def test_one_thing_is_not_changed_for_ever(bolivia: Peer, paula: Actor) -> None:
    reached = list(range(MOST.versions % 101 or 101, MOST.versions + 1, 101))
    assert reached[-1] == MOST.versions
    hold("ar", ["first"], reached)
    with pytest.raises(gazette.NoMoreVersions):
        gazette.publish(by=paula, kind=WORD, key="first", body={"word": "ayni"}, seen=MOST.versions)

    hold("bo", ["first"], reached)
    arrive(an_entry(bolivia, "later", version=MOST.versions + 1))
    assert (word_of().said.version, word_of().counts) == (MOST.versions, True)
    (shown,) = [each for each in gazette.published(owner="bo").object_list]
    assert (shown.said.version, shown.line.aside) == (MOST.versions, 1)


def test_what_was_changed_as_often_as_it_may_be_can_still_be_taken_back(paula: Actor) -> None:
    last = MOST.versions - 1
    hold("ar", ["first"], [*range(last % 101 or 101, last, 101), last])
    with pytest.raises(gazette.NoMoreVersions) as refused:
        gazette.publish(by=paula, kind=WORD, key="first", body={"word": "ayni"}, seen=last)
    assert refused.value.params == {"most": last}

    found = gazette.withdraw(by=paula, kind=WORD, key="first", seen=last)
    assert (found.said.version, found.said.withdrawn, found.counts) == (MOST.versions, True, True)
    (here,) = gazette.current(kind=WORD, owner="ar")
    assert here.said.withdrawn


def test_a_page_of_what_is_published_asks_once_what_is_set_aside(bolivia: Peer) -> None:
    def asked(size: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            shown = gazette.published(size=size).object_list
        assert len(shown) == size
        return len(queries)

    hold("bo", many(MOST.lines + 3), [1])
    hold("pe", many(4), [1])
    assert asked(25) == asked(2)
    standing = [bool(each.problem) for each in gazette.published(size=8).object_list]
    assert standing == [False] * 4 + [True] * 3 + [False]


def test_the_limits_stand_in_the_description_of_the_wire_as_they_are() -> None:
    """Who raises one reads there what it does to nodes that have the former one."""
    text = (ROOT / "docs" / "reference" / "wire.md").read_text("utf-8")
    row = r"^\| `?([a-z._]+|every other kind)`? \| ([\d,]+) \| ([\d,]+) \|$"
    rows = re.findall(row, text, re.M)
    told = {kind: (int(a.replace(",", "")), int(b.replace(",", ""))) for kind, a, b in rows}
    held = {
        each.kind or "every other kind": (each.lines, each.versions)
        for each in limits.limits().values()
    }
    assert told == held


def test_each_limit_is_of_a_kind_that_there_is_and_says_where_it_comes_from() -> None:
    assert set(limits.limits()) - {""} <= set(wiring.GAZETTE_KINDS)
    for each in limits.limits().values():
        assert 0 < each.versions <= rules.MOST_VERSIONS
        assert each.source


@pytest.mark.parametrize("owners", [(), ("bo",), ("ar", "bo", "secretariat")])
@pytest.mark.parametrize("kind", [WORD, "agenda.meeting"])
def test_the_question_that_is_written_once_is_the_one_of_these_names(
    kind: str, owners: tuple[str, ...]
) -> None:
    of = {"kind": kind, **({"owner__in": list(owners)} if owners else {})}
    sql, params = limits._counting(of).query.sql_with_params()
    for _again in range(2):
        asked = limits.counting(kind, owners)
        assert (asked[0], repr(asked[1])) == (sql, repr(list(params)))
