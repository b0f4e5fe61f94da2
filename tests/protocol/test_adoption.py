"""The secretariat publishes a version, a state adopts it, and new cases run under it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
import time_machine

from ayni.audit.api import Actor
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, Refused
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.protocol import refusals
from ayni.protocol.errors import DefinitionRefused
from ayni.protocol.load import build, shipped, shipped_document
from ayni.protocol.national import Stricter
from tests.agenda.conftest import bolivia, officer, peers, saul, secretariat, secretariat_here
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer
from tests.protocol.registry import (
    ACT,
    INTERVIEW,
    SAID,
    adopting,
    adoption_comes,
    as_file,
    days,
    step_of,
    text,
    today,
    version_comes,
    without,
)

__all__ = ["bolivia", "officer", "peers", "saul", "secretariat", "secretariat_here"]
ADULT = {"age_group": "adult", "nationality_state": "bo", "host_state": "ar"}
Officers = Callable[[members.Role], Actor]


@pytest.fixture
def paula(officer: Officers, secretariat: Peer) -> Actor:
    """Argentina's focal point, on whose node version 1.7 has come."""
    version_comes(secretariat)
    return officer(members.Role.NATIONAL_FOCAL_POINT)


def adopt(by: Actor, seen: int = 0, version: str = "1.7", **changed: Any) -> protocol.Adopted:
    said = adopting(**changed)
    return protocol.adopt_version(by=by, key="reference", version=version, said=said, seen=seen)


def a_case(side: str = "host") -> UUID:
    """A case of the programme opened now; the facts are those of an adult."""
    ana = members.actor_of(an_officer("ana", an_institution("ar-programme")))
    subject = uuid4()
    with members.acting(ana.institution):
        protocol.open_subject(
            by=ana, subject=subject, institution=ana.institution, side=side,
            opened_at=clock.now(), facts=ADULT,
        )  # fmt: skip
    return subject


def hours_for_the_interview(subject: UUID) -> float:
    """Until the interview is due, counted from the opening."""
    with members.acting(an_institution("ar-programme").id):
        opened = protocol.events_of(subject)[0].event.at
        due = protocol.agenda(subject=subject, facts=ADULT).steps[INTERVIEW].due_at
    assert due is not None
    return (due - opened) / timedelta(hours=1)


# ------------------------------------------------------------------ publishing


def test_a_version_is_published_once_signed_and_for_all(saul: Actor) -> None:
    protocol.publish_version(by=saul, text=as_file(text()), said=SAID)

    (there,) = protocol.published_versions().values()
    assert (there.definition.version, there.decision) == ("1.7", SAID.decision)
    rows = OutgoingMessage.objects.filter(kind="gazette.entries")
    assert sorted(rows.values_list("peer", flat=True)) == ["ar", "bo"]
    with pytest.raises(refusals.VersionIsFixed):
        protocol.publish_version(by=saul, text=as_file(text()), said=SAID)
    other = text(change=lambda document: document["title"].update(en="Other"))
    with pytest.raises(refusals.VersionIsFixed):
        protocol.publish_version(by=saul, text=as_file(other), said=SAID)


def _never_closes(document: dict[str, Any]) -> None:
    step_of(document, "7.5")["sides"] = ["nationality"]


def _never_asked(document: dict[str, Any]) -> None:
    fact = next(each for each in document["facts"] if each["name"] == "safety_and_will_recorded")
    fact.pop("asked_in", None)


@pytest.mark.parametrize(
    ("change", "flaw"),
    [
        (without("4.1"), ("needed_step", "4.1")),
        (_never_closes, ("no_end", "host")),
        (_never_asked, ("never_asked", "safety_and_will_recorded")),
    ],
)
def test_a_version_that_would_leave_a_case_without_a_next_step_is_refused_and_nothing_lost(
    saul: Actor, change: Callable[[dict[str, Any]], None], flaw: tuple[str, str]
) -> None:
    with pytest.raises(refusals.LeavesWithoutStep) as found:
        protocol.publish_version(by=saul, text=as_file(text(change=change)), said=SAID)

    assert flaw in {(each.fault.value, each.name) for each in found.value.flaws}
    assert gazette.current(kind="protocol.version") == []


