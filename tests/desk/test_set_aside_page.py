"""The page of messages that stand aside."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytest_django import Settings

from ayni.audit.models import Entry
from ayni.exchange import api as exchange
from ayni.exchange import chunks
from ayni.exchange.held import Hold, Stream
from ayni.exchange.models import IncomingMessage
from ayni.lib import clock
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.exchange import kinds
from tests.exchange.peer import Peer, found

pytestmark = pytest.mark.django_db
ASIDE, AGAIN = "/watch/set-aside", "/watch/set-aside/again"


@pytest.fixture
def bolivia(cast: Cast, settings: Settings) -> Iterator[Peer]:
    """Bolivia, in a directory with ours; its first note was refused by the room."""
    kinds.wire(settings)
    kinds.taken.clear()
    peer = Peer()
    found(peer)
    sends(peer, "refuse")
    yield peer
    kinds.refusing = True
    peer.stop()


def sends(peer: Peer, needs: str, kind: str = "test.note") -> None:
    """A message of Bolivia, in a conversation of its own."""
    raw = peer.seal({"data": {"needs": needs, "name": "Invented Secret"}}, kind=kind)
    assert exchange.receive(raw=raw, signed_by="bo").receipt is not None


def test_a_file_that_stands_aside_is_shown_with_its_reason_and_looked_at_again(
    bolivia: Peer, browser: Browser, cast: Cast
) -> None:
    ident, now = "5" * 32, clock.now()
    Stream.objects.create(
        id=ident, peer="bo", message="7" * 32, hold=Hold.WHOLE, chunks=1, have=1, begun_at=now,
        moved_at=now, looks=chunks.MOST_LOOKS, look_failed="ZeroDivisionError",
    )  # fmt: skip
    nadia = browser(cast.nadia)
    page = nadia.get(ASIDE).content.decode()

    for words in ("Archivos apartados", "Un archivo de Bolivia", ident, "ZeroDivisionError"):
        assert words in page, words
    assert "Archivos apartados (1)" in nadia.get("/watch/").content.decode()

    told = nadia.post(AGAIN, {"attachment": ident}, follow=True).content.decode()
    assert "El archivo se examina ahora una vez más." in told
    assert "Archivos apartados" not in told
    refused = nadia.post(AGAIN, {"attachment": ident}, follow=True).content.decode()
    assert "Este archivo ya no está apartado." in refused


def test_the_administrator_reads_why_and_what_to_do_and_never_what_it_says(
    bolivia: Peer, browser: Browser, cast: Cast
) -> None:
    sends(bolivia, "", kind="test.unheard_of")
    nadia = browser(cast.nadia)
    page = nadia.get(ASIDE).content.decode()
    row = IncomingMessage.objects.get(kind="test.note")

    for words in (
        "Mensajes apartados", "De Bolivia: test.note", row.conversation, row.id,
        "El mensaje no encajaba con la situación de aquí cuando llegó.",
        "Esta versión del programa todavía no conoce esta clase de mensaje.",
        "Actualice este nodo.",
    ):  # fmt: skip
        assert words in page, words
    assert "Invented Secret" not in page
    assert page.count("Intentar otra vez") == 1, "not for a kind that nobody knows"
    assert "Mensajes apartados (2)" in nadia.get("/watch/").content.decode()
    assert 'href="/watch/set-aside"' in nadia.get("/watch/nodes/bo").content.decode()


def test_trying_again_says_what_came_of_it(bolivia: Peer, browser: Browser, cast: Cast) -> None:
    nadia = browser(cast.nadia)
    message = IncomingMessage.objects.get().id

    def tries() -> str:
        return nadia.post(AGAIN, {"message": message}, follow=True).content.decode()

    assert "sigue apartado" in tries()
    kinds.refusing = False
    done = tries()
    assert "El mensaje se aplicó ahora." in done
    assert "No hay nada apartado." in done
    assert "ya no está apartado" in tries()
    assert len(kinds.taken) == 1
    assert Entry.objects.filter(verb="exchange.try_again", subject=message).count() == 2
    assert "Mensajes apartados" not in nadia.get("/watch/").content.decode()


def test_a_form_that_names_nothing_is_told(bolivia: Peer, browser: Browser, cast: Cast) -> None:
    answer = browser(cast.nadia).post(AGAIN, follow=True)
    assert answer.status_code == 200
    assert "No encontrado" in answer.content.decode() or "No se encontró" in answer.content.decode()


def test_a_reason_of_another_version_is_shown_as_its_code(
    bolivia: Peer, browser: Browser, cast: Cast
) -> None:
    IncomingMessage.objects.update(reason="from_elsewhere")
    page = browser(cast.nadia).get(ASIDE).content.decode()
    assert "from_elsewhere" in page
    assert "Intentar otra vez" not in page


def test_many_are_shown_page_by_page(bolivia: Peer, browser: Browser, cast: Cast) -> None:
    for _n in range(20):
        sends(bolivia, "refuse")
    nadia = browser(cast.nadia)

    def count(address: str) -> int:
        return nadia.get(address).content.decode().count("De Bolivia: test.note")

    assert (count(ASIDE), count(f"{ASIDE}?page=2")) == (20, 1)
    assert count(f"{ASIDE}?page=x") == 20
    assert count(f"{ASIDE}?page=99") == 1


def test_nobody_but_the_administrator(bolivia: Peer, browser: Browser, cast: Cast) -> None:
    message = IncomingMessage.objects.get().id
    kinds.refusing = False
    for user in (cast.ana, cast.luis, cast.sol, cast.dora):
        assert browser(user).get(ASIDE).status_code == 403
        assert browser(user).post(AGAIN, {"message": message}).status_code == 403
    assert kinds.taken == []
