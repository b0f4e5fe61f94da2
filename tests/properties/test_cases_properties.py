"""Properties of the pure centres of `cases`: age and safeguards."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ayni.cases.birth import AgeStatus, Birth, Precision, Quality, age_status, bounds
from ayni.cases.errors import ConsentMissing, GuardianMissing
from ayni.cases.safeguards import (
    ConsentView,
    Disclosure,
    FearedState,
    SecondOfficerMissing,
    check_may_leave,
)

DAYS = st.dates(date(1920, 1, 1), date(2026, 11, 24))
TODAY = st.dates(date(2024, 1, 1), date(2060, 1, 1))


def _is_adult(born: date, today: date) -> bool:
    """The simple reference: count birthdays."""
    had_birthday = (today.month, today.day) >= (born.month, born.day)
    return today.year - born.year - (0 if had_birthday else 1) >= 18


@given(DAYS, TODAY)
def test_an_exact_birth_gives_what_counting_birthdays_gives(born: date, today: date) -> None:
    status = age_status(Birth(Precision.DATE, born.isoformat()), today)

    assert status is (AgeStatus.ADULT if _is_adult(born, today) else AgeStatus.CHILD)


@given(DAYS, TODAY, st.sampled_from([Precision.YEAR, Precision.YEAR_MONTH]))
def test_less_exact_births_never_contradict_the_exact_one(
    born: date, today: date, precision: Precision
) -> None:
    value = str(born.year) if precision is Precision.YEAR else f"{born.year}-{born.month:02d}"
    status = age_status(Birth(precision, value), today)

    exact = AgeStatus.ADULT if _is_adult(born, today) else AgeStatus.CHILD
    assert status in {exact, AgeStatus.UNKNOWN}


@given(st.integers(0, 90), st.integers(0, 10), st.dates(date(2020, 1, 1), date(2026, 1, 1)))
def test_an_age_band_holds_every_birth_that_gives_these_ages(
    low: int, width: int, said: date
) -> None:
    birth = Birth(Precision.AGE_BAND, f"{low}-{low + width}", Quality.STATED, said.isoformat())
    possible = bounds(birth)
    assert possible is not None
    earliest, latest = possible

    def age_on_said(born: date) -> int:
        return said.year - born.year - ((said.month, said.day) < (born.month, born.day))

    assert age_on_said(earliest) == low + width
    assert age_on_said(latest) == low
    assert age_on_said(earliest - timedelta(days=1)) > low + width


FIELDS = st.frozensets(st.sampled_from(["birth", "needs", "contact", "narrative"]), max_size=4)
STATES = st.sampled_from(["ar", "bo", "cl"])
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TIMES = st.sampled_from([NOW - timedelta(days=2), NOW, NOW + timedelta(days=2)])


@st.composite
def consents(draw: st.DrawFn) -> ConsentView:
    given_at = draw(TIMES)
    return ConsentView(
        id=draw(st.sampled_from("abc")),
        purpose=draw(st.sampled_from(["refer", "assist"])),
        recipient_state=draw(STATES),
        recipient_institution=draw(st.sampled_from(["x", "y"])),
        fields=draw(FIELDS),
        given_by=draw(st.sampled_from(["person", "guardian", "child_authority"])),
        own_view_recorded=draw(st.booleans()),
        given_at=given_at,
        valid_until=given_at + timedelta(days=draw(st.sampled_from([1, 3]))),
        withdrawn_at=draw(st.sampled_from([None, NOW])),
    )


@given(
    st.lists(consents(), max_size=4),
    st.builds(
        Disclosure,
        recipient_state=STATES,
        recipient_institution=st.sampled_from(["x", "y"]),
        fields=FIELDS,
        officers=st.frozensets(st.sampled_from(["ana", "luis"]), min_size=1, max_size=2),
    ),
    st.sampled_from(AgeStatus),
    st.frozensets(STATES, max_size=2),
)
def test_nothing_leaves_that_a_plain_reading_of_the_rules_forbids(
    known: list[ConsentView],
    disclosure: Disclosure,
    age: AgeStatus,
    feared: frozenset[str],
) -> None:
    child = age is not AgeStatus.ADULT
    allowed = disclosure.recipient_state not in feared and any(
        c.purpose == "refer"
        and c.withdrawn_at is None
        and c.given_at <= NOW
        and NOW < c.valid_until
        and (c.recipient_state, c.recipient_institution)
        == (disclosure.recipient_state, disclosure.recipient_institution)
        and all(name in c.fields for name in disclosure.fields)
        and (not child or (c.given_by != "person" and c.own_view_recorded))
        for c in known
    )
    tells_who_she_is = "contact" in disclosure.fields
    if (child or (feared and tells_who_she_is)) and len(disclosure.officers) < 2:
        allowed = False

    try:
        check_may_leave(
            disclosure=disclosure, consents=known, age=age, feared_states=feared, now=NOW
        )
    except (FearedState, ConsentMissing, GuardianMissing, SecondOfficerMissing):
        assert not allowed
    else:
        assert allowed
