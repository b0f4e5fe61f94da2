"""Two consents of one case are withdrawn at the same moment, by an officer and by the person: each
lies under the same two referrals, the other way round. All persons are invented."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import ConsentEffect, Referral
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from tests.cases.stories import a_consent
from tests.cast import assemble
from tests.cooperation.stories import a_consented_case, a_draft, tells
from tests.cooperation.test_protect_and_delivery import WITHIN, Beside
from tests.exchange.peer import CONSULATE, Peer

BOLIVIA = {"recipient_state": "bo", "recipient_institution": CONSULATE}
ASKED = [("arrive", {}), ("read", {})]


@pytest.fixture
def ana(bolivia: Peer) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    cast = assemble()
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


def _referred(ana: Actor, bolivia: Peer, case: cases.Case, given: str, more: str) -> Referral:
    """A referral with one field, for which Bolivia was given another one later."""
    draft = a_draft(ana, case, fields=frozenset({given}), **BOLIVIA)
    row = cooperation.send_referral(by=ana, referral_id=draft.id)
    exchange.drain(peer="bo")
    tells(bolivia, row, [*ASKED, ("ask_more", {"wanted": [more]})], "referral.state")
    cooperation.answer_more(by=ana, referral_id=row.id, fields=[more])
    exchange.drain(peer="bo")
    return row


def _closed(case: cases.Case) -> None:
    """Nobody works on it any more: what a withdrawal changes of its protocol is nothing."""
    now = clock.now()
    cases.Case.objects.filter(id=case.id).update(
        status="Closed", closure_reason="goals_met", closed_at=now, kept_until=now.date()
    )


def _until_two_wait() -> None:
    end = time.monotonic() + WITHIN
    while time.monotonic() < end:
        with connection.cursor() as cursor:
            cursor.execute("select count(*) from pg_locks where not granted")
            if cursor.fetchone()[0] == 2:
                return
        time.sleep(0.05)
    raise AssertionError("they do not wait")


def test_two_withdrawals_of_one_case_do_not_wait_for_each_other_in_a_circle(
    ana: Actor, bolivia: Peer
) -> None:
    case = a_consented_case(
        ana, state="bo", institution=CONSULATE, consent={"fields": frozenset({"birth"})}
    )
    (birth,) = cases.Consent.objects.filter(case=case)
    needs = a_consent(ana, case, fields=frozenset({"needs"}), **BOLIVIA)
    rows = [
        _referred(ana, bolivia, case, "birth", "needs"),
        _referred(ana, bolivia, case, "needs", "birth"),
    ]
    _closed(case)
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            for row in rows:
                cooperation.alone(row.conversation)
            held.set()
            assert go_on.wait(WITHIN)

    def withdraws(consent: cases.Consent) -> Any:
        return cooperation.withdraw_consent(by=ana, consent_id=consent.id, case_id=case.id)

    holds = Beside(hold, ana.institution)
    assert held.wait(WITHIN)
    both = [Beside(lambda c=c: withdraws(c), ana.institution) for c in (birth, needs)]
    _until_two_wait()
    go_on.set()
    holds.done()

    assert all(each.done().withdrawn_at for each in both)
    told = ConsentEffect.objects.filter(direction="out", case=case)
    assert {(each.about, each.consent_id) for each in told} == {
        (row.id, consent.id) for row in rows for consent in (birth, needs)
    }
