"""What each state of a round did, whose move it is, why it ended: always as `rounds` decides."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ayni.statistics.masked.progress import Act, Step, Why, ended, ended_at, move_of, step_of
from ayni.statistics.masked.rounds import Declared, Round, Standing, standing

BEGAN = datetime(2026, 3, 1, tzinfo=UTC)
STATES = ("ar", "bo", "cl")
ABOUT = Declared(
    bytes(32), "trafficking_cases", "t", date(2025, 1, 1), date(2025, 12, 31), STATES,
    BEGAN + timedelta(days=10), BEGAN + timedelta(days=20),
)  # fmt: skip
PLAIN = dict.fromkeys(STATES, True)


@st.composite
def rounds_(draw: st.DrawFn) -> Round:
    """Any round that its states could have left behind."""
    some = st.sets(st.sampled_from(STATES))
    says = {state: draw(st.booleans()) for state in sorted(draw(some))}
    gave = draw(some)
    return Round(
        ABOUT, says, dict.fromkeys(sorted(gave), "x"), frozenset(draw(some) & gave),
    )  # fmt: skip


days = st.integers(0, 30).map(lambda n: BEGAN + timedelta(days=n))


@given(rounds_(), st.booleans(), days)
def test_a_round_has_a_reason_exactly_if_it_ended(
    round_: Round, stands: bool, now: datetime
) -> None:
    found = standing(round_, now=now)
    over = found is Standing.ENDED or (not stands and found is not Standing.GIVEN)
    why = ended(round_, stands=stands, now=now)
    assert (why is not None) == over
    if why is not None and why.why is not Why.TAKEN_BACK:
        wanted = {
            Why.DECLINED: Step.DECLINED, Why.SILENT: Step.SILENT, Why.WITHDREW: Step.WITHDREW,
        }  # fmt: skip
        assert why.states, "somebody is named"
        for state in why.states:
            if why.why is Why.NOT_GIVEN:
                assert state not in round_.announced
            elif step_of(round_, state) is not Step.GAVE:
                assert step_of(round_, state) is wanted[why.why]


@given(rounds_(), days, st.sampled_from([*STATES, "uy"]))
def test_a_state_has_a_move_only_while_the_round_runs(
    round_: Round, now: datetime, state: str
) -> None:
    move, found = move_of(round_, state=state, now=now), standing(round_, now=now)
    if move is None:
        return
    assert state in STATES
    assert found is (Standing.ASKED if move.act is Act.ANSWER else Standing.AGREED)
    assert move.due >= now
    assert state not in round_.announced


@given(rounds_(), days)
def test_a_round_ended_in_the_past(round_: Round, now: datetime) -> None:
    assert ended_at(round_, said_at=now, now=now) <= now


def test_who_let_the_day_pass_is_named() -> None:
    silent = Round(ABOUT, {"ar": True, "cl": True})
    late = ended(silent, stands=True, now=BEGAN + timedelta(days=11))
    assert late is not None
    assert (late.why, late.states) == (Why.SILENT, ("bo",))
    given_ = Round(ABOUT, PLAIN, {"ar": "x", "bo": "y"})
    late = ended(given_, stands=True, now=BEGAN + timedelta(days=21))
    assert late is not None
    assert (late.why, late.states) == (Why.NOT_GIVEN, ("cl",))
    move = move_of(given_, state="cl", now=BEGAN + timedelta(days=19))
    assert move is not None
    assert (move.act, move.due) == (Act.GIVE, ABOUT.share_due)
