"""What the plenary has withdrawn is shown as such, with why; nothing said of it is lost."""

from __future__ import annotations

import pytest

from ayni.agenda import api, withdrawals
from ayni.audit.api import Actor
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.members.api import Role
from tests.agenda.stories import comes, today
from tests.agenda.working import (
    KEY,
    WRITTEN,
    commitment_comes,
    objective_comes,
    report,
    the,
    undertaking,
)
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db
Status = api.Status
WHY = "Se hace en otro marco (inventado)"
COMMITMENT = api.Of.COMMITMENT


@pytest.fixture
def ana(secretariat: Peer) -> Actor:
    """A focal point of Argentina; a commitment of Argentina's is published."""
    objective_comes(secretariat)
    commitment_comes(secretariat)
    place = an_institution("ar-programme")
    return members.actor_of(an_officer("ana", place, Role.NATIONAL_FOCAL_POINT))


def withdrawal_comes(secretariat: Peer, about: str = f"commitment:{KEY}", **more: object) -> None:
    """The secretariat has withdrawn something."""
    version = more.pop("version", 1)
    body = {**WRITTEN, "reason": WHY, "withdrawn": True, **more}
    comes(secretariat, withdrawals.WITHDRAWAL, about, body, version=version)


def _agreed(saul: Actor) -> None:
    api.set_objective(by=saul, key="manual", axis="Asistencia", objective="Manual", after="")
    api.set_commitment(by=saul, key=KEY, said=undertaking(), after="")


def _withdraw(by: Actor, about: api.Of, key: str, **changed: object) -> None:
    told = {"withdrawn": True, "reason": WHY, "after": "", **changed}
    api.withdraw(by=by, about=about, key=key, **told)  # type: ignore[arg-type]


def test_a_commitment_is_withdrawn_with_the_reason_and_taken_up_again(saul: Actor) -> None:
    _agreed(saul)
    with pytest.raises(api.WhyNeeded):
        _withdraw(saul, COMMITMENT, KEY, reason=" ")
    _withdraw(saul, COMMITMENT, KEY)

    found = the()
    assert (found.standing.status, found.withdrawn) == (Status.WITHDRAWN, WHY)
    with pytest.raises(api.AlreadySo):
        _withdraw(saul, COMMITMENT, KEY, after=found.withdrawal.stands.ref)
    with pytest.raises(api.StandsOtherwise):  # written on what does not stand any more
        _withdraw(saul, COMMITMENT, KEY, withdrawn=False)

    ref = found.withdrawal.stands.ref
    _withdraw(saul, COMMITMENT, KEY, withdrawn=False, reason="Hace falta", after=ref)
    assert (the().standing.status, the().withdrawn) == (Status.NOT_BEGUN, "")
    assert len(withdrawals.history(COMMITMENT, KEY)) == 2


def test_with_an_objective_its_commitments_are_withdrawn_and_no_new_one_is_put_under_it(
    saul: Actor,
) -> None:
    _agreed(saul)
    _withdraw(saul, api.Of.OBJECTIVE, "manual")

    assert the().standing.status is Status.WITHDRAWN
    with pytest.raises(api.ObjectiveNeeded):
        api.set_commitment(by=saul, key="other", said=undertaking(), after="")
    ref = the().stands.ref  # the words of one that is under it can be put right
    api.set_commitment(by=saul, key=KEY, said=undertaking(title="Manual corregido"), after=ref)
    assert the().said.title == "Manual corregido"


def test_what_was_said_of_it_stays_and_nothing_is_added(secretariat: Peer, ana: Actor) -> None:
    report(ana, api.Word.IN_PROGRESS, action="Primer taller")
    withdrawal_comes(secretariat)

    found = the()
    assert found.standing.status is Status.WITHDRAWN
    assert found.standing.report is not None
    assert found.standing.report.action == "Primer taller"
    with pytest.raises(api.IsWithdrawn):
        report(ana)
    assert api.owed(by=ana, day=today()) == []

    withdrawal_comes(secretariat, withdrawn=False, reason="Hace falta", version=2)
    assert the().standing.status is Status.IN_PROGRESS
    report(ana)


@pytest.mark.parametrize(
    ("about", "more"),
    [
        (f"commitment:{KEY}", {"reason": ""}),
        (f"commitment:{KEY}", {"reason": "Lo pidió la Dra. Inventada"}),
        ("meeting:x", {}),
    ],
)
def test_a_withdrawal_that_says_nothing_usable_does_not_count(
    secretariat: Peer, ana: Actor, about: str, more: dict[str, str]
) -> None:
    withdrawal_comes(secretariat, about, **more)

    assert the().withdrawn == ""


def test_a_state_withdraws_nothing_of_the_plenarys(bolivia: Peer, ana: Actor) -> None:
    body = {**WRITTEN, "instead": "Inventado", "reason": WHY, "withdrawn": True}
    comes(bolivia, withdrawals.WITHDRAWAL, f"commitment:{KEY}", body)

    assert the().withdrawn == ""
    with pytest.raises(NotAllowed):
        _withdraw(ana, COMMITMENT, KEY)


def test_what_is_not_there_is_not_withdrawn(saul: Actor) -> None:
    for about in api.Of:
        with pytest.raises(NotFound):
            _withdraw(saul, about, "nothing")
