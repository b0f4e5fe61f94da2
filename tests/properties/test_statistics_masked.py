"""Sums over states: masks cancel out, nothing else is learned, and no second sum tells of one."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ayni.lib.errors import Refused
from ayni.statistics.masked import masks, rounds
from ayni.statistics.masked.errors import (
    AlreadyAdded,
    AlreadyGiven,
    CountRefused,
    NotAgreed,
    NotNamed,
    PeriodReversed,
    SeedMissing,
    ShareMalformed,
    ShareNotCommitted,
    SomebodyLeftOut,
    StillRunning,
    SumImplausible,
    TooFarOff,
    TooFewStates,
    TooLate,
)
from ayni.statistics.masked.layout import TOTAL, Layout
from ayni.statistics.masked.rounds import Declared, Round, Standing

STATES = ("AR", "BO", "BR", "CL", "CO", "EC", "PE", "PY", "UY", "VE")
DIGEST = bytes(range(32))
NOW = datetime(2026, 3, 1, tzinfo=UTC)
SEX_BY_AGE = Layout((("sex", ("female", "male")), ("age", ("child", "adult", "unknown"))))

some_states = st.lists(st.sampled_from(STATES), min_size=3, max_size=10, unique=True)
counts = st.integers(0, masks.LARGEST_COUNT)


def seeds_of(states: list[str]) -> dict[frozenset[str], bytes]:
    return {frozenset(pair): masks.new_seed() for pair in itertools.combinations(states, 2)}


def share(state: str, row: list[int], seeds: dict[frozenset[str], bytes]) -> list[int]:
    """What a state gives, with those seeds that it has."""
    own = {next(iter(pair - {state})): seed for pair, seed in seeds.items() if state in pair}
    states = {one for pair in seeds for one in pair}
    return masks.masked(row, state=state, states=states, seeds=own, round_digest=DIGEST)


@given(some_states, st.data())
def test_the_shares_of_all_states_add_up_to_what_they_counted(
    states: list[str], data: st.DataObject
) -> None:
    rows = {s: data.draw(st.lists(counts, min_size=5, max_size=5)) for s in states}
    seeds = seeds_of(states)
    given_ = [masks.unpacked(masks.packed(share(s, rows[s], seeds)), cells=5) for s in states]
    assert masks.added(given_) == [sum(cells) for cells in zip(*rows.values(), strict=True)]


@given(some_states, st.data())
def test_without_one_share_the_sum_of_the_others_is_no_count(
    states: list[str], data: st.DataObject
) -> None:
    rows = {s: data.draw(st.lists(counts, min_size=8, max_size=8)) for s in states}
    seeds = seeds_of(states)
    absent = data.draw(st.sampled_from(states))
    rest = masks.added(share(s, rows[s], seeds) for s in states if s != absent)
    # Eight random cells below 10 * 2**40 have a chance of 2**-160.
    assert not all(cell <= 10 * masks.LARGEST_COUNT for cell in rest)


@given(st.lists(counts, min_size=4, max_size=4), st.lists(counts, min_size=4, max_size=4))
def test_a_mask_does_not_depend_on_what_is_counted_and_states_may_exchange_their_counts(
    one: list[int], other: list[int]
) -> None:
    # What is given minus what was counted is the mask: the same one whatever was counted. So a
    # share fits any counts equally well for whoever lacks a seed of it.
    seeds = seeds_of(["AR", "BO", "CL"])
    mask = [(a - b) % masks.MODULUS for a, b in zip(share("AR", one, seeds), one, strict=True)]
    assert share("AR", other, seeds) == [
        (m + b) % masks.MODULUS for m, b in zip(mask, other, strict=True)
    ]
    assert share("AR", one, seeds_of(["AR", "BO", "CL"])) != share("AR", one, seeds)
    rest = share("CL", [0] * 4, seeds)
    assert masks.added([share("AR", one, seeds), share("BO", other, seeds), rest]) == masks.added(
        [share("AR", other, seeds), share("BO", one, seeds), rest]
    )


def test_masks_look_like_random_bits() -> None:
    seeds = seeds_of(["AR", "BO", "CL"])
    row = share("AR", [7] * 4096, seeds)
    ones = sum(cell.bit_count() for cell in row)
    # 262,144 fair bits: six standard deviations are 1,536.
    assert abs(ones - 4096 * 32) < 1536
    assert len(set(row)) == 4096


def test_other_words_of_a_round_give_other_masks() -> None:
    seeds = {"BO": masks.new_seed(), "CL": masks.new_seed()}
    one, other = (
        masks.masked([1], state="AR", states=["AR", "BO", "CL"], seeds=seeds, round_digest=digest)
        for digest in (DIGEST, bytes(32))
    )
    assert one != other


def test_a_share_is_refused_without_the_secret_of_one_pair() -> None:
    seeds = {"BO": masks.new_seed()}
    with pytest.raises(SeedMissing):
        masks.masked([1], state="AR", states=["AR", "BO", "CL"], seeds=seeds, round_digest=DIGEST)


@pytest.mark.parametrize("row", [[], [-1], [True], [1.0], [masks.LARGEST_COUNT + 1], [0] * 70_000])
def test_what_is_no_table_of_counts_is_refused(row: list[int]) -> None:
    with pytest.raises(CountRefused):
        masks.check_counts(row)


@pytest.mark.parametrize("data", [b"", b"1234567", bytes(16)])
def test_bytes_of_another_length_are_no_share(data: bytes) -> None:
    with pytest.raises(ShareMalformed):
        masks.unpacked(data, cells=1)
    with pytest.raises(ShareMalformed):
        masks.added([[1], [1, 2]])


def reference(layout: Layout, counted: dict[tuple[str, ...], int]) -> list[int]:
    """Each cell by looking at every count: slow and plain."""
    return [
        sum(
            n
            for place, n in counted.items()
            if all(want in (TOTAL, have) for want, have in zip(cell, place, strict=True))
        )
        for cell in layout.places
    ]


def layouts() -> st.SearchStrategy[Layout]:
    sizes = st.lists(st.integers(1, 3), min_size=1, max_size=3)
    return sizes.map(
        lambda found: Layout(
            tuple((f"d{n}", tuple(f"c{i}" for i in range(size))) for n, size in enumerate(found))
        )
    )


def inner(layout: Layout) -> Iterator[tuple[str, ...]]:
    return itertools.product(*(categories for _, categories in layout.dimensions))


@given(layouts(), st.data())
def test_a_row_holds_every_margin_and_adds_up(layout: Layout, data: st.DataObject) -> None:
    counted = {place: data.draw(st.integers(0, 50)) for place in inner(layout)}
    row = layout.row(counted)
    assert row == reference(layout, counted)
    assert layout.adds_up(row)


@given(layouts(), st.data())
def test_one_changed_cell_is_noticed(layout: Layout, data: st.DataObject) -> None:
    row = layout.row({place: data.draw(st.integers(0, 50)) for place in inner(layout)})
    row[data.draw(st.integers(0, len(row) - 1))] += data.draw(st.integers(1, 9))
    assert not layout.adds_up(row)
    with pytest.raises(SumImplausible):
        rounds.check_sum(row, layout=layout, states=3)


def test_a_count_outside_the_layout_is_refused() -> None:
    with pytest.raises(ValueError, match="no such cell"):
        SEX_BY_AGE.row({("female", "old"): 1})


@given(st.integers(0, 9), st.integers(1, masks.MODULUS - 1))
def test_a_share_that_was_changed_on_its_way_spoils_the_sum_visibly(place: int, by: int) -> None:
    assume(place < SEX_BY_AGE.cells)
    states = ["AR", "BO", "CL"]
    seeds = seeds_of(states)
    row = SEX_BY_AGE.row({("female", "adult"): 3})
    given_ = {s: share(s, row, seeds) for s in states}
    given_["BO"][place] = (given_["BO"][place] + by) % masks.MODULUS
    with pytest.raises(SumImplausible):
        rounds.check_sum(masks.added(given_.values()), layout=SEX_BY_AGE, states=3)


# Rounds


def declared(**other: object) -> Declared:
    """A round about the first half of 2025 of three states."""
    plain = Declared(
        digest=DIGEST,
        population="victims",
        table="sex_by_age",
        first=date(2025, 1, 1),
        last=date(2025, 6, 30),
        states=("AR", "BO", "CL"),
        answer_due=NOW + timedelta(days=10),
        share_due=NOW + timedelta(days=20),
    )
    return dataclasses.replace(plain, **other)  # type: ignore[arg-type]


ALL = {"AR": True, "BO": True, "CL": True}
GIVEN = {"AR": "a", "BO": "b", "CL": "c"}


def test_a_round_goes_from_asked_to_agreed_to_given() -> None:
    asked = Round(declared(), {"AR": True})
    assert rounds.standing(asked, now=NOW) is Standing.ASKED
    assert rounds.standing(Round(declared(), ALL, {"AR": "a"}), now=NOW) is Standing.AGREED
    given_ = Round(declared(), ALL, GIVEN)
    assert rounds.standing(given_, now=NOW + timedelta(days=99)) is Standing.GIVEN
    assert rounds.missing(Round(declared(), ALL, {"AR": "a"})) == ["BO", "CL"]


@pytest.mark.parametrize(
    ("round_", "days"),
    [
        (Round(declared(), {**ALL, "BO": False}), 0),
        (Round(declared(), {"AR": True}), 11),
        (Round(declared(), ALL, {"AR": "a"}), 21),
        (Round(declared(), ALL, {"AR": "a"}, frozenset({"AR"})), 0),
    ],
)
def test_a_round_that_lacks_a_state_ends_without_a_sum(round_: Round, days: int) -> None:
    now = NOW + timedelta(days=days)
    assert rounds.standing(round_, now=now) is Standing.ENDED
    with pytest.raises((NotAgreed, TooLate)):
        rounds.check_may_give(round_, state="CL", earlier=[], now=now)


def test_nobody_gives_twice_whatever_has_become_of_the_first_part() -> None:
    for withdrew in (frozenset[str](), frozenset({"AR"})):
        with pytest.raises(AlreadyGiven):
            rounds.check_may_give(
                Round(declared(), ALL, {"AR": "a"}, withdrew), state="AR", earlier=[], now=NOW
            )


def test_a_last_day_that_is_far_away_binds_nobody_and_bars_nothing() -> None:
    far = declared(digest=OTHER, share_due=NOW + rounds.LONGEST + timedelta(seconds=1))
    with pytest.raises(TooFarOff):
        rounds.check_may_declare(far, earlier=[], now=NOW)
    # Whoever announces something to it lies: nobody else was let.
    rounds.check_may_declare(declared(), earlier=[Round(far, ALL, GIVEN)], now=NOW)
    near = declared(digest=OTHER, share_due=NOW + rounds.LONGEST)
    rounds.check_may_declare(near, earlier=[], now=NOW)
    with pytest.raises(StillRunning):
        rounds.check_may_declare(declared(), earlier=[Round(near, ALL, {"AR": "a"})], now=NOW)


def test_who_is_not_named_neither_takes_part_nor_gives() -> None:
    for check in (rounds.check_may_take_part, rounds.check_may_give):
        with pytest.raises(NotNamed):
            check(Round(declared(), ALL), state="PE", earlier=[], now=NOW)


def test_nobody_says_that_she_takes_part_after_the_last_day() -> None:
    late = NOW + timedelta(days=11)
    with pytest.raises(TooLate):
        rounds.check_may_take_part(Round(declared()), state="AR", earlier=[], now=late)


def test_two_states_are_too_few_and_a_period_runs_forwards() -> None:
    with pytest.raises(TooFewStates):
        rounds.check_may_declare(declared(states=("AR", "BO")), earlier=[], now=NOW)
    with pytest.raises(PeriodReversed):
        rounds.check_may_declare(declared(last=date(2024, 1, 1)), earlier=[], now=NOW)


@pytest.mark.parametrize(
    ("again", "refusal"),
    [
        ({"digest": b"2" * 32}, AlreadyAdded),
        ({"digest": b"2" * 32, "last": date(2025, 5, 31)}, AlreadyAdded),
        ({"digest": b"2" * 32, "table": "form", "last": date(2025, 12, 31)}, AlreadyAdded),
        ({"digest": b"2" * 32, "table": "form", "states": ("AR", "BO", "PE")}, SomebodyLeftOut),
        ({"digest": b"2" * 32, "table": "form", "states": (*ALL, "PE")}, SomebodyLeftOut),
    ],
)
def test_a_second_sum_whose_difference_tells_of_one_state_is_refused(
    again: dict[str, object], refusal: type[Exception]
) -> None:
    before = Round(declared(), ALL, GIVEN)
    with pytest.raises(refusal):
        rounds.check_may_declare(declared(**again), earlier=[before], now=NOW)
    with pytest.raises(refusal):
        rounds.check_may_take_part(Round(declared(**again)), state="AR", earlier=[before], now=NOW)


@pytest.mark.parametrize(
    "other",
    [
        {"digest": b"2" * 32, "table": "form"},
        {"digest": b"2" * 32, "first": date(2025, 7, 1), "last": date(2025, 12, 31)},
        {"digest": b"2" * 32, "population": "migrants", "states": ("AR", "BO", "PE")},
    ],
)
def test_another_table_or_period_or_population_may_be_added(other: dict[str, object]) -> None:
    before = Round(declared(), ALL, GIVEN)
    rounds.check_may_declare(declared(**other), earlier=[before], now=NOW)


LATER = NOW + timedelta(days=21)
OTHER = b"2" * 32
# Nothing was declared of PE that all have: it gave nothing, or gave without telling.
LACKS_PE = Round(declared(states=("AR", "BO", "CL", "PE")), {"AR": True}, {"AR": "a"})


def test_a_new_round_may_do_without_who_gave_nothing_but_not_without_who_gave() -> None:
    rounds.check_may_declare(declared(digest=OTHER), earlier=[LACKS_PE], now=LATER)
    without = declared(digest=OTHER, states=("BO", "CL", "PE"))
    taken_back = dataclasses.replace(LACKS_PE, withdrew=frozenset({"AR"}))
    for before in (LACKS_PE, taken_back):
        with pytest.raises(SomebodyLeftOut):
            rounds.check_may_declare(without, earlier=[before], now=LATER)


def test_nobody_joins_after_somebody_gave_for_who_colludes_may_have_given_unseen() -> None:
    joined = declared(digest=OTHER, states=("AR", "BO", "CL", "PE", "UY"))
    with pytest.raises(SomebodyLeftOut):
        rounds.check_may_declare(joined, earlier=[LACKS_PE], now=LATER)


def test_two_rounds_about_the_same_persons_do_not_run_at_once() -> None:
    with pytest.raises(StillRunning):
        rounds.check_may_declare(declared(digest=OTHER), earlier=[LACKS_PE], now=NOW)
    with pytest.raises(StillRunning):
        rounds.check_may_give(
            Round(declared(digest=OTHER), ALL), state="AR", earlier=[LACKS_PE], now=NOW
        )


@settings(max_examples=600)
@given(st.data())
def test_no_two_rounds_to_which_honest_states_give_differ_in_honest_states(
    data: st.DataObject,
) -> None:
    """Against the plain question: is there a pair of sums that who colludes can make, whose honest
    states are not the same? Who colludes gives to everything and announces nothing."""
    every = ("AR", "BO", "CL", "CO")
    colludes = set(data.draw(st.lists(st.sampled_from(every), unique=True, max_size=2)))
    subsets = st.sampled_from([every, *itertools.combinations(every, 3)])
    names = [
        declared(
            digest=bytes([n]) * 32,
            states=data.draw(subsets),
            table=f"t{n}",
            answer_due=NOW + timedelta(days=20 * n),
            share_due=NOW + timedelta(days=20 * n + 10),
        )
        for n in range(2)
    ]
    gave: dict[bytes, dict[str, str]] = {each.digest: {} for each in names}
    turns = [(n, state) for n in range(2) for state in every if state not in colludes]
    moments = st.sampled_from([-5, 5])  # before the first round has ended, or after
    for n, state in data.draw(st.permutations(turns)):
        about, rest = names[n], names[1 - n]
        try:
            rounds.check_may_give(
                Round(about, dict.fromkeys(about.states, True), gave[about.digest]),
                state=state,
                earlier=[Round(rest, dict.fromkeys(rest.states, True), gave[rest.digest])],
                now=about.share_due + timedelta(days=-1 if n == 0 else data.draw(moments) - 6),
            )
        except Refused:
            continue
        gave[about.digest] = {**gave[about.digest], state: ""}
    made = [
        frozenset(set(each.states) - colludes)
        for each in names
        if set(each.states) - colludes <= set(gave[each.digest]) and set(each.states) - colludes
    ]
    assert len(set(made)) <= 1


def test_a_share_that_was_not_announced_is_refused() -> None:
    data = masks.packed([1, 2, 3])
    announced = {"AR": masks.commitment(data, state="AR", round_digest=DIGEST)}
    round_ = Round(declared(), ALL, announced)
    rounds.check_share(round_, state="AR", share=data)
    for state, share_ in (("AR", masks.packed([1, 2, 4])), ("BO", data)):
        with pytest.raises(ShareNotCommitted):
            rounds.check_share(round_, state=state, share=share_)
    with pytest.raises(NotNamed):
        rounds.check_share(round_, state="PE", share=data)