def test_mistakes_are_told_with_their_line(saul: Actor) -> None:
    broken = as_file(text()).replace('"changeable": true', '"changeable": false')
    with pytest.raises(DefinitionRefused, match=r"protocol:1:\d+"):
        protocol.publish_version(by=saul, text=broken, said=SAID)


def test_a_key_that_stands_twice_is_a_mistake_also_in_json(saul: Actor) -> None:
    twice = as_file(text()).replace('{"key"', '{"key": "other", "key"', 1)
    with pytest.raises(DefinitionRefused, match="dos veces|stands twice|duas vezes"):
        protocol.publish_version(by=saul, text=twice, said=SAID)


def test_what_comes_with_the_software_is_published_as_it_is_or_not_at_all(saul: Actor) -> None:
    with pytest.raises(protocol.VersionChanged):
        protocol.publish_version(by=saul, text=as_file(text("1.0")), said=SAID)


def test_the_next_version_comes_with_the_software_and_holds_once_published_and_adopted(
    officer: Officers, secretariat: Peer
) -> None:
    paula = officer(members.Role.NATIONAL_FOCAL_POINT)
    with pytest.raises(refusals.NotPublished):
        adopt(paula, version="1.1")
    assert protocol.published_versions() == {}
    version_comes(secretariat, shipped_document("reference", "1.1"))
    assert protocol.adopted().version == "1.0", "published is not adopted"

    held = adopt(paula, version="1.1")
    assert (held.version, held.parameters[0].value) == ("1.1", 24)
    assert hours_for_the_interview(a_case()) == 24


def test_software_that_ships_another_text_under_a_published_number_takes_no_adoption_back(
    paula: Actor, secretariat: Peer
) -> None:
    """Published and adopted while no text of that number came with the software."""
    published = text("1.1")
    version_comes(secretariat, published)
    digest = build(published).digest
    assert digest != shipped("reference", "1.1").digest
    held = adopt(paula, version="1.1")

    assert (held.version, held.parameters[0].value) == ("1.1", 24)
    assert protocol.published_versions()["reference", "1.1"].definition.digest == digest
    assert protocol.definition("reference", "1.1").digest == digest
    assert hours_for_the_interview(a_case()) == 24


def test_the_text_that_holds_without_any_adoption_is_never_another_one(secretariat: Peer) -> None:
    version_comes(secretariat, text("1.0"))

    assert ("reference", "1.0") not in protocol.published_versions()
    assert protocol.definition("reference", "1.0") == shipped("reference", "1.0")


def test_a_version_that_a_state_follows_is_not_taken_back(
    saul: Actor, secretariat_here: Peer
) -> None:
    protocol.publish_version(by=saul, text=as_file(text()), said=SAID)
    protocol.publish_version(by=saul, text=as_file(text("1.2")), said=SAID)
    adoption_comes(secretariat_here)

    with pytest.raises(refusals.StillFollowed):
        protocol.take_back_version(by=saul, key="reference", version="1.7")
    protocol.take_back_version(by=saul, key="reference", version="1.2")
    assert protocol.published_versions()["reference", "1.2"].taken_back


def test_a_text_whose_conditions_could_compute_for_ever_counts_nowhere(
    paula: Actor, secretariat: Peer
) -> None:
    def calls(document: dict[str, Any]) -> None:
        document["conditions"][0]["expression"] = "[1, 2].exists(x, x > 1) && safe_to_talk"

    version_comes(secretariat, text("1.3", calls))
    assert ("reference", "1.3") not in protocol.published_versions()


