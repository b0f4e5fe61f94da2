"""How a need stands: from the words of all owners, in whatever order they came."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ayni.lib import clock
from ayni.support import standing
from ayni.support.standing import Kind, Need, Word
from ayni.support.states import OPEN, OVER, RULES, Act, Side, Standing, can

START = datetime(2026, 11, 2, 12, tzinfo=UTC)
HELPERS = ("bo", "pe", "py")
KEY = "00ff"
SECRETARIAT = "secretariat"


def at(hours: int) -> str:
    return clock.isoformat(START + timedelta(hours=hours))


def a_need(version: int = 1, *, owner: str = "ar", **changed: Any) -> Word:
    body = {
        "accepted": {"state": "", "terms": 0, "at": "", "due": ""},
        "asked_at": at(0),
        "by": "",
        "city": "Salta",
        "closed": {"at": "", "reason": ""},
        "confirmed_at": "",
        "country": "ar",
        "language": "qu",
        "offer_due": at(24),
        "terms": 1,
        "text": "",
        "what": "interpreter",
    }
    return Word(owner, Kind.NEED, KEY, version, {**body, **changed})


def an_offer(state: str = "bo", version: int = 1, *, about: str = f"ar:{KEY}", **more: Any) -> Word:
    body = {
        "answer_due": at(30),
        "by": "",
        "confirm_due": "",
        "delivered_at": "",
        "need_terms": 1,
        "offered_at": at(2),
        "taken_back_at": "",
        "terms": 1,
        "text": "",
    }
    return Word(state, Kind.OFFER, about, version, {**body, **more})


def accepted(state: str, terms: int = 1) -> dict[str, Any]:
    return {"state": state, "terms": terms, "at": at(3), "due": at(75)}


def stands(*words: Word) -> Need:
    return standing.needs(words)[f"ar:{KEY}"]


# -- whatever the order, once each, and nobody for another

_ENDS = st.sampled_from(
    [{}, {"confirmed_at": at(9)}, {"closed": {"at": at(9), "reason": "nobody_could"}}]
)
_NEEDS = st.builds(
    lambda version, who, terms, own, end: a_need(
        version, terms=own, accepted=accepted(who, terms) if who else a_need().body["accepted"],
        **end,
    ),
    st.integers(1, 5), st.sampled_from(["", *HELPERS]), st.integers(1, 3), st.integers(1, 2), _ENDS,
)  # fmt: skip
_OFFERS = st.builds(
    lambda state, version, terms, own, back, done: an_offer(
        state, version, terms=terms, need_terms=own, taken_back_at=at(5) if back else "",
        delivered_at=at(6) if done and not back else "",
        confirm_due=at(80) if done and not back else "",
    ),
    st.sampled_from(HELPERS), st.integers(1, 5), st.integers(1, 3), st.integers(1, 2),
    st.booleans(), st.booleans(),
)  # fmt: skip
_BROKERINGS = st.builds(
    lambda version, states: Word(
        SECRETARIAT, Kind.BROKERING, f"ar:{KEY}", version,
        {"proposed": dict.fromkeys(states, at(1)), "reminded": {}},
    ),
    st.integers(1, 3), st.lists(st.sampled_from(HELPERS), unique=True),
)  # fmt: skip
_WORDS = st.lists(st.one_of(_NEEDS, _OFFERS, _BROKERINGS), max_size=14)


@given(_WORDS, st.randoms(use_true_random=False))
def test_a_need_stands_the_same_in_whatever_order_and_how_often_words_came(
    came: list[Word], chance: Any
) -> None:
    again = came + came[: len(came) // 2]
    chance.shuffle(again)

    assert standing.needs(again) == standing.needs(came)


@given(_WORDS)
def test_what_was_superseded_changes_nothing(came: list[Word]) -> None:
    """A simple reference: of each line only the highest version is kept beforehand."""
    highest: dict[Any, int] = {}
    for word in came:
        line = (word.owner, word.kind, word.key)
        highest[line] = max(highest.get(line, 0), word.version)
    last = [w for w in came if w.version == highest[w.owner, w.kind, w.key]]

    assert standing.needs(last) == standing.needs(came)


@given(_WORDS, st.sampled_from(HELPERS))
def test_a_need_of_the_same_key_of_another_state_changes_nothing(
    came: list[Word], other: str
) -> None:
    ours = standing.needs(came)

    found = standing.needs([*came, a_need(9, owner=other, confirmed_at=at(1))])

    assert {ref: need for ref, need in found.items() if ref != f"{other}:{KEY}"} == ours


@given(_WORDS)
def test_the_asking_state_cannot_offer_to_itself(came: list[Word]) -> None:
    assert standing.needs([*came, an_offer("ar", 9)]) == standing.needs(came)


@given(_WORDS, st.sampled_from(HELPERS))
def test_a_word_of_one_helper_never_changes_what_another_one_offers(
    came: list[Word], helper: str
) -> None:
    before = standing.needs(came).get(f"ar:{KEY}")
    after = standing.needs([*came, an_offer(helper, 9, terms=9, taken_back_at=at(9))])
    if before is None:
        return
    others = [each for each in before.offers if each.state != helper]
    found = after[f"ar:{KEY}"]

    assert [each for each in found.offers if each.state != helper] == others
    if before.accepted != helper and before.standing is not Standing.OFFERED:
        assert found.standing is before.standing


@given(_WORDS, st.sampled_from(("ar", *HELPERS, SECRETARIAT)))
def test_somebody_has_the_move_until_it_is_over_and_can_do_something(
    came: list[Word], node: str
) -> None:
    for need in standing.needs(came).values():
        assert (need.move is None) == need.over
        acts = need.acts(node, secretariat=SECRETARIAT)
        if need.over:
            assert not acts
        elif need.move and node in need.move.states:
            assert acts
        assert not (node != "ar" and acts & {Act.CLOSE, Act.ACCEPT, Act.CONFIRM, Act.CHANGE})
        assert not (node == "ar" and acts & {Act.OFFER, Act.DELIVER, Act.TAKE_BACK})


@given(_WORDS)
def test_who_delivers_is_who_was_accepted(came: list[Word]) -> None:
    for need in standing.needs(came).values():
        able = [
            state for state in HELPERS if Act.DELIVER in need.acts(state, secretariat=SECRETARIAT)
        ]
        assert able == ([need.accepted] if need.standing is Standing.ACCEPTED else [])


# -- one way from asked to confirmed


def test_a_need_goes_from_asked_to_confirmed() -> None:
    need, offer = a_need(), an_offer()
    accepts = a_need(2, accepted=accepted("bo"))
    delivers = an_offer("bo", 2, delivered_at=at(50), confirm_due=at(218))
    confirms = a_need(3, accepted=accepted("bo"), confirmed_at=at(60))

    assert stands(need).standing is Standing.ASKED
    assert stands(need, offer).standing is Standing.OFFERED
    assert stands(accepts, offer).standing is Standing.ACCEPTED
    assert stands(accepts, delivers).standing is Standing.DELIVERED
    assert stands(confirms, delivers).standing is Standing.CONFIRMED


def test_what_the_asking_state_saw_counts_before_it_has_come_here() -> None:
    accepts = a_need(2, accepted=accepted("bo", 3))
    assert stands(accepts).standing is Standing.ACCEPTED
    assert stands(accepts, an_offer("bo", 1)).standing is Standing.ACCEPTED
    assert stands(a_need(3, accepted=accepted("bo"), confirmed_at=at(9))).over


def test_an_offer_that_was_changed_meanwhile_is_not_accepted() -> None:
    accepts = a_need(2, accepted=accepted("bo"))
    changed = stands(accepts, an_offer("bo", 2, terms=2))
    assert (changed.standing, changed.accepted) == (Standing.OFFERED, "")


def test_an_offer_taken_back_leaves_the_others() -> None:
    accepts = a_need(2, accepted=accepted("bo"))
    back = an_offer("bo", 2, taken_back_at=at(9))
    assert stands(accepts, back).standing is Standing.ASKED
    assert stands(accepts, back, an_offer("pe")).standing is Standing.OFFERED


def test_an_offer_for_what_was_asked_before_a_change_is_made_anew() -> None:
    changed = a_need(2, terms=2)
    old = stands(changed, an_offer())
    assert old.standing is Standing.ASKED
    assert old.move == standing.Move(("bo",), START + timedelta(hours=24))
    assert stands(changed, an_offer("bo", 2, terms=2, need_terms=2)).standing is Standing.OFFERED
    # The change is known to whoever offers, and has not come here yet.
    assert stands(a_need(), an_offer("pe", need_terms=2)).standing is Standing.OFFERED


def test_two_words_of_one_version_say_nothing() -> None:
    accepts = a_need(2, accepted=accepted("bo"))
    other = a_need(2, accepted=accepted("pe"))
    assert standing.needs([a_need(), accepts, other]) == {}
    third = replace(accepts, version=3)
    assert standing.needs([third, other, accepts])[f"ar:{KEY}"].accepted == "bo"


def test_what_was_taken_back_altogether_is_not_there() -> None:
    gone = Word("bo", Kind.OFFER, f"ar:{KEY}", 2, {}, withdrawn=True)
    assert stands(a_need(), an_offer(), gone).offers == ()
    assert standing.needs([a_need(), Word("ar", Kind.NEED, KEY, 2, {}, withdrawn=True)]) == {}


def test_each_move_is_due_when_its_owner_was_told() -> None:
    offers = [an_offer("pe", answer_due=at(40)), an_offer("bo")]
    assert stands(a_need()).move == standing.Move((), START + timedelta(hours=24))
    assert stands(a_need(), *offers).move == standing.Move(("ar",), START + timedelta(hours=30))
    taken = stands(a_need(2, accepted=accepted("bo")), *offers)
    assert taken.move == standing.Move(("bo",), START + timedelta(hours=75))
    assert not taken.overdue(START + timedelta(hours=74))
    assert taken.overdue(START + timedelta(hours=75))


def test_nothing_can_be_done_with_what_is_over() -> None:
    for act in Act:
        for end in OVER:
            assert not can(act, sides=frozenset(Side), standing=end)
        assert any(can(act, sides=frozenset({RULES[act].side}), standing=each) for each in OPEN)
