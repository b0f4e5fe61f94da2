"""The list of erasures: whatever was answered stays in it, however often a crash cuts a line."""

from __future__ import annotations

import tempfile
from pathlib import Path
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.vault import erasures

# One erasure that is answered, several in one step, or one of which a crash leaves so many bytes.
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("one"), st.uuids()),
        st.tuples(st.just("many"), st.lists(st.uuids(), max_size=4)),
        st.tuples(st.just("cut"), st.tuples(st.uuids(), st.integers(0, 36))),
    ),
    max_size=12,
)


@settings(deadline=None)
@given(_STEPS)
def test_nobody_whose_erasure_was_answered_is_missing_and_nobody_else_is_in_it(
    steps: list[tuple[str, object]],
) -> None:
    answered: set[UUID] = set()
    begun: set[UUID] = set()
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        for word, told in steps:
            if isinstance(told, UUID):
                erasures.note(home, told)
                answered.add(told)
            elif isinstance(told, list):
                erasures.add(home, told)
                answered |= set(told)
            elif isinstance(told, tuple):
                subject, length = told
                erasures.add(home, [])  # what a crash leaves is on a line of its own
                with (home / erasures.LIST).open("a") as file:
                    file.write(str(subject)[:length])
                begun.add(subject)
            found = erasures.noted(home)
            assert answered <= found <= answered | begun, word


@settings(deadline=None)
@given(st.lists(st.uuids(), max_size=6))
def test_noting_the_same_again_changes_nothing(subjects: list[UUID]) -> None:
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        erasures.add(home, subjects)
        once = erasures.noted(home)
        erasures.add(home, subjects)
        assert erasures.noted(home) == once == set(subjects)
