"""How a proposal of a common action stands, and which one of a gap is followed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.agenda.actions import (
    MOVES,
    OPEN,
    Course,
    Gap,
    Put,
    Status,
    binds,
    blocks,
    followed,
    gap_of,
    status,
)

PUTS = st.builds(
    Put,
    owner=st.sampled_from(["ar", "bo", "pe", "secretariat"]),
    number=st.integers(1, 4),
    withdrawn=st.booleans(),
    again=st.booleans(),
    digest=st.sampled_from(["a", "b"]),
)
SAID = st.sampled_from([Status.ON_AGENDA, Status.ADOPTED, Status.NOT_ADOPTED])
COURSES = st.none() | st.builds(
    Course, number=st.integers(1, 4), word=SAID, digest=st.sampled_from(["", "a", "b"])
)


@given(put=PUTS, course=COURSES)
def test_a_word_about_another_version_changes_nothing(put: Put, course: Course | None) -> None:
    found = status(put, course)
    of_it = course is not None and (
        (course.number, course.digest) in ((put.number, ""), (put.number, put.digest))
    )

    if course is not None and course.word is Status.ADOPTED and of_it:
        assert found is Status.ADOPTED
    elif put.withdrawn:
        assert found is Status.WITHDRAWN
    elif course is None or not of_it:
        assert found is Status.PROPOSED
    else:
        assert found is course.word


@given(course=COURSES, taken_back=st.sets(st.integers(1, 6)))
def test_what_was_adopted_holds_whatever_its_owner_says_later(
    course: Course | None, taken_back: set[int]
) -> None:
    found = binds(course, taken_back)

    if course is None or course.word is Status.NOT_ADOPTED:
        assert not found
    elif course.word is Status.ADOPTED:
        assert found
    else:
        assert found is (max(taken_back, default=0) <= course.number)


@given(put=PUTS, how=st.sampled_from(Status))
def test_what_is_over_or_proposed_again_keeps_nobody_out(put: Put, how: Status) -> None:
    over = how in (Status.NOT_ADOPTED, Status.WITHDRAWN)

    assert blocks(put, how) is not (over or (how is Status.PROPOSED and put.again))


@given(rows=st.lists(st.tuples(PUTS, st.sampled_from(Status)), max_size=6), data=st.data())
def test_which_one_is_followed_does_not_depend_on_the_order_in_which_they_came(
    rows: list[tuple[Put, Status]], data: st.DataObject
) -> None:
    one_each = {put.owner: (put, how) for put, how in rows}
    found = followed(one_each.values())
    again = followed(data.draw(st.permutations(list(one_each.values()))))

    assert found == again
    assert (found is None) is (not one_each)
    if any(how in OPEN or how is Status.ADOPTED for _put, how in one_each.values()):
        assert found is not None
        assert one_each[found.owner][1] in OPEN | {Status.ADOPTED}


@given(
    matter=st.sampled_from(["trafficking", "smuggling"]),
    pair=st.lists(st.sampled_from(["ar", "bo", "co", "pe"]), min_size=2, max_size=2, unique=True),
)
def test_a_key_names_its_gap(matter: str, pair: list[str]) -> None:
    gap = Gap(matter, *sorted(pair))

    assert gap_of(gap.key) == gap


@pytest.mark.parametrize(
    "key",
    [
        "", "gap", "gap-x-ar-bo", "gap-smuggling-bo-ar", "gap-smuggling-bo-bo",
        "gap-smuggling-bo-co\n", "GAP-smuggling-bo-co",
    ],
)  # fmt: skip
def test_another_key_names_none(key: str) -> None:
    assert gap_of(key) is None


def test_what_is_over_stays_over_and_nothing_is_adopted_without_an_agenda() -> None:
    for each in Status:
        assert bool(MOVES[each]) is (each in OPEN)
        assert (Status.ADOPTED in MOVES[each]) is (each is Status.ON_AGENDA)