def test_only_the_secretariat_publishes_and_only_a_focal_point_adopts(
    paula: Actor, officer: Officers, secretariat: Peer
) -> None:
    with pytest.raises(NotAllowed):
        protocol.publish_version(by=paula, text="", said=SAID)
    with pytest.raises(NotAllowed):
        adopt(officer(members.Role.CASE_SUPERVISOR))


# ------------------------------------------------------------------ adopting


def test_new_cases_run_under_the_national_limit_and_open_ones_keep_theirs(paula: Actor) -> None:
    before = a_case()
    held = adopt(paula)
    after = a_case()

    assert (held.version, held.adopted_on) == ("1.7", today())
    assert hours_for_the_interview(before) == 48
    assert hours_for_the_interview(after) == 24
    with members.acting(an_institution("ar-programme").id):
        kept, new = protocol.followed(before), protocol.followed(after)
    assert (kept.definition.version, kept.stricter, kept.latest) == ("1.0", (), False)
    assert (new.definition.version, new.act, new.latest) == ("1.7", ACT, True)
    (one,) = new.stricter
    assert (one.step.id, one.rule.value, one.rule.common, one.rule.act) == ("3.3", 24, 48, ACT)
    assert [each.step for each in new.reservations] == ["7.5"]


def test_it_holds_from_its_day_on(paula: Actor) -> None:
    adopt(paula, on=today() + days(3))
    assert protocol.adopted().version == "1.0"
    with time_machine.travel(clock.now() + days(3), tick=False):
        assert hours_for_the_interview(a_case()) == 24


