"""What is to be looked at again, by whom; what a review changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.norms import api
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer, a_secretariat, found
from tests.gazette.notices import an_entry, arrive

OURS, THEIRS = "ar.residence.1", "bo.trafficking.1"
BOTH, ALL_STATES = "ar-bo-trafficking", "palermo-trafficking"


@pytest.fixture
def peers(db: None) -> Iterator[tuple[Peer, Peer]]:
    """Bolivia's node and the secretariat's, in a directory with ours."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield bolivia, secretariat
    bolivia.stop()
    secretariat.stop()


def officer(role: members.Role = members.Role.NATIONAL_FOCAL_POINT) -> Actor:
    name = role.value.replace("_", "-")
    return members.actor_of(an_officer(name, an_institution("ar-programme"), role))


def in_days(n: int) -> date:
    return clock.now().date() + timedelta(days=n)


def review(by: Actor, ident: str = OURS, **changed: Any) -> None:
    """Recorded on nothing: it holds, and is looked at again in a year."""
    told: dict[str, Any] = {
        "outcome": api.Outcome.SAME, "source": "Boletín 1234", "next_on": in_days(365), "seen": 0,
    }  # fmt: skip
    api.record_review(by=by, ident=ident, **{**told, **changed})


def reviewed(peer: Peer, ident: str, outcome: str = "changed", **changed: Any) -> None:
    """A member has published a review."""
    body = {"outcome": outcome, "source": "Gaceta 77", "next": in_days(30).isoformat()}
    arrive(an_entry(peer, **{"kind": "norms.review", "key": ident, "body": body, **changed}))


def late(owner: str = "", day: date | None = None) -> set[str]:
    return {each.item.id for each in api.to_review(day=day or in_days(0), owner=owner)}


def test_every_entry_has_somebody_who_looks_at_it_again(db: None) -> None:
    everything = late(day=date(2199, 1, 1))
    of_somebody = {
        each
        for owner in (*members.states(), members.SECRETARIAT)
        for each in late(owner, date(2199, 1, 1))
    }

    known = api.shipped()
    assert everything == of_somebody
    assert everything >= set(known.instruments)
    assert everything >= {each.id for each in known.provisions.values() if each.state}
    assert api.review_item(BOTH).responsible == {"ar", "bo"}
    assert api.review_item(ALL_STATES).responsible == {members.SECRETARIAT}
    assert api.review_item(f"{ALL_STATES}:bo").responsible == {"bo"}


def test_without_a_review_it_is_due_a_year_after_it_was_last_seen(db: None) -> None:
    seen = date(2026, 6, 30)  # InfoLEG was read in June 2026

    assert api.review_item(OURS).seen == seen
    assert OURS not in late("ar", seen + timedelta(days=365))
    assert OURS in late("ar", seen + timedelta(days=366))
    assert "cl.trafficking.1" in late("cl", seen), "of a day nobody knows: at once"


def test_a_review_moves_the_day_to_the_one_that_it_names(peers: tuple[Peer, Peer]) -> None:
    paula = officer()
    review(paula, f"{ALL_STATES}:ar", next_on=in_days(10))

    assert f"{ALL_STATES}:ar" not in late("ar", in_days(10))
    assert f"{ALL_STATES}:ar" in late("ar", in_days(11))
    assert f"{ALL_STATES}:bo" in late("bo"), "of others nothing is said"
    assert f"{ALL_STATES}:ar" not in {
        each.item.id for each in api.reviews_owed(by=paula, day=in_days(0))
    }


def test_only_who_is_responsible_records_it(peers: tuple[Peer, Peer]) -> None:
    paula = officer()
    for ident in (THEIRS, ALL_STATES, f"{ALL_STATES}:bo"):
        with pytest.raises(api.NotResponsible):
            review(paula, ident)
    review(paula, BOTH)
    with pytest.raises(NotFound):
        review(paula, "ar.nothing.9")
    with pytest.raises(NotAllowed):
        review(officer(members.Role.CONSULAR_OFFICER))
    assert api.reviews_owed(by=officer(members.Role.CONSULAR_OFFICER), day=in_days(0)) == []


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"next_on": in_days(0)}, api.NextReviewNeeded),
        ({"next_on": in_days(3000)}, api.NextReviewNeeded),
        ({"source": "escribir a rosa@example.org"}, api.SourceNamesPerson),
        ({"seen": 4}, gazette.StaleEntry),
    ],
)
def test_what_cannot_be_meant_is_refused(
    peers: tuple[Peer, Peer], changed: dict[str, Any], error: type[Exception]
) -> None:
    with pytest.raises(error):
        review(officer(), **changed)
    assert api.review_history(OURS) == []


