"""The page where the data protection officer sees who witnesses the audit trail, and alarms."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from ayni.audit import api as audit
from ayni.desk.heads_views import ALARMS
from ayni.exchange import api as exchange
from ayni.exchange import documents
from ayni.lib import clock
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.exchange.peer import Peer, found
from tests.exchange.trail import Trail, entries

pytestmark = pytest.mark.django_db


@pytest.fixture
def trail(cast: Cast) -> Iterator[Trail]:
    """Bolivia's audit trail, in a directory with ours."""
    peer = Peer()
    found(peer)
    yield Trail(peer)
    peer.stop()


def _contradict(trail: Trail) -> None:
    for name in ("a", "b"):
        told = trail.payload(entries(name))
        audit.keep_their_head(told["head"], told["proof"])
        trail.back_to(0)


def test_an_alarm_is_told_at_home_and_noted_when_seen(
    trail: Trail, cast: Cast, browser: Browser
) -> None:
    _contradict(trail)
    dora = browser(cast.dora)
    assert "1 alarma sobre el registro de auditoría" in dora.get("/").content.decode()

    page = dora.get("/audit/heads").content.decode()
    assert "Bolivia: la firma diaria que llegó no continúa la anterior" in page
    assert "ayni audit heads --of bo" in page
    alarm = audit.alarms()[0].id
    after = dora.post(f"/audit/heads/{alarm}", follow=True).content.decode()

    assert f"Vista por {cast.dora.display_name}" in after
    assert "la firma diaria que llegó no continúa" in after, "it stays in the list"
    assert "alarma sobre" not in dora.get("/").content.decode()


def test_without_an_alarm_the_page_says_so(trail: Trail, cast: Cast, browser: Browser) -> None:
    exchange.sign_head(by=audit.job("tests"), now=clock.now())
    told = trail.payload(entries("a"))
    audit.keep_their_head(told["head"], told["proof"])
    page = browser(cast.dora).get("/audit/heads").content.decode()

    assert "Ninguna. Cada firma diaria que llegó continúa la anterior." in page
    assert "Número 1 del" in page
    assert "Llega todos los días" in page


def test_a_restored_node_is_told_with_day_and_number(
    trail: Trail, cast: Cast, browser: Browser
) -> None:
    for name in ("a", "b", "c"):
        told = trail.payload(entries(name))
        audit.keep_their_head(told["head"], told["proof"])
    trail.back_to(2)
    told = trail.payload(entries("d"), restored=clock.isoformat(clock.now() - timedelta(hours=2)))
    audit.keep_their_head(told["head"], told["proof"])
    page = browser(cast.dora).get("/audit/heads").content.decode()

    assert "hasta su firma diaria número 2" in page


def test_every_alarm_has_words() -> None:
    of_heads = {*(str(f) for f in audit.ALARMING), "two_truths", "not_ours"}
    of_logs = {*(f"log_{code}" for code in of_heads), "log_differs", "log_changed"}
    assert set(ALARMS) == {
        *of_heads,
        *of_logs,
        "foreign_sheet",
        "own_entry_revoked",
        "two_directories",
        "two_entries",
        "two_key_sheets",
    }


def test_two_key_sheets_of_one_node_are_told_with_what_to_do(
    trail: Trail, cast: Cast, browser: Browser
) -> None:
    other = trail.peer.key_sheet(clock.now(), tls_pins=["0" * 64])
    with pytest.raises(exchange.Equivocation):
        exchange.accept_key_sheet(
            by=audit.job("tests"), document=other, now=clock.now(), source="bo"
        )

    page = browser(cast.dora).get("/audit/heads").content.decode()

    assert "Bolivia: firmó dos hojas de claves distintas con el número 1" in page
    assert "avise a los puntos focales" in page
    assert "ayni audit" not in page


def test_an_alarm_about_this_node_says_what_to_verify(
    trail: Trail, cast: Cast, browser: Browser
) -> None:
    document = trail.payload(entries("a"), node="ar")["head"]
    assert documents.digest(document["body"])
    audit.keep_echo(document, source="bo", own=True)
    page = browser(cast.dora).get("/audit/heads").content.decode()

    assert "Este nodo: otro nodo tiene una firma diaria nuestra" in page
    assert "Bolivia" in page
    assert "ayni audit verify" in page


