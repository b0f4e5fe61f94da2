"""What can become of a meeting, in any order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayni.agenda import meeting_changes
from ayni.agenda.meeting_changes import LISTED, TABLE, Change, Phase, Step

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
AT = datetime(2031, 1, 1, tzinfo=UTC)


def _walk(steps: list[Step]) -> tuple[list[Change], Phase, bool]:
    """The simple reference: each step that can be taken is."""
    at, held, listed = Phase.CALLED, False, []
    for step in steps:
        if (at, step) not in TABLE:
            continue
        at = TABLE[at, step]
        held = held or step is Step.ATTEND
        if step in LISTED:
            listed.append(Change(step, AT, "Lima", "" if step is Step.CLOSE else "x"))
    return listed, at, held


@unhurried
@given(st.lists(st.sampled_from(list(Step)), max_size=12))
def test_what_was_listed_and_whether_it_was_held_tell_how_far_it_is(steps: list[Step]) -> None:
    listed, at, held = _walk(steps)

    assert meeting_changes.phase(listed, held=held) is at
    assert meeting_changes.of_json(meeting_changes.as_json(listed)) == tuple(listed)


@unhurried
@given(st.lists(st.sampled_from(list(LISTED)), max_size=6), st.booleans())
def test_steps_that_cannot_have_been_are_refused_or_end_in_a_known_phase(
    steps: list[Step], held: bool
) -> None:
    listed = [Change(step, AT, "", "x") for step in steps]
    try:
        found = meeting_changes.phase(listed, held=held)
    except ValueError:
        return
    assert (found in (Phase.HELD, Phase.CLOSED)) == held
    assert (found is Phase.CANCELLED) == (Step.CANCEL in steps)


@unhurried
@given(st.lists(st.sampled_from(list(Step)), max_size=12), st.sampled_from(list(Step)))
def test_the_number_that_calendars_compare_never_falls(steps: list[Step], more: Step) -> None:
    fewer, _at, _held = _walk(steps)
    later, _at, _held = _walk([*steps, more])

    assert meeting_changes.sequence(later) >= meeting_changes.sequence(fewer)


@unhurried
@given(st.sampled_from(list(Step)), st.integers(-400, 400))
def test_what_happened_is_told_from_the_beginning_on_and_all_else_at_any_time(
    step: Step, seconds: int
) -> None:
    now = AT + timedelta(seconds=seconds)
    tells = step in (Step.ATTEND, Step.DECIDE, Step.CLOSE)

    assert meeting_changes.too_early(step, begins=AT, now=now) == (tells and seconds < 0)