def test_of_others_only_what_they_are_responsible_for_counts(peers: tuple[Peer, Peer]) -> None:
    bolivia, secretariat = peers
    reviewed(bolivia, OURS)
    reviewed(bolivia, "bo.nothing.9")
    reviewed(bolivia, THEIRS)
    reviewed(secretariat, ALL_STATES, "unclear")

    assert set(api.last_reviews()) == {THEIRS, ALL_STATES}
    assert not api.changed(OURS)
    assert api.changed(THEIRS)
    assert not api.changed(ALL_STATES)


def test_the_last_of_two_states_counts(peers: tuple[Peer, Peer]) -> None:
    bolivia, _secretariat = peers
    yesterday = clock.isoformat(clock.now() - timedelta(days=1))
    reviewed(bolivia, BOTH, at=yesterday)
    assert api.changed(BOTH)
    review(officer(), BOTH)

    assert not api.changed(BOTH)
    assert len(api.review_history(BOTH)) == 2


def test_a_review_of_a_day_that_has_not_come_is_not_the_last_for_ever(
    peers: tuple[Peer, Peer],
) -> None:
    bolivia, _secretariat = peers
    body = {"outcome": "same", "source": "Gaceta 77", "next": "2199-12-01"}
    reviewed(bolivia, BOTH, at="2199-01-01T00:00:00Z", body=body)
    assert BOTH not in api.last_reviews()
    review(officer(), BOTH, outcome=api.Outcome.CHANGED)

    assert api.changed(BOTH)
    assert len(api.review_history(BOTH)) == 2, "it is kept, and shown as what it is"


def test_what_no_longer_holds_is_not_cited(peers: tuple[Peer, Peer]) -> None:
    bolivia, secretariat = peers
    assert api.citable(THEIRS)
    assert api.citable("palermo-trafficking.8")
    reviewed(bolivia, THEIRS)
    reviewed(secretariat, ALL_STATES)

    for ident in (THEIRS, ALL_STATES, "palermo-trafficking.8"):
        assert not api.citable(ident)
        with pytest.raises(api.NotCitable):
            api.cite(ident, language="es")
    reviewed(secretariat, ALL_STATES, "same", version=2)
    assert api.citable("palermo-trafficking.8")


def states(peer: Peer, ident: str, **body: Any) -> None:
    """A state says how an instrument stands for itself."""
    said = {"force": "in_force", "mark": "V", "seen": False, "source": "Gaceta 77", **body}
    arrive(
        an_entry(peer, kind="norms.standing", key=ident, valid_from="2022-05-06", body=said)
    )  # fmt: skip


def test_what_a_state_has_verified_for_itself_is_cited(peers: tuple[Peer, Peer]) -> None:
    bolivia, _secretariat = peers
    assert not api.citable("bo-py-trafficking"), "nobody has verified its entry into force"
    states(bolivia, "bo-py-trafficking", mark="2")
    assert not api.citable("bo-py-trafficking"), "seen only in a secondary source"


def test_a_verified_entry_makes_it_citable_and_nothing_else_does(
    peers: tuple[Peer, Peer],
) -> None:
    bolivia, _secretariat = peers
    states(bolivia, "bo-py-trafficking")
    states(bolivia, "bo-pe-trafficking")

    assert api.citable("bo-py-trafficking")
    assert api.cite("bo-py-trafficking", language="es").title
    assert not api.citable("bo-pe-trafficking"), "nobody has read its text"


def test_what_its_states_say_is_in_force_for_none_is_not_cited(
    peers: tuple[Peer, Peer],
) -> None:
    bolivia, _secretariat = peers
    paula = officer()
    states(bolivia, BOTH, force="not_in_force")
    assert api.citable(BOTH), "for Argentina it is in force"
    api.state_standing(
        by=paula, instrument=BOTH, seen=0,
        statement=api.Statement(
            api.Force.NOT_IN_FORCE, in_days(-1), seen_in_force=False, source="Boletín 9",
            mark=api.Mark.VERIFIED,
        ),
    )  # fmt: skip

    assert not api.citable(BOTH)


