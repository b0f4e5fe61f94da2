"""Handling codes against a deliberately simple reference: what no name allows is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.exchange.errors import Malformed
from ayni.exchange.handling import Allowed, Handling, Onward, See
from ayni.exchange.kinds import MessageKind

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STATES = st.sampled_from(["ar", "bo", "cl"])
OFFICERS = st.sampled_from(["1", "2"])
HANDLINGS = st.builds(
    Handling,
    see=st.sampled_from(See),
    onward=st.sampled_from(Onward),
    until=st.none() | st.integers(-2, 2).map(lambda hours: NOW + timedelta(hours=hours)),
)
ALLOWED = st.builds(
    Allowed,
    see=st.frozensets(st.sampled_from(See)),
    onward=st.frozensets(st.sampled_from(Onward)),
    until=st.booleans(),
)
SCHEMA = {"type": "object", "additionalProperties": False, "properties": {"step": {}}}
ANYTHING = st.recursive(
    st.none() | st.text(max_size=12) | st.integers(),
    lambda inner: st.dictionaries(
        st.sampled_from(["see", "onward", "until", "more"]), inner, max_size=4
    ),
    max_leaves=6,
)


@given(HANDLINGS)
def test_codes_survive_the_journey(handling: Handling) -> None:
    assert Handling.from_json(handling.to_json()) == handling
    assert Handling.of({"handling": handling.to_json()}) == handling


@given(ANYTHING)
def test_what_is_no_code_of_this_version_is_refused_and_never_guessed(told: Any) -> None:
    try:
        handling = Handling.from_json(told)
    except ValueError:
        return
    assert handling.to_json() == told


@given(HANDLINGS, OFFICERS, OFFICERS | st.just(""))
def test_only_whom_the_code_names_sees_it_and_nobody_after_its_time(
    handling: Handling, reader: str, handler: str
) -> None:
    in_time = handling.until is None or handling.until > NOW
    named = handling.see is See.INSTITUTION or reader == handler

    assert handling.lets_see(reader=reader, handler=handler, now=NOW) == (in_time and named)


@given(HANDLINGS, STATES, STATES, STATES)
def test_what_may_not_go_on_goes_back_to_the_sender_only(
    handling: Handling, to: str, here: str, sender: str
) -> None:
    reachable = {
        Onward.CONSENT: {to},
        Onward.STATE: {here, sender},
        Onward.NONE: {sender},
    }[handling.onward]

    assert handling.lets_go_on(to=to, here=here, sender=sender) == (to in reachable)


@given(HANDLINGS, st.none() | ALLOWED)
def test_a_kind_carries_the_codes_that_it_is_registered_with(
    handling: Handling, allowed: Allowed | None
) -> None:
    kind = MessageKind(name="test", personal=False, schema=SCHEMA, handling=allowed)
    payload = {"step": 1, "handling": handling.to_json()}
    timely = allowed is not None and (allowed.until or handling.until is None)
    if allowed and timely and handling.see in allowed.see and handling.onward in allowed.onward:
        kind.check(payload)
    else:
        with pytest.raises(Malformed):
            kind.check(payload)
    kind.check({"step": 1})
