"""The page of one other node, and the metrics of messages."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange.models import PeerState
from ayni.lib import clock
from ayni.watch.exposition import MESSAGES
from ayni.watch.metrics import METRICS
from ayni.watch.node_views import few
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.exchange.peer import Peer, found

pytestmark = pytest.mark.django_db
REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "metrics.md"


@pytest.fixture
def bolivia(cast: Cast) -> Iterator[Peer]:
    """Bolivia, in a directory with ours."""
    peer = Peer()
    found(peer)
    yield peer
    peer.stop()


def _page(browser: Browser, cast: Cast) -> str:
    answer = browser(cast.nadia).get("/watch/nodes/bo")
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_administrator_sees_one_other_node(bolivia: Peer, browser: Browser, cast: Cast) -> None:
    assert 'href="/watch/nodes/bo"' in browser(cast.nadia).get("/watch/").content.decode()
    page = _page(browser, cast)

    for words in ("Otro nodo: Bolivia", "Funciona", "nunca", "en hora", "Hoja de claves nuestra"):
        assert words in page, words


def test_a_node_that_rests_whose_clock_and_keys_are_behind_is_told(
    bolivia: Peer, browser: Browser, cast: Cast
) -> None:
    PeerState.objects.create(
        node="bo", failures=4, next_attempt=clock.now() + timedelta(minutes=9), skew_seconds=-700,
        told_directory=1, told_sheet=0, told_at=clock.now(),
    )  # fmt: skip
    page = _page(browser, cast)

    assert "Descansa tras intentos fallidos" in page
    assert "el nuestro va 11 minutos por delante" in page
    assert "Todavía no tiene nuestras claves más nuevas" in page


def test_counts_below_ten_are_not_told_and_no_share_of_few_attempts(
    bolivia: Peer, browser: Browser, cast: Cast
) -> None:
    exchange.sign_head(by=audit.job("tests"), now=clock.now())
    page = _page(browser, cast)

    assert "menos de 10\n" in page or "menos de 10<" in page
    assert "menos de 10 intentos: no se dice la proporción" in page
    assert few(0) == "ninguno"
    assert few(9) == few(1) == "menos de 10"
    assert few(10) == "10"


def test_nobody_but_the_administrator_opens_the_page_of_a_node(
    bolivia: Peer, browser: Browser, cast: Cast
) -> None:
    for user in (cast.ana, cast.luis, cast.sol, cast.dora):
        assert browser(user).get("/watch/nodes/bo").status_code == 403
    assert browser(cast.nadia).get("/watch/nodes/xx").status_code == 404
    assert browser(cast.nadia).get("/watch/nodes/ar").status_code == 404


def test_monitoring_is_told_messages_in_tens(bolivia: Peer, settings: object) -> None:
    settings.AYNI_METRICS_TOKEN = "an-invented-token"  # type: ignore[attr-defined]
    exchange.sign_head(by=audit.job("tests"), now=clock.now())
    asks = Client(headers={"host": "ar.localhost", "authorization": "Bearer an-invented-token"})
    text = asks.get("/watch/metrics").content.decode()

    line = 'ayni_exchange_messages{kind="audit.head",node="ar",state="queued",way="sent"} 10.0'
    assert line in text


def test_every_metric_is_described() -> None:
    text = REFERENCE.read_text("utf-8")
    for name in [MESSAGES, *(metric.name for metric in METRICS)]:
        assert f"| `{name}` |" in text
    for metric in METRICS:
        assert f"| {metric.text} |" in text
