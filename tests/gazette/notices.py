"""An invented kind of entry, and what Bolivia publishes under it."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import documents
from ayni.gazette import api as gazette
from ayni.gazette import comparing, receiving
from ayni.lib import clock
from ayni.lib.errors import Refused
from ayni.members.api import Permission
from tests.exchange.peer import Peer

Json = dict[str, Any]
WORD = "test.word"
FORBIDDEN = "This word is not used."


def _check(said: gazette.Said) -> None:
    if said.body["word"] == "forbidden":
        raise Refused(FORBIDDEN)


KIND = gazette.EntryKind(
    name=WORD,
    title="A word",
    schema=gazette.closed(word={"type": "string", "maxLength": 40}),
    permission=Permission.POST_WRITE,
    owners=frozenset({gazette.Owner.STATE}),
    about_nobody=True,
    in_words=lambda said: str(said.body["word"]),
    about=lambda said: f"Word {said.key}",
    check=_check,
    largest=2_000,
)


def wire(settings: Any) -> None:
    """Let this node know the kind for this test (`settings` of pytest-django)."""
    path = f"{__name__}.KIND"
    settings.AYNI_GAZETTE_KINDS = {**settings.AYNI_GAZETTE_KINDS, WORD: path}


def an_entry(peer: Peer, word: str = "ayni", **changed: Any) -> Json:
    """A signed entry of a peer's."""
    body = {
        "at": clock.isoformat(clock.now()),
        "body": {"word": word},
        "format": 1,
        "key": "first",
        "kind": WORD,
        "node": peer.node,
        "sheet": 1,
        "valid_from": "",
        "valid_until": "",
        "version": 1,
        "withdrawn": False,
    }
    return documents.signed("gazette-entry", {**body, **changed}, {peer.node: peer.signing})


def _received(kind: str, payload: Json, sender: str) -> exchange.Received:
    exchange.check_payload(kind, payload)
    return exchange.Received("m", kind, "c", 1, sender, "", "", clock.now(), None, payload)


def arrive(*entries: Json, sender: str = "bo") -> None:
    """Entries come, as the inbox hands them on."""
    told = _received("gazette.entries", {"entries": list(entries)}, sender)
    with transaction.atomic():
        receiving.receive_entries(by=audit.peer(sender), received=told)


def index_comes(owners: dict[str, str], *, answer: bool = False, sender: str = "bo") -> None:
    """What another node holds, in sums."""
    told = _received("gazette.index", {"answer": answer, "owners": owners}, sender)
    with transaction.atomic():
        comparing.receive_index(by=audit.peer(sender), received=told)


def held_comes(
    owner: str, digests: list[str], *, answer: bool = False, begins: str = "", sender: str = "bo"
) -> None:
    """What another node holds of one owner."""
    payload = {"answer": answer, "begins": begins, "digests": digests, "owner": owner}
    with transaction.atomic():
        comparing.receive_held(
            by=audit.peer(sender), received=_received("gazette.held", payload, sender)
        )


def word_of(owner: str = "bo", key: str = "first") -> gazette.Published:
    """What is held of one line."""
    found = gazette.one(owner=owner, kind=WORD, key=key)
    assert found is not None
    return found
