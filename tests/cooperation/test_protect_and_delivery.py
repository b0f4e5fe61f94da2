"""An officer protects somebody while a message about her is being delivered: neither waits for the
other in a circle, and a feared state gets nothing that had not left."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections, transaction

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage
from ayni.members import api as members
from tests.cast import assemble
from tests.cooperation.stories import a_consented_case, a_draft
from tests.exchange.peer import CONSULATE, Peer

WITHIN = 20.0


@pytest.fixture
def ana(bolivia: Peer) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    cast = assemble()
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


def _sent(ana: Actor) -> tuple[cases.Case, Referral]:
    case = a_consented_case(ana, state="bo", institution=CONSULATE)
    draft = a_draft(ana, case, recipient_state="bo", recipient_institution=CONSULATE)
    return case, cooperation.send_referral(by=ana, referral_id=draft.id)


class Beside:
    """Something that another process does: in a thread, with a connection of its own."""

    def __init__(self, act: Callable[[], Any], institution: Any) -> None:
        self.came: Any = None
        self.wrong: BaseException | None = None

        def run() -> None:
            try:
                with members.acting(institution):
                    self.came = act()
            except BaseException as wrong:  # noqa: BLE001 - told where it is waited for
                self.wrong = wrong
            finally:
                connections.close_all()

        self._thread = threading.Thread(target=run, daemon=True)
        self._thread.start()

    @property
    def over(self) -> bool:
        """Whether it has come to its end."""
        return not self._thread.is_alive()

    def done(self) -> Any:
        """Wait for its end; what it gave."""
        self._thread.join(WITHIN)
        assert self.over, "it waits for ever"
        if self.wrong is not None:
            raise self.wrong
        return self.came


@contextmanager
def _held(case: cases.Case) -> Iterator[None]:
    """Another act holds the consents of the case, as one does that writes to them."""
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction.atomic():
            assert list(cases.Consent.objects.select_for_update().filter(case=case))
            held.set()
            assert go_on.wait(WITHIN)

    other = Beside(hold, case.institution_id)
    try:
        assert held.wait(WITHIN)
        yield
    finally:
        go_on.set()
        other.done()


def _deadlocks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("select deadlocks from pg_stat_database where datname = current_database()")
        return int(cursor.fetchone()[0])


def test_protecting_and_delivering_do_not_wait_for_each_other_in_a_circle(
    ana: Actor, bolivia: Peer
) -> None:
    case, row = _sent(ana)
    before = _deadlocks()
    # Who delivers has the message and comes to the consents; who protects has her record and comes
    # to the message: each would wait for what the other has.
    with _held(case):
        delivery = Beside(lambda: exchange.drain(peer="bo"), ana.institution)
        assert delivery.done() == 0, "it does not wait for the consents"
        protecting = Beside(
            lambda: cooperation.protect(by=ana, case_id=case.id, states=["bo"]), ana.institution
        )
        again = Beside(lambda: exchange.drain(peer="bo"), ana.institution)
        assert again.done() in (0, 1)
        assert protecting.done() >= 1
    assert exchange.drain(peer="bo") == 0

    assert bolivia.read == []
    row.refresh_from_db()
    assert row.state == "cancelled"
    assert {m.state for m in OutgoingMessage.objects.filter(subject=str(row.id))} == {"cancelled"}
    assert _deadlocks() == before


def test_what_is_leaving_at_that_moment_has_left_and_the_protection_follows(
    ana: Actor, bolivia: Peer
) -> None:
    case, row = _sent(ana)
    came, go_on = threading.Event(), threading.Event()

    def slow(_payload: dict[str, Any]) -> None:
        came.set()
        assert go_on.wait(WITHIN)

    bolivia.on_take = slow
    delivery = Beside(lambda: exchange.drain(peer="bo"), ana.institution)
    assert came.wait(WITHIN)
    protecting = Beside(
        lambda: cooperation.protect(by=ana, case_id=case.id, states=["br"]), ana.institution
    )
    protecting._thread.join(0.5)
    assert not protecting.over, "her record is held until the answer is here"
    bolivia.on_take = None
    go_on.set()

    assert delivery.done() == 1
    protecting.done()

    row.refresh_from_db()
    assert row.state != "cancelled"
    assert len(bolivia.read) == 1
    assert "br" in cases.feared_states(cases.Person.objects.get(id=case.person_id))


def test_what_waited_for_another_act_leaves_at_the_next_look(ana: Actor, bolivia: Peer) -> None:
    case, row = _sent(ana)
    with _held(case):
        assert exchange.drain(peer="bo") == 0
    waits = OutgoingMessage.objects.get(subject=str(row.id), kind="referral.send")
    assert (waits.state, waits.attempts) == ("queued", 0)

    assert exchange.drain(peer="bo") == 1

    assert len(bolivia.read) == 1


def test_many_protections_and_deliveries_at_once_come_to_an_end(ana: Actor, bolivia: Peer) -> None:
    before = _deadlocks()
    sent = [_sent(ana) for _n in range(6)]
    feared = {row.id for _case, row in sent[::2]}

    def deliver() -> None:
        for _turn in range(20):
            exchange.drain(peer="bo")

    deliveries = [Beside(deliver, ana.institution) for _n in range(2)]
    protections = [
        Beside(
            lambda case=case: cooperation.protect(by=ana, case_id=case.id, states=["bo"]),  # type: ignore[misc]
            ana.institution,
        )
        for case, row in sent
        if row.id in feared
    ]
    for one in [*protections, *deliveries]:
        one.done()
    exchange.drain(peer="bo")

    for _case, row in sent:
        row.refresh_from_db()
        if row.id not in feared:
            assert row.state == "sent"
    assert not OutgoingMessage.objects.filter(state="queued").exclude(kind="clock").exists()
    assert _deadlocks() == before
