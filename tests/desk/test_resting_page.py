"""The page of conversations that rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from ayni.audit.models import Entry
from ayni.exchange import api as exchange
from ayni.exchange.models import RestingConversation
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.exchange import kinds
from tests.exchange.peer import Peer, found
from tests.exchange.test_delivery import BY, a_grant, queue

pytestmark = pytest.mark.django_db
RESTING, GO_ON = "/watch/resting", "/watch/resting/go-on"


@pytest.fixture
def bolivia(cast: Cast, settings: Settings) -> Iterator[Peer]:
    """Bolivia, in a directory with ours; its software fails at one message of two."""
    kinds.wire(settings)
    kinds.answer.clear()
    peer = Peer()
    found(peer)
    peer.fails_at = "bad"
    bad = {"data": {"needs": ["Invented Secret"]}, "step": "bad"}
    queue({}, a_grant(), payload=bad)
    queue({"needs": [1]}, a_grant())
    exchange.drain(peer="bo")
    yield peer
    peer.stop()


def conversation() -> str:
    """The one that rests."""
    return RestingConversation.objects.get().conversation


def test_the_administrator_reads_why_and_what_to_do_and_never_what_it_says(
    bolivia: Peer, browser: Browser, cast: Cast
) -> None:
    nadia = browser(cast.nadia)
    page = nadia.get(RESTING).content.decode()

    for words in (
        "Conversaciones en pausa", "A Bolivia: test.note", conversation(),
        "El programa del otro nodo falló con el próximo mensaje de esta conversación.",
        "Intentar otra vez",
    ):  # fmt: skip
        assert words in page, words
    assert "Invented Secret" not in page
    assert page.count("<form method") == page.count("/watch/resting/go-on") == 1
    assert "Conversaciones en pausa (1)" in nadia.get("/watch/").content.decode()
    assert f'href="{RESTING}"' in nadia.get("/watch/nodes/bo").content.decode()


def test_trying_again_lets_it_leave_once_the_other_node_is_mended(
    bolivia: Peer, browser: Browser, cast: Cast
) -> None:
    nadia, rests = browser(cast.nadia), conversation()
    bolivia.fails_at = ""
    assert exchange.drain(peer="bo") == 0, "it rests"

    done = nadia.post(GO_ON, {"conversation": rests}, follow=True).content.decode()
    assert "Se intenta otra vez ahora." in done
    assert exchange.drain(peer="bo") == 1

    assert "Ninguna conversación está en pausa." in nadia.get(RESTING).content.decode()
    assert Entry.objects.filter(verb="exchange.go_on", subject=rests).count() == 1
    assert "Conversaciones en pausa" not in nadia.get("/watch/").content.decode()
    again = nadia.post(GO_ON, {"conversation": rests}, follow=True).content.decode()
    assert "ya no está en pausa" in again


def test_one_that_fails_again_rests_longer(bolivia: Peer, browser: Browser, cast: Cast) -> None:
    browser(cast.nadia).post(GO_ON, {"conversation": conversation()})

    exchange.drain(peer="bo")

    assert RestingConversation.objects.get().failures == 2


def test_one_whose_messages_were_cancelled_is_not_shown(
    bolivia: Peer, browser: Browser, cast: Cast
) -> None:
    exchange.cancel(by=BY, subject="case-1", peers=None, reason="withdrawn")

    assert "Ninguna conversación" in browser(cast.nadia).get(RESTING).content.decode()


def test_a_reason_of_another_version_is_shown_as_its_code(
    bolivia: Peer, browser: Browser, cast: Cast
) -> None:
    RestingConversation.objects.update(reason="from_elsewhere")
    assert "from_elsewhere" in browser(cast.nadia).get(RESTING).content.decode()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("status_500", "El programa del otro nodo falló"),
        ("failed", "El programa del otro nodo falló"),
        ("receipt_not_genuine", "Lo que firmó el otro nodo no corresponde"),
        ("key_gone", "El otro nodo ya quitó la clave"),
    ],
)
def test_every_reason_is_told_in_words(
    bolivia: Peer, browser: Browser, cast: Cast, reason: str, words: str
) -> None:
    RestingConversation.objects.update(reason=reason)
    assert words in browser(cast.nadia).get(RESTING).content.decode()


def test_nobody_but_the_administrator(bolivia: Peer, browser: Browser, cast: Cast) -> None:
    rests = conversation()
    for user in (cast.ana, cast.luis, cast.sol, cast.dora):
        assert browser(user).get(RESTING).status_code == 403
        assert browser(user).post(GO_ON, {"conversation": rests}).status_code == 403
    assert not Entry.objects.filter(verb="exchange.go_on").exists()
