"""Grants against a deliberately simple reference: deny unless everything is named."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ayni.exchange.errors import NotGranted
from ayni.exchange.grant import Grant, check_grant
from ayni.exchange.kinds import MessageKind

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
STATES = st.sampled_from(["ar", "bo", "cl"])
CODES = st.sampled_from(["bo-consulate", "cl-consulate"])
FIELDS = st.frozensets(st.sampled_from(["name", "birth", "needs", "documents"]))
CARRIED = frozenset({"name", "birth", "needs"})
PURPOSES = st.sampled_from(["refer", "request"])
KINDS = {
    personal: MessageKind(
        name="test",
        personal=personal,
        schema={},
        carries={"refer": CARRIED} if personal else {},
    )
    for personal in (True, False)
}
GRANTS = st.none() | st.builds(
    Grant,
    id=st.just("g"),
    recipient=STATES,
    recipient_institution=CODES,
    purpose=PURPOSES,
    fields=FIELDS,
    basis=st.just("consent:c"),
    valid_until=st.integers(-2, 2).map(lambda hours: NOW + timedelta(hours=hours)),
    never=st.frozensets(STATES),
)


def _reference(
    grant: Grant | None, personal: bool, state: str, code: str, fields: frozenset[str]
) -> bool:
    if grant is not None and state in grant.never:
        return False
    if not personal:
        return True
    return (
        grant is not None
        and grant.recipient == state
        and grant.recipient_institution == code
        and grant.purpose == "refer"
        and NOW < grant.valid_until
        and fields <= grant.fields
        and fields <= CARRIED
    )


@given(GRANTS, st.booleans(), STATES, CODES, FIELDS)
def test_a_message_leaves_only_if_all_is_granted(
    grant: Grant | None, personal: bool, state: str, code: str, fields: frozenset[str]
) -> None:
    try:
        check_grant(
            grant,
            kind=KINDS[personal],
            recipient=state,
            recipient_institution=code,
            fields=fields,
            now=NOW,
        )
        allowed = True
    except NotGranted:
        allowed = False

    assert allowed == _reference(grant, personal, state, code, fields)


@given(GRANTS.filter(lambda grant: grant is not None))
def test_a_grant_survives_being_kept_beside_the_message(grant: Grant) -> None:
    assert Grant.from_json(grant.to_json()) == grant
