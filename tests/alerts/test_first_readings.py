"""Which role of a recipient has read an alert: told once a role to whoever issued it, no names."""

from __future__ import annotations

import secrets

import pytest
from django.urls import reverse
from django.utils import translation

from ayni.alerts import api as alerts
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from tests.alerts.stories import an_alert, from_bolivia, its_officer, says, to_the_prosecution
from tests.cast import Cast
from tests.cooperation.test_withdrawals import browser
from tests.exchange.peer import Peer


def _roles(by: Actor, alert: alerts.Alert) -> list[str]:
    return [each.role for _copy, each in alerts.open_alert(by=by, alert_id=alert.id).readings]


def test_whoever_issued_it_is_told_once_by_which_role_it_was_read(
    ana: Actor, luis: Actor, bolivia: Peer
) -> None:
    from_bolivia(bolivia, secrets.token_hex(16))
    (row,) = alerts.alerts_received(by=ana)

    for by in (ana, ana, luis):
        alerts.open_received(by=by, alert_id=row.id)
    exchange.drain(peer="bo")

    assert [told.get("role") for told in bolivia.read] == ["consular_officer", "case_supervisor"]
    assert all(set(told) == {"at", "role"} for told in bolivia.read)
    verbs = [entry.verb for entry in audit.entries_about(str(row.id))]
    assert verbs.count("alerts.tell_read") == 2


def test_what_a_recipient_read_stands_on_the_page(ana: Actor, bolivia: Peer, cast: Cast) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    (copy,) = alert.copies.all()
    at = clock.isoformat(clock.now())

    for number, role in enumerate(("national_focal_point", "liaison_of_later"), 1):
        assert says(bolivia, copy.conversation, number, "alert.read", role=role, at=at) == "applied"
    again = says(bolivia, copy.conversation, 3, "alert.read", role="national_focal_point", at=at)

    assert again == "applied", "the first counts"
    assert _roles(ana, alert) == ["national_focal_point", "liaison_of_later"]
    page = browser(cast.ana).get(reverse("alerts:alert", args=[alert.id])).content.decode()
    assert "Quién lo leyó allí" in page
    with translation.override("es"):
        name = str(members.ROLE_NAMES[members.Role.NATIONAL_FOCAL_POINT])
        assert f"{members.institution_name(copy.recipient_institution)}. {name}: " in page
    assert "liaison_of_later" in page, "a role of a later version is shown by its code"


def test_within_one_node_it_is_known_at_once(ana: Actor, bolivia: Peer) -> None:
    alert = to_the_prosecution(ana)
    alerts.issue_alert(by=ana, alert_id=alert.id)
    pablo = its_officer()
    with members.acting(pablo.institution):
        (row,) = alerts.alerts_received(by=pablo)
        alerts.open_received(by=pablo, alert_id=row.id)
        alerts.open_received(by=pablo, alert_id=row.id)

    assert _roles(ana, alert) == [pablo.role]


def test_a_stranger_cannot_say_that_it_was_read(ana: Actor, bolivia: Peer) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    told = {"role": "case_supervisor", "at": clock.isoformat(clock.now())}

    assert says(bolivia, secrets.token_hex(16), 1, "alert.read", **told) == "set_aside"
    assert _roles(ana, alert) == []


@pytest.mark.parametrize(
    "changed", [{"role": "Ana Pérez"}, {"role": ""}, {"at": "yesterday"}, {"name": "x"}]
)
def test_what_is_no_role_or_time_is_refused(
    ana: Actor, bolivia: Peer, changed: dict[str, str]
) -> None:
    alert = an_alert(ana)
    exchange.drain(peer="bo")
    (copy,) = alert.copies.all()
    told = {"role": "case_supervisor", "at": clock.isoformat(clock.now()), **changed}

    raw = bolivia.seal(told, kind="alert.read", conversation=copy.conversation)
    assert exchange.receive(raw=raw, signed_by="bo").refusal == "malformed"