def test_a_national_limit_binds_nobody_else(paula: Actor, secretariat: Peer) -> None:
    """Step 2.3 is owed by the state of nationality alone."""

    def change(document: dict[str, Any]) -> None:
        step_of(document, "2.3")["limits"][-1]["changeable"] = True

    version_comes(secretariat, text("1.2", change))
    adopt(paula, version="1.2", parameters=(Stricter("2.3", 3, 6, ACT),), reservations=())

    def due(side: str) -> float:
        subject = a_case(side)
        with members.acting(an_institution("ar-programme").id):
            opened = protocol.events_of(subject)[0].event.at
            found = protocol.agenda(subject=subject, facts=ADULT).steps["2.3"].due_at
        assert found is not None
        return (found - opened) / timedelta(hours=1)

    assert due("host") == 24
    assert due("nationality") == 6


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"parameters": (Stricter(INTERVIEW, 1, 72, ACT),)}, refusals.NotStricter),
        ({"parameters": (Stricter(INTERVIEW, 1, 48, ACT),)}, refusals.NotStricter),
        ({"parameters": (Stricter("4.6", 1, 2, ACT),)}, refusals.NotChangeable),
        ({"parameters": (Stricter(INTERVIEW, 1, 24, ACT),) * 2}, refusals.TwiceTheSame),
        ({"parameters": (Stricter(INTERVIEW, 1, 24, " "),)}, refusals.ActNeeded),
        ({"reservations": (protocol.Reservation("9.9", "No se acepta"),)}, refusals.NoSuchStep),
        ({"reservations": (protocol.Reservation("", "ana@ar.example"),)}, refusals.NamesPerson),
        ({"act_on": today() + days(9)}, refusals.ActNeeded),
        ({"on": today() - days(1)}, refusals.DayOver),
        ({"version": "1.0"}, refusals.NotPublished),
    ],
)
def test_what_cannot_be_adopted_is_refused_and_nothing_is_published(
    paula: Actor, changed: dict[str, Any], refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        adopt(paula, **changed)
    assert gazette.current(kind="protocol.adoption") == []
    assert protocol.adopted().adopted_on is None


def test_an_adoption_whose_day_has_come_stays_and_one_that_waits_can_go(paula: Actor) -> None:
    adopt(paula)
    with pytest.raises(refusals.InForceAlready):
        adopt(paula, seen=1)
    with pytest.raises(refusals.InForceAlready):
        protocol.take_back_adoption(by=paula, on=today(), seen=1)
    later = today() + days(5)
    adopt(paula, on=later, parameters=())
    with pytest.raises(gazette.StaleEntry):
        adopt(paula, on=later)
    adopt(paula, on=later, seen=1)
    protocol.take_back_adoption(by=paula, on=later, seen=2)

    assert [each.adopted_on for each in protocol.adoptions()] == [today()]


def test_every_node_sees_what_each_state_adopted_and_does_not_count_what_cannot_be(
    paula: Actor, bolivia: Peer
) -> None:
    stricter = {"step": INTERVIEW, "limit": 1, "value": 12, "act": ACT}
    adoption_comes(bolivia, parameters=[stricter])
    adoption_comes(bolivia, day=today() + days(1), parameters=[stricter | {"value": 96}])
    adoption_comes(bolivia, day=today() + days(2), definition="0" * 64)
    adoption_comes(bolivia, day=today() + days(3), version="7.7")

    (held,) = protocol.adoptions()
    assert (held.state, held.version, held.parameters[0].value) == ("bo", "1.7", 12)
    assert protocol.adopted().adopted_on is None, "nobody adopts for another"
    assert sum(bool(each.problem) for each in gazette.current(kind="protocol.adoption")) == 3


def test_an_adoption_that_came_before_its_version_counts_once_that_has_come(
    bolivia: Peer, secretariat: Peer
) -> None:
    adoption_comes(bolivia)
    assert protocol.adoptions() == []
    version_comes(secretariat)
    assert [each.state for each in protocol.adoptions()] == ["bo"]


# ------------------------------------------------------------------ moving an open case


def move(subject: UUID, facts: dict[str, Any] | None = None) -> protocol.Agenda:
    ana = members.actor_of(an_officer("ana", an_institution("ar-programme")))
    with members.acting(ana.institution):
        return protocol.move_subject(by=ana, subject=subject, facts=facts or ADULT)


def test_an_open_case_moves_only_to_where_it_has_a_next_step(
    paula: Actor, secretariat: Peer
) -> None:
    subject = a_case()
    with pytest.raises(protocol.NothingToMoveTo):
        move(subject)
    version_comes(secretariat, text("1.4", without("2.5")))
    adopt(paula, version="1.4", parameters=(), reservations=())
    with pytest.raises(protocol.WithoutNextStep) as found:
        move(subject)

    assert found.value.steps == ("2.5",)
    with members.acting(an_institution("ar-programme").id):
        assert protocol.followed(subject).definition.version == "1.0"


def test_a_moved_case_keeps_its_running_clocks_and_says_so_in_its_history(paula: Actor) -> None:
    subject = a_case()
    adopt(paula)
    move(subject)

    assert hours_for_the_interview(subject) == 48, "a clock that runs keeps its end"
    with members.acting(an_institution("ar-programme").id):
        assert protocol.followed(subject).latest
        last = protocol.events_of(subject)[-1].event
    assert (last.kind.value, last.moment) == ("moved", "reference 1.7")
    with pytest.raises(protocol.NothingToMoveTo):
        move(subject)


def test_a_fact_that_the_other_version_does_not_know_keeps_the_case_where_it_is(
    paula: Actor, secretariat: Peer
) -> None:
    def more(document: dict[str, Any]) -> None:
        words = {"es": "Algo", "pt": "Algo", "en": "Something"}
        asked = [{"step": "3.1", "field": "interviewer_choice"}]
        document["facts"].append(
            {
                "name": "extra", "boolean": True, "label": words, "sentence": words,
                "asked_in": asked,
            }
        )  # fmt: skip

    version_comes(secretariat, text("1.5", more))
    adopt(paula, version="1.5")
    subject = a_case()
    with time_machine.travel(clock.now() + days(1), tick=False):
        adopt(paula)
        with pytest.raises(protocol.WithoutNextStep):
            move(subject, ADULT | {"extra": True})
        move(subject)
