"""The work agenda: the plenary writes what is to be done, only the owner state how far it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time
from uuid import UUID

import pytest
import time_machine
from django.core import mail

from ayni.agenda import api, work_kinds
from ayni.audit.api import Actor
from ayni.desk import reminders
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.gazette.models import Entry
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.members.api import Role
from tests.agenda.stories import comes, days, today
from tests.agenda.working import (
    KEY,
    commitment_comes,
    objective_comes,
    report,
    the,
    undertaking,
    validate,
    word,
)
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db
Status = api.Status


@pytest.fixture
def ana(secretariat: Peer) -> Actor:
    """A focal point of Argentina; a commitment of Argentina's is published."""
    objective_comes(secretariat)
    commitment_comes(secretariat)
    return focal_point("ana")


def focal_point(name: str, role: Role = Role.NATIONAL_FOCAL_POINT) -> Actor:
    return members.actor_of(an_officer(name, an_institution("ar-programme"), role))


def authority(name: str = "berta") -> Actor:
    return focal_point(name, Role.VALIDATING_AUTHORITY)


def test_the_secretariat_publishes_objective_and_commitment_and_every_node_is_told(
    saul: Actor,
) -> None:
    api.set_objective(by=saul, key="", axis="Asistencia", objective="Manual", after="")
    api.set_commitment(by=saul, key="", said=undertaking(state="bo"), after="")

    (found,) = api.commitments(today(), api.presidencies())
    assert (found.axis, found.objective, found.said.state) == ("Asistencia", "Manual", "bo")
    assert found.standing.status is Status.NOT_BEGUN
    assert OutgoingMessage.objects.filter(peer="bo", kind="gazette.entries").count() == 2


def test_a_commitment_without_an_office_or_objective_or_naming_a_person_is_refused(
    saul: Actor,
) -> None:
    api.set_objective(by=saul, key="manual", axis="Asistencia", objective="Manual", after="")
    before = Entry.objects.count()

    for refusal, said in [
        (api.OfficeNeeded, undertaking(office="  ")),
        (api.ObjectiveNeeded, undertaking(objective="other")),
        (api.UnknownState, undertaking(state="xx")),
        (api.NamesAPerson, undertaking(office="Dra. Inventada")),
    ]:
        with pytest.raises(refusal):
            api.set_commitment(by=saul, key="", said=said, after="")

    assert Entry.objects.count() == before


def test_one_without_an_office_that_arrives_does_not_count(secretariat: Peer) -> None:
    commitment_comes(secretariat, office="")

    assert api.commitments(today(), api.presidencies()) == []


def test_who_wrote_the_text_on_something_else_is_told_and_overwrites_nothing(saul: Actor) -> None:
    api.set_objective(by=saul, key="manual", axis="Asistencia", objective="Manual", after="")
    api.set_commitment(by=saul, key=KEY, said=undertaking(), after="")
    seen = the().stands.ref
    api.set_commitment(by=saul, key=KEY, said=undertaking(title="Otro"), after=seen)

    with pytest.raises(api.StandsOtherwise):
        api.set_commitment(by=saul, key=KEY, said=undertaking(title="Tercero"), after=seen)
    assert the().said.title == "Otro"
    assert len(api.commitment_history(KEY)) == 2


def test_the_owner_reports_and_the_authority_of_its_state_validates(ana: Actor) -> None:
    report(ana, api.Word.IN_PROGRESS, evidence="")
    assert the().standing.status is Status.IN_PROGRESS
    report(ana)
    assert the().standing.status is Status.WAITING
    other = authority()
    assert not api.can_validate(by=ana, found=the())
    assert api.can_validate(by=other, found=the())

    for refusal, by in (
        (NotAllowed, ana),
        (NotAllowed, focal_point("carla")),
        # She reported, and was made the authority afterwards.
        (api.SameOfficer, replace(ana, role=Role.VALIDATING_AUTHORITY)),
    ):
        with pytest.raises(refusal):
            validate(by)
    with pytest.raises(NotAllowed):
        report(other)
    validate(other)

    found = the().standing
    assert (found.status, found.answered_on) == (Status.VALIDATED, today())
    assert [each.counts for each in api.progress(KEY, "ar")] == [True] * 3
    with pytest.raises(api.NothingToValidate):
        validate(other)


def test_what_is_not_validated_goes_on_with_the_reason(ana: Actor) -> None:
    report(ana)
    other = authority()
    with pytest.raises(api.WhyNeeded):
        validate(other, api.Validation.NO)

    validate(other, api.Validation.NO, note="Falta un anexo")

    assert the().standing.status is Status.IN_PROGRESS
    assert the(day=today() + days(11)).standing.status is Status.LATE


def test_a_report_of_which_nothing_tells_who_wrote_it_is_validated_by_nobody(
    secretariat: Peer, ana: Actor
) -> None:
    # As after a restore: our own word came back from another node, without the trail.
    report(ana)
    other = authority()
    gazette.publish(
        by=ana, kind=work_kinds.PROGRESS, key=KEY, body=word("done", action="Más"), seen=1
    )

    with pytest.raises(api.SameOfficer):
        validate(other)