def test_a_review_of_a_day_to_come_counts_from_then_on_whenever_it_came(
    peers: tuple[Peer, Peer], time_machine: Any
) -> None:
    bolivia, _secretariat = peers
    ahead = clock.isoformat(clock.now() + timedelta(days=10))
    reviewed(bolivia, THEIRS, at=ahead)
    assert THEIRS not in api.last_reviews()

    time_machine.move_to(clock.now() + timedelta(days=10))

    assert api.last_reviews()[THEIRS].owner == "bo"


def bound(ident: str, crime: str = "trafficking") -> tuple[bool, bool]:
    """Whether an instrument is named between Argentina and Bolivia, and is their common ground."""
    found = api.legal_basis(
        requesting="ar", requested="bo", crime=crime, purposes=list(api.Purpose), on=in_days(0)
    )
    pairs = {(each.a, each.b): each for each in api.common_ground(on=in_days(0))}
    return (
        ident in {each.instrument.id for each in found.instruments},
        ident in pairs["ar", "bo"].matters[api.Crime(crime)].instruments,
    )


def absent(ident: str) -> dict[str, Any]:
    """How an instrument stands among what is kept as missing between Argentina and Bolivia."""
    found = api.legal_basis(
        requesting="ar", requested="bo", crime="trafficking", purposes=["assistance"],
        on=in_days(0),
    )  # fmt: skip
    kept = api.legal_basis_to_keep(found)["missing"]
    (row,) = [each for each in kept if each["id"] == ident]
    return dict(row)


def test_what_no_longer_holds_is_not_named_between_two_states_and_is_no_common_ground(
    peers: tuple[Peer, Peer],
) -> None:
    _bolivia, secretariat = peers
    assert bound(ALL_STATES) == (True, True)
    reviewed(secretariat, ALL_STATES)

    assert bound(ALL_STATES) == (False, False)
    assert absent(ALL_STATES)["states"] == {"ar": "not_known", "bo": "not_known"}
    assert absent(ALL_STATES)["settled_by"] == ["no_longer_holds"]
    reviewed(secretariat, ALL_STATES, "same", version=2)
    assert bound(ALL_STATES) == (True, True)


def test_how_a_state_stands_is_not_known_until_it_says_so_after_the_review(
    peers: tuple[Peer, Peer],
) -> None:
    bolivia, _secretariat = peers
    reviewed(bolivia, f"{ALL_STATES}:bo")

    assert bound(ALL_STATES) == (False, False)
    assert absent(ALL_STATES)["states"] == {"ar": "in_force", "bo": "not_known"}
    assert absent(ALL_STATES)["settled_by"] == ["standing_no_longer_holds"]
    states(bolivia, ALL_STATES)
    assert bound(ALL_STATES) == (True, True)


def test_what_a_state_said_before_the_review_does_not_answer_it(peers: tuple[Peer, Peer]) -> None:
    bolivia, _secretariat = peers
    yesterday = clock.isoformat(clock.now() - timedelta(days=1))
    arrive(
        an_entry(
            bolivia, kind="norms.standing", key=ALL_STATES, valid_from="2022-05-06", at=yesterday,
            body={"force": "in_force", "mark": "V", "seen": False, "source": "Gaceta 77"},
        )
    )  # fmt: skip
    assert bound(ALL_STATES) == (True, True)
    before = api.contradictions(api.instrument(ALL_STATES))
    reviewed(bolivia, f"{ALL_STATES}:bo")

    assert bound(ALL_STATES) == (False, False)
    assert api.contradictions(api.instrument(ALL_STATES)) == before


def test_a_law_of_a_state_that_no_longer_holds_carries_nothing(peers: tuple[Peer, Peer]) -> None:
    review(officer(), OURS, outcome=api.Outcome.CHANGED)
    review(officer(), "ar.personal_data.1", outcome=api.Outcome.CHANGED)

    found = api.legal_bases(
        requesting="bo", requested="ar", crime="trafficking", subject="stay", on=in_days(0)
    )
    (law,) = [each for each in found if each.id == OURS]
    assert law.status is api.Status.CANDIDATE
    grounds = api.transfer_grounds(sender="ar", recipient="bo", on=in_days(0))
    assert {each.status for each in grounds} == {api.Status.CANDIDATE}
    assert {each.reasons[0].why for each in grounds} == {api.Why.NO_LONGER_HOLDS}
