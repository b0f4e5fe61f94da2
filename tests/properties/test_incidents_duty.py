"""The 72 hours against a plain reading of the rule, whatever was decided and told, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ayni.incidents import duty
from ayni.incidents.duty import Facts, Standing

moments = st.timedeltas(timedelta(0), timedelta(days=365)).map(
    lambda after: datetime(2026, 1, 1, tzinfo=UTC) + after
)
maybe = st.none() | moments
decided = st.tuples(st.booleans(), st.booleans()) | st.just((None, None))
facts = st.builds(
    lambda noticed, both, authority, persons, closed: Facts(
        noticed, *both, authority, persons, closed
    ),
    moments, decided, maybe, maybe, maybe,
)  # fmt: skip


@given(facts, moments)
def test_the_hours_run_until_nobody_is_to_be_told_or_the_authority_was(
    what: Facts, now: datetime
) -> None:
    plainly = what.closed_at is None and (
        what.notify is None or (what.notify and what.authority_told_at is None)
    )
    assert duty.runs(what) == plainly
    remaining = duty.left(what, now)
    assert (remaining is not None) == plainly
    if remaining is not None:
        assert now + remaining == what.noticed_at + timedelta(hours=72)
        assert duty.late(what, now) == (now > what.noticed_at + timedelta(hours=72))
        assert duty.to_remind(what, now) == (now >= what.noticed_at + timedelta(hours=48))
    else:
        assert not duty.late(what, now)
        assert not duty.to_remind(what, now)


@given(facts)
def test_what_was_told_is_neither_told_again_nor_decided_away(what: Facts) -> None:
    next_ = duty.steps(what)
    if what.authority_told_at is not None:
        assert not next_ & {"decide", "tell_authority"}
    if what.persons_told_at is not None:
        assert not next_ & {"decide", "tell_persons"}


@given(facts)
def test_it_is_closed_only_when_everybody_was_told_who_was_to_be(what: Facts) -> None:
    may = "close" in duty.steps(what)
    told = (not what.notify or what.authority_told_at is not None) and (
        not what.tell_persons or what.persons_told_at is not None
    )
    assert may == (what.closed_at is None and what.notify is not None and told)


@given(facts)
def test_every_standing_but_the_last_has_a_way_on(what: Facts) -> None:
    assert bool(duty.steps(what)) == (duty.standing(what) is not Standing.CLOSED)