def test_only_the_word_of_the_owner_counts(bolivia: Peer, ana: Actor) -> None:
    comes(bolivia, work_kinds.PROGRESS, KEY, word("done"))

    assert the().standing.status is Status.NOT_BEGUN


def test_the_word_of_a_former_owner_stands_no_longer(
    bolivia: Peer, secretariat: Peer, ana: Actor
) -> None:
    report(ana)
    commitment_comes(secretariat, state="bo", version=2)
    assert the().standing.status is Status.NOT_BEGUN

    with pytest.raises(api.NotTheOwner):
        report(ana)
    comes(bolivia, work_kinds.PROGRESS, KEY, word("given_up", reason="Sin fondos (inventado)"))
    assert the().standing.status is Status.GIVEN_UP


def test_a_stale_report_overwrites_nothing(ana: Actor) -> None:
    report(ana, action="Primera")
    with pytest.raises(gazette.StaleEntry):
        report(ana, action="Segunda", seen=0)
    with pytest.raises(gazette.StaleEntry):
        validate(authority(), seen=0)

    latest = the().standing.report
    assert latest is not None
    assert latest.action == "Primera"


def test_bad_evidence_none_for_what_is_done_and_giving_up_without_why_are_refused(
    ana: Actor,
) -> None:
    with pytest.raises(api.EvidenceUnclear):
        report(ana, evidence="hecho")
    with pytest.raises(api.EvidenceNeeded):
        report(ana, evidence="")
    with pytest.raises(api.WhyNeeded):
        report(ana, api.Word.GIVEN_UP)
    with pytest.raises(api.NamesAPerson):
        report(ana, action="Llamar a la Dra. Inventada")
    assert api.progress(KEY, "ar") == []


def test_others_than_the_focal_point_report_nothing(
    ana: Actor, officer: Callable[[Role], Actor]
) -> None:
    for role in (Role.CONSULAR_OFFICER, Role.PRESIDENCY_OFFICER):
        with pytest.raises(NotAllowed):
            report(officer(role))


def test_what_is_late_is_owed_by_the_owners_focal_point_only(
    secretariat: Peer, ana: Actor, officer: Callable[[Role], Actor]
) -> None:
    commitment_comes(secretariat, "late", due=today() - days(1))
    commitment_comes(secretariat, "theirs", due=today() - days(1), state="bo")

    commitment_comes(secretariat, "far", due=today() + api.SOON + days(1))

    # The one of `ana` is due in ten days: of that she is reminded, and not written to yet.
    assert [each.key for each in api.owed(by=ana, day=today())] == ["late", KEY]
    assert [each.key for each in api.urgent(by=ana, day=today())] == ["late"]
    assert [each.key for each in api.urgent(by=ana, day=today() + days(3))] == ["late", KEY]
    assert api.owed(by=officer(Role.CONSULAR_OFFICER), day=today()) == []
    assert api.owed(by=authority(), day=today()) == []
    report(ana)
    assert [each.key for each in api.owed(by=authority(), day=today())] == [KEY]


def test_what_is_late_for_long_comes_before_whoever_writes_the_agenda(saul: Actor) -> None:
    api.set_objective(by=saul, key="manual", axis="Asistencia", objective="Manual", after="")
    for key, ago in (("long", 31), ("short", 30)):
        said = undertaking(state="bo", due=today() - days(ago))
        api.set_commitment(by=saul, key=key, said=said, after="")

    assert [each.key for each in api.escalated(by=saul, day=today())] == ["long"]
    assert api.owed(by=saul, day=today()) == []


def test_what_is_told_as_done_and_validated_by_nobody_comes_before_them_too(
    saul: Actor, secretariat_here: Peer
) -> None:
    api.set_objective(by=saul, key="manual", axis="Asistencia", objective="Manual", after="")
    for key, ago in (("long", 31), ("short", 30)):
        said = undertaking(state="bo", due=today() - days(ago))
        api.set_commitment(by=saul, key=key, said=said, after="")
        comes(secretariat_here, work_kinds.PROGRESS, key, word("done"))

    (found,) = api.escalated(by=saul, day=today())
    assert (found.key, found.standing.status) == ("long", api.Status.WAITING)
    evening = datetime.combine(today(), time(20), UTC)
    with time_machine.travel(evening, tick=False):
        reminders.remind(now=evening)
    assert members.user(UUID(saul.id)).email in {to for each in mail.outbox for to in each.to}


def test_whoever_has_to_act_gets_the_mornings_e_mail_and_nothing_is_said_in_it(
    secretariat: Peer, ana: Actor
) -> None:
    berta = authority()
    evening = datetime.combine(today(), time(20), UTC)
    addresses = {each.id: members.user(UUID(each.id)).email for each in (ana, berta)}

    def reminded() -> set[str]:
        mail.outbox.clear()
        with time_machine.travel(evening, tick=False):
            reminders.remind(now=evening)
        assert all("Manual" not in each.body + each.subject for each in mail.outbox)
        return {to for each in mail.outbox for to in each.to}

    assert reminded() == set()  # due in ten days
    report(ana)
    assert reminded() == set(addresses.values())  # told as done, to be validated
