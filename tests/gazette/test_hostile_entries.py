"""Whatever one member signs, no page and no job of another one ends because of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from ayni.exchange.errors import Malformed
from ayni.gazette import api as gazette
from ayni.gazette.models import Entry
from ayni.gazette.rules import DEEPEST, too_deep
from ayni.lib import clock
from ayni.members.api import Permission
from ayni.norms import api as norms
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer
from tests.gazette.notices import WORD, an_entry, arrive, word_of

TAKEN_BACK = (
    ("norms.standing", "nonsense"),
    ("norms.finding", "nonsense"),
    ("norms.article", "nonsense"),
    ("norms.register", "nonsense"),
    ("agenda.rule", "nonsense"),
    ("agenda.focal_point", "nonsense"),
    ("agenda.party", "nonsense"),
    ("support.need", "a.b"),
)


def _nested(deep: int) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for _level in range(deep):
        body = {"in": body}
    return body


@pytest.mark.django_db
@pytest.mark.parametrize(("kind", "key"), TAKEN_BACK)
def test_one_taken_back_under_a_key_of_nothing_is_shown_by_its_key(
    bolivia: Peer, kind: str, key: str
) -> None:
    arrive(an_entry(bolivia, kind=kind, key=key, body={}, withdrawn=True))
    client = Client(headers={"host": "ar.localhost"})
    enter(client, an_officer("ana", an_institution("ar-programme")))

    shown = client.get(reverse("gazette:published"))

    assert shown.status_code == 200
    assert key in shown.content.decode()


@pytest.mark.django_db
def test_a_check_of_its_room_that_fails_is_a_reason_and_ends_nothing(
    bolivia: Peer, settings: Any
) -> None:
    settings.AYNI_GAZETTE_KINDS = {
        **settings.AYNI_GAZETTE_KINDS, WORD: "tests.gazette.test_hostile_entries.FAILING",
    }  # fmt: skip
    arrive(an_entry(bolivia))

    assert (word_of().counts, str(word_of().problem) != "") == (False, True)


def _fails(said: gazette.Said) -> None:
    raise OverflowError(said.key)


FAILING = gazette.EntryKind(
    name=WORD,
    title="A word",
    schema=gazette.closed(word={"type": "string"}),
    permission=Permission.POST_WRITE,
    owners=frozenset({gazette.Owner.STATE}),
    about_nobody=True,
    in_words=lambda said: said.key,
    about=lambda said: said.key,
    check=_fails,
)


@pytest.mark.django_db
@pytest.mark.parametrize("year", ["0001", "1899", "2200", "9999"])
@pytest.mark.parametrize("name", ["valid_from", "valid_until"])
def test_a_day_with_which_no_date_can_be_reckoned_is_not_taken(
    bolivia: Peer, name: str, year: str
) -> None:
    with pytest.raises(Malformed):
        arrive(an_entry(bolivia, **{name: f"{year}-12-31"}))
    assert not Entry.objects.exists()


@pytest.mark.django_db
def test_one_nested_too_deep_is_not_taken(bolivia: Peer) -> None:
    arrive(an_entry(bolivia, kind="test.later", body=_nested(DEEPEST - 1)))
    with pytest.raises(Malformed):
        arrive(an_entry(bolivia, kind="test.later", body=_nested(700), version=2))
    assert Entry.objects.count() == 1


@pytest.mark.django_db
def test_the_last_number_there_is_does_not_end_a_line(bolivia: Peer) -> None:
    arrive(an_entry(bolivia, "first"))
    arrive(an_entry(bolivia, "stolen", version=1_000_000))
    assert (word_of().said.body, word_of().counts) == ({"word": "first"}, True)
    arrive(an_entry(bolivia, "second", version=2))

    assert word_of().said.body == {"word": "second"}
    (_first, _second, beyond) = sorted(
        gazette.history(owner="bo", kind=WORD, key="first"), key=lambda each: each.said.version
    )
    assert (beyond.counts, str(beyond.problem) != "") == (False, True)


@pytest.mark.django_db
def test_of_a_line_with_no_number_within_reach_nothing_is_current(bolivia: Peer) -> None:
    arrive(an_entry(bolivia, "stolen", version=500))

    assert gazette.current(kind=WORD) == []
    (shown,) = gazette.published().object_list
    assert not shown.counts


@given(st.integers(0, 2 * DEEPEST))
def test_how_deep_it_may_be(deep: int) -> None:
    assert too_deep(_nested(deep)) == (deep + 1 > DEEPEST)


@pytest.mark.django_db
def test_what_the_secretariat_says_of_its_own_standing_is_shown_nowhere(
    peers: tuple[Peer, Peer],
) -> None:
    _bolivia, secretariat = peers
    body = {"word": clock.isoformat(clock.now())}
    entry = an_entry(secretariat, kind="norms.standing", key="palermo-trafficking", body=body)
    arrive(entry, sender=secretariat.node)

    assert norms.statements("palermo-trafficking") == []
