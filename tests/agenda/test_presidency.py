"""Who presides: what is known from sources, handing over, two terms never on one day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from django.test import Client

from ayni.agenda import api, seed
from ayni.agenda.kinds import HANDING_OVER
from ayni.audit.api import Actor
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.gazette.models import Entry
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.members.api import Role
from tests.agenda.stories import (
    a_term,
    all_handed,
    days,
    hand_over,
    kept,
    record,
    ref,
    terms_come,
    today,
)
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (date(2023, 6, 30), None),
        (date(2023, 7, 5), "ar"),
        (date(2024, 2, 18), "ar"),
        (date(2024, 2, 19), "bo"),
        (date(2024, 10, 21), "bo"),
        (date(2024, 10, 22), None),
        (date(2026, 11, 29), None),
    ],
)
def test_only_two_presidencies_are_known_and_nobody_is_invented_after_bolivia(
    day: date, state: str | None
) -> None:
    found = api.presidencies().on(day).term

    assert (None if found is None else found.state) == state
    assert [each.state for each in seed.presidencies()] == ["ar", "bo"]
    assert [each.inferred for each in seed.presidencies()] == [True, False]


def test_what_is_shipped_names_its_source_in_three_languages() -> None:
    for row in [*seed.organs(), *seed.rules().values(), *seed.parties().values()]:
        assert set(row["names"]) == {"es", "pt", "en"}
        assert all(row["names"].values())
        assert row["mark"] != "V" or row["source"]
    assert seed.rules()["quorum"]["value"] == seed.rules()["call_days"]["value"] == ""


def test_a_handing_over_ends_the_presidency_before_and_tells_every_node(
    saul: Actor, secretariat_here: Peer
) -> None:
    record(saul, a_term("pe", today() - days(300)))

    hand_over(saul, "uy", today())

    known = api.presidencies()
    assert known.on(today()).term == known.terms[-1]
    assert [(each.state, each.end, each.until) for each in known.terms[-2:]] == [
        ("pe", api.End.DAY, today()),
        ("uy", api.End.OPEN, None),
    ]
    (handing,) = api.handings(known)
    assert handing.stands.version is not None
    assert (handing.day, handing.stands.version.body["from"]) == (today().isoformat(), "pe")
    assert OutgoingMessage.objects.filter(peer="bo", kind="gazette.entries").count() == 3
    for kind in ("agenda.presidency", HANDING_OVER):
        assert all(each.counts for each in gazette.current(kind=kind))


def test_the_end_of_bolivias_presidency_stays_unknown_unless_it_is_told(saul: Actor) -> None:
    hand_over(saul, "pe", date(2026, 3, 1))
    bolivia = api.presidencies().terms[1]
    assert (bolivia.state, bolivia.end) == ("bo", api.End.UNKNOWN)
    assert api.presidencies().on(date(2025, 6, 1)).term is None


def test_the_end_of_the_presidency_before_is_recorded_if_it_is_known(saul: Actor) -> None:
    hand_over(saul, "pe", date(2026, 3, 1), before=date(2025, 2, 19))

    assert api.presidencies().on(date(2025, 2, 18)).term is not None
    assert api.presidencies().on(date(2025, 2, 19)).term is None


@pytest.mark.parametrize(
    "wrong",
    [
        a_term("pe", date(2024, 1, 1)),  # in Argentina's and Bolivia's
        a_term("pe", date(2024, 10, 21)),  # a source shows Bolivia in office on that day
        a_term("pe", date(2023, 1, 1), end=api.End.DAY, until=date(2023, 7, 2)),
        a_term("pe", date(2020, 1, 1)),  # it never hands over
    ],
)
def test_a_presidency_that_overlaps_another_one_is_refused_with_the_reason(
    saul: Actor, wrong: api.Term
) -> None:
    with pytest.raises(api.TermsOverlap) as refused:
        record(saul, wrong)

    assert refused.value.params
    assert not Entry.objects.exists()
    assert not OutgoingMessage.objects.exists()


def test_a_handing_over_before_the_announced_end_is_refused(saul: Actor) -> None:
    begins = today() - days(100)
    record(saul, a_term("pe", begins, end=api.End.DAY, until=today() + days(10)))

    with pytest.raises(api.TermsOverlap):
        hand_over(saul, "uy", today())
    # Corrected first, it can be handed over.
    record(saul, a_term("pe", begins, end=api.End.DAY, until=today()), replaces=begins)
    hand_over(saul, "uy", today())
    assert api.handings(api.presidencies())


@pytest.mark.parametrize("until", [date(2026, 3, 1), date(2026, 2, 1)])
def test_a_presidency_that_ends_before_it_lasted_a_day_is_refused(saul: Actor, until: date) -> None:
    with pytest.raises(api.TermEndsTooEarly):
        record(saul, a_term(end=api.End.DAY, until=until))


def test_every_item_of_the_checklist_is_answered_or_nothing_is_handed_over(saul: Actor) -> None:
    answers = all_handed(today())
    answers.pop("documents")

    with pytest.raises(api.ItemsOpen) as refused:
        hand_over(saul, "pe", today(), answers=answers)

    assert refused.value.params == {"items": ("documents",)}
    assert not Entry.objects.exists()


def test_what_was_not_seen_is_not_written_over(saul: Actor) -> None:
    seen = ref()
    record(saul, a_term("pe", date(2026, 3, 1), end=api.End.UNKNOWN))

    with pytest.raises(api.StandsOtherwise) as refused:
        record(saul, a_term("uy", date(2026, 3, 1)), after=seen)

    assert refused.value.stands is not None
    assert refused.value.stands.ref == "secretariat:1"
    assert api.presidencies().terms[-1].state == "pe"


def test_only_an_officer_of_the_secretariat_writes_on_its_node(saul: Actor) -> None:
    place = members.institution(saul.institution)
    presidency = members.actor_of(an_officer("pilar", place, Role.PRESIDENCY_OFFICER))
    administrator = members.actor_of(an_officer("nadia", None, Role.NODE_ADMINISTRATOR))

    assert api.can_write(by=saul)
    assert not api.can_write(by=presidency)
    with pytest.raises(api.NotPresiding):
        record(presidency, a_term())
    with pytest.raises(NotAllowed):
        record(administrator, a_term())


def test_a_term_of_no_member_or_with_a_persons_name_is_refused(saul: Actor) -> None:
    with pytest.raises(api.UnknownState):
        record(saul, a_term("mx"))
    with pytest.raises(api.NamesAPerson):
        record(saul, a_term(source="Carta de la Sra. Inventada"))


def test_another_state_shows_what_the_secretariat_published(
    secretariat: Peer, client: Client
) -> None:
    terms_come(secretariat, *seed.presidencies(), a_term("uy", today() - days(3)))
    reader = an_officer("ana", an_institution("ar-programme"))
    enter(client, reader)
    client.cookies["ayni_ar_language"] = "en"
    page = client.get("/platform/").content.decode()

    assert "Uruguay presides" in page
    assert "Hand over" not in page


def test_the_presidency_writes_while_the_secretariat_is_away_and_says_why(
    secretariat: Peer, officer: Callable[[Role], Actor]
) -> None:
    pilar = officer(Role.PRESIDENCY_OFFICER)
    with pytest.raises(api.NotPresiding):
        record(pilar, a_term("ar"))
    terms_come(secretariat, *seed.presidencies(), a_term("ar", today() - days(3)))

    with pytest.raises(api.ReasonNeeded):
        hand_over(pilar, "uy", today())
    hand_over(pilar, "uy", today(), instead="Fuera de servicio (inventado)")

    known = api.presidencies()
    assert known.stands.ref == "ar:1"
    assert known.stands.version is not None
    assert known.stands.version.after == "secretariat:1"
    assert [each.state for each in known.terms] == ["ar", "bo", "ar", "uy"]
    assert not api.can_write(by=pilar)


def test_the_next_version_of_the_secretariat_takes_the_place_of_the_presidencys(
    secretariat: Peer, officer: Callable[[Role], Actor]
) -> None:
    own = a_term("ar", today() - days(3))
    terms_come(secretariat, *seed.presidencies(), own)
    hand_over(officer(Role.PRESIDENCY_OFFICER), "uy", today(), instead="Inventado")

    terms_come(secretariat, *seed.presidencies(), own, after="ar:1", version=2)

    assert ref() == "secretariat:2"
    assert api.presidencies().stands.passed_over == ()


def test_what_the_presidency_wrote_without_knowing_what_stood_changes_nothing_and_is_shown(
    secretariat: Peer, officer: Callable[[Role], Actor]
) -> None:
    own = a_term("ar", today() - days(3))
    terms_come(secretariat, *seed.presidencies(), own)
    hand_over(officer(Role.PRESIDENCY_OFFICER), "uy", today(), instead="Inventado")

    terms_come(secretariat, *seed.presidencies(), own, after="secretariat:1", version=2)

    stands = api.presidencies().stands
    assert stands.ref == "secretariat:2"
    assert [each.ref for each in stands.passed_over] == ["ar:1"]


def test_a_state_that_does_not_preside_changes_nothing_and_is_shown(
    secretariat: Peer, bolivia: Peer
) -> None:
    terms_come(secretariat, *seed.presidencies(), a_term("uy", today() - days(3)))

    terms_come(bolivia, a_term("bo", date(2023, 1, 1)), after="secretariat:1", instead="Inventado")

    stands = api.presidencies().stands
    assert stands.ref == "secretariat:1"
    assert [each.ref for each in stands.passed_over] == ["bo:1"]


def test_what_a_state_publishes_that_never_presided_is_not_read_and_costs_nothing(
    secretariat: Peer, django_assert_max_num_queries: Any
) -> None:
    terms_come(secretariat, *seed.presidencies(), a_term("uy", today() - days(3)))
    for owner in ("pe", "bo"):
        for n in range(12):
            kept(owner, HANDING_OVER, f"2020-01-{n + 1:02}")

    # One question for each kind that is asked for, which keys are revoked with it; never more for
    # more entries.
    with django_assert_max_num_queries(3):
        found = api.handings(api.presidencies())

    assert len(found) == 12, "Bolivia presided once"
    assert gazette.current(kind=HANDING_OVER, owner="pe"), "kept, and shown as published"


def test_two_texts_of_the_secretariat_under_one_number_leave_nobody_presiding(
    secretariat: Peer,
) -> None:
    terms_come(secretariat, *seed.presidencies(), a_term("uy", today() - days(3)))
    terms_come(secretariat, *seed.presidencies(), a_term("pe", today() - days(3)))

    assert api.presidencies().stands.broken
    assert api.presidencies().on(today()).term is None


def test_a_later_presidency_may_be_announced_and_begins_on_its_day(saul: Actor) -> None:
    first = a_term("pe", today() - days(30), end=api.End.DAY, until=today() + days(5))
    record(saul, first)
    hand_over(saul, "uy", today() + days(5))

    now = api.presidencies().on(today()).term
    assert now is not None
    assert now.state == "pe"
    with time_machine.travel(str(today() + days(5)), tick=False):
        later = api.presidencies().on(today()).term
    assert later is not None
    assert later.state == "uy"