def _a_day_that_differs(code: str, node: str, **what: list[str]) -> None:
    body = {"day": "2026-03-05", "node": node, **what}
    audit.keep_alarm(code, by=audit.job("tests"), node=node, source=node, evidence=[{"body": body}])


def test_a_day_of_which_two_nodes_hold_different_messages_is_told_with_their_numbers(
    trail: Trail, cast: Cast, browser: Browser
) -> None:
    _a_day_that_differs("log_differs", "bo", only_here=["a" * 32], only_there=["b" * 32, "c" * 32])
    page = browser(cast.dora).get("/audit/heads").content.decode()

    assert "Bolivia: el 5 de marzo de 2026" in page
    assert ", ".join(letter * 32 for letter in "abc") in page
    assert "Solo aquí: 1. Solo allí: 2." in page
    assert "ayni evidence export" in page


def test_messages_changed_here_are_told_with_day_and_number(
    trail: Trail, cast: Cast, browser: Browser
) -> None:
    _a_day_that_differs("log_changed", "ar", changed=["d" * 32])
    page = browser(cast.dora).get("/audit/heads").content.decode()

    assert "Este nodo: los mensajes del 5 de marzo de 2026" in page
    assert "d" * 32 in page
    assert "No repare nada" in page


def test_an_officer_who_works_on_cases_sees_no_alarm(
    trail: Trail, cast: Cast, browser: Browser
) -> None:
    _contradict(trail)
    ana = browser(cast.ana)

    assert ana.get("/audit/heads").status_code == 403
    assert ana.post(f"/audit/heads/{audit.alarms()[0].id}").status_code == 403
    assert audit.alarms()[0].seen_at is None


def test_an_alarm_that_does_not_exist_is_not_found(
    trail: Trail, cast: Cast, browser: Browser
) -> None:
    assert browser(cast.dora).post("/audit/heads/999999").status_code == 404
    assert browser(cast.dora).post("/audit/heads/99999999999999999999").status_code == 404


def test_two_entries_under_one_number_are_told_with_what_to_do(
    cast: Cast, browser: Browser
) -> None:
    body = {"key": "palermo", "kind": "norms.standing", "node": "bo", "version": 3}
    audit.keep_alarm(
        "two_entries",
        by=audit.peer("bo"),
        node="bo",
        source="bo",
        evidence=[{"body": {**body, "at": "1"}}, {"body": {**body, "at": "2"}}],
    )
    page = browser(cast.dora).get("/audit/heads").content.decode()

    assert "publicó dos textos distintos con el número 3" in page
    assert "norms.standing: palermo" in page
    assert "Qué hacer: avise a los puntos focales" in page


def _keys_are_prepared(*, weeks: int) -> None:
    by, now = audit.job("tests"), clock.now().replace(microsecond=0)
    exchange.prepare_key_sheets(by=by, now=now, weeks=weeks)
    shares = exchange.share_identity(by=by, of=3, need=2)
    exchange.take_identity_offline(by=by, shares=shares)


def test_custodians_are_called_before_the_prepared_keys_end(
    trail: Trail, cast: Cast, browser: Browser
) -> None:
    dora = browser(cast.dora)
    assert "está en la máquina de este nodo" in dora.get("/audit/heads").content.decode()
    _keys_are_prepared(weeks=4)
    page = dora.get("/audit/heads").content.decode()
    assert "Hay hojas de claves preparadas, una para cada semana" in page
    assert "ayni keys rotate" not in page

    with time_machine.travel(clock.now() + timedelta(days=22)):
        page = browser(cast.dora).get("/audit/heads").content.decode()

    assert "Hay claves preparadas hasta el" in page
    assert "ayni keys rotate --ahead 13" in page


def test_prepared_keys_that_were_thrown_away_are_told_with_the_reason(
    trail: Trail, cast: Cast, browser: Browser
) -> None:
    by, now = audit.job("tests"), clock.now().replace(microsecond=0)
    exchange.prepare_key_sheets(by=by, now=now, weeks=4)
    exchange.publish_key_sheet(by=by, now=now)
    exchange.settle_prepared(by=by, now=now)
    shares = exchange.share_identity(by=by, of=3, need=2)
    exchange.take_identity_offline(by=by, shares=shares)
    page = browser(cast.dora).get("/audit/heads").content.decode()

    assert "otra hoja de claves de este nodo ocupó el lugar de la primera" in page
    assert "No hay hojas de claves preparadas" in page
    assert "ayni keys rotate --ahead 13" in page
