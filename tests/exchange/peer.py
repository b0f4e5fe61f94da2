"""Bolivia's node as its peers see it: real keys, real documents, a real HTTP server.

It stands at the edge of the system: it speaks the format between nodes through the same pure files
(`envelope`, `documents`) and keeps nothing. Of each kind that the version before knew it takes what
that version would have taken (`earlier.py`).
"""

from __future__ import annotations

import hashlib
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.exchange import batches, documents, envelope, suites
from ayni.lib import clock
from ayni.vault import api as vault
from tests.cast import an_institution
from tests.exchange import earlier

SETUP = audit.job("tests")
CONSULATE = "bo-consulate-buenos-aires"


@dataclass
class Peer:
    """What Bolivia holds; or another member, as `node` and its one `institution` say."""

    node: str = "bo"
    institution: str = CONSULATE
    kind: str = "consulate"
    identity: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    signing: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    hpke: tuple[bytes, bytes] = field(default_factory=lambda: suites.generate(1))
    own_sheet: dict[str, Any] = field(default_factory=dict)
    read: list[dict[str, Any]] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    misunderstood: list[str] = field(default_factory=list)  # kinds, sent as it never knew them
    serves: dict[str, dict[str, Any]] = field(default_factory=dict)
    account: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    attachments: Callable[[str, bytes], tuple[int, Any]] | None = None
    waiting: Callable[[bytes], tuple[int, bytes]] | None = None  # what it hands out
    on_take: Callable[[dict[str, Any]], None] | None = None
    fails_at: str = ""
    refuses: str = ""
    unheard: frozenset[str] = frozenset()  # kinds that its version does not know
    keeps_unheard: bool = True  # the first versions refused such a message
    signs_refusals: bool = True
    names_evidence: bool = False  # in its refusals
    answers: bool = True
    says: int = 503  # while it does not answer
    retry_after: str = ""  # and what it asks to wait
    loses_receipts: bool = False
    due_in_receipt: str | None = None
    says_ahead: int = 0
    says_state: str = "applied"
    own_number: int = 1  # of the key sheet that it signs by
    knows_batches: bool = True
    fails_at_batches: bool = False  # its software ends with an error, whatever is in one
    asked: list[str] = field(default_factory=list)  # paths, in order
    server: ThreadingHTTPServer | None = None

    def key_sheet(self, now: datetime, **changed: Any) -> dict[str, Any]:
        """Key sheet number 1 of Bolivia, or another one."""
        entry = {
            "code": self.institution,
            "key": documents.encode(self.hpke[1]),
            "kind": self.kind,
            "names": {"es": "Consulado", "pt": "Consulado", "en": "Consulate"},
            "stands_in": "AR",
            "suite": 1,
            "time_zone": "America/Argentina/Buenos_Aires",
        }
        body = {
            "format": 1,
            "institutions": [entry],
            "issued": clock.isoformat(now),
            "node": self.node,
            "number": 1,
            "previous": "",
            "signing_key": documents.encode(documents.public_of(self.signing)),
            "revoked": [],
            "suites": [1],
            "tls_pins": [],
            "valid_from": clock.isoformat(now),
            "valid_until": clock.isoformat(now + timedelta(days=30)),
        }
        return documents.signed("key-sheet", {**body, **changed}, {self.node: self.identity})

    def next_sheet(self, now: datetime, **changed: Any) -> dict[str, Any]:
        """The key sheet that follows the one our node knows."""
        known = exchange.key_sheet(self.node)
        assert known is not None
        follows = {
            "number": known["body"]["number"] + 1,
            "previous": documents.digest(known["body"]),
        }
        return self.key_sheet(now, **{**follows, **changed})

    def seal(
        self,
        payload: Mapping[str, Any],
        *,
        sequence: int = 1,
        created: datetime | None = None,
        institution: str = "ar-programme",
        sender_institution: str = CONSULATE,
        kind: str = "test.note",
        conversation: str | None = None,
        message: str | None = None,
        signing: bytes | None = None,
        signing_sheet: int = 1,
        key_sheet: int = 1,
        valid_until: datetime | None = None,
        due: datetime | None = None,
    ) -> bytes:
        """An envelope from Bolivia's consulate to an Argentine institution."""
        entry = self.own_sheet["body"]["institutions"][0]
        return envelope.seal(
            payload,
            route=envelope.Route(
                entry["suite"],
                "bo",
                sender_institution,
                signing_sheet,
                "ar",
                institution,
                key_sheet,
            ),  # fmt: skip
            kind=kind,
            message=message or secrets.token_hex(16),
            conversation=conversation or secrets.token_hex(16),
            sequence=sequence,
            created=created or clock.now(),
            due=due,
            recipient_key=documents.decode(entry["key"]),
            signing_key=signing or self.signing,
            valid_until=valid_until,
        )

    def take(self, raw: bytes) -> tuple[int, bytes]:
        """What Bolivia's node answers to an envelope."""
        if self.refuses:
            return 422, documents.canonical(self.refusal(raw))
        sealed = envelope.parse(raw)
        unheard = sealed.header.kind in self.unheard
        if unheard and not self.keeps_unheard:
            return 422, documents.canonical(self.refusal(raw, "unknown_kind"))
        payload = envelope.open_payload(
            sealed,
            recipient=self.node,
            recipient_institution=self.institution,
            private_key=self.hpke[0],
            accepted_suites=[1],
        )
        if wrong := earlier.refuses(sealed.header.kind, payload):
            self.misunderstood.append(f"{sealed.header.kind}: {wrong}")
            return 422, documents.canonical(self.refusal(raw, wrong))
        if self.fails_at and payload.get("step") == self.fails_at:
            return 500, b"out of order"
        self.raw.append(raw)
        self.read.append(payload)
        if self.on_take is not None:
            self.on_take(payload)
        header = sealed.header
        due = "" if header.due is None else clock.isoformat(header.due)
        body = {
            "ahead_seconds": self.says_ahead,
            "at": clock.isoformat(clock.now()),
            "due": due if self.due_in_receipt is None else self.due_in_receipt,
            "envelope": hashlib.sha256(raw).hexdigest(),
            "evidence": hashlib.sha256(envelope.evidence(raw)).hexdigest(),
            "message": header.message,
            "receiver": self.node,
            "sender": header.sender,
            "sheet": self.own_number,
            "state": "set_aside" if unheard else self.says_state,
        }
        return 200, documents.canonical(
            documents.signed("receipt", body, {self.node: self.signing})
        )

    def take_many(self, raw: bytes) -> tuple[int, bytes]:
        """What Bolivia's node answers to a batch: to each envelope what it answers to it alone."""
        if not self.knows_batches:
            return 404, b"{}"
        if self.fails_at_batches:
            return 500, b"out of order"
        items: list[dict[str, Any]] = []
        failed: set[str] = set()
        for one in batches.unpack(raw):
            conversation = envelope.parse(one).header.conversation
            if conversation in failed:
                items.append({"later": batches.FOLLOWS})
                continue
            status, answer = self.take(one)
            if status == 500:
                failed.add(conversation)
                items.append({"later": batches.FAILED})
            else:
                name = "receipt" if status == 200 else "refusal"
                items.append({name: documents.parse(answer)})
        return 200, batches.answers(items)

    def refusal(self, raw: bytes, why: str = "") -> dict[str, Any]:
        """Bolivia's refusal of an envelope."""
        if not self.signs_refusals:
            return {"refused": self.refuses}
        body = {
            "at": clock.isoformat(clock.now()),
            "envelope": hashlib.sha256(raw).hexdigest(),
            "receiver": self.node,
            "refused": why or self.refuses,
            "sheet": self.own_number,
        }
        if self.names_evidence:
            body["evidence"] = hashlib.sha256(envelope.evidence(raw)).hexdigest()
        return documents.signed("refusal", body, {self.node: self.signing})

    def start(self) -> str:
        """Serve on a free port; the address."""
        peer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                if not peer.answers:
                    self.send_response(peer.says)
                    if peer.retry_after:
                        self.send_header("Retry-After", peer.retry_after)
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                if self.path.endswith("/account") and peer.account is not None:
                    given = peer.account(documents.parse(raw))
                    self._answer(200, documents.canonical(given))
                    return
                if "/attachments" in self.path and peer.attachments is not None:
                    status, told = peer.attachments(self.path, raw)
                    self._answer(status, documents.canonical(told))
                    return
                peer.asked.append(self.path)
                if "/waiting" in self.path and peer.waiting is not None:
                    self._answer(*peer.waiting(raw))
                    return
                many = self.path.endswith("/batch")
                status, answer = peer.take_many(raw) if many else peer.take(raw)
                if peer.loses_receipts:
                    self.send_error(502)
                    return
                self._answer(status, answer)

            def do_GET(self) -> None:
                found = peer.serves.get(self.path)
                body = b"{}" if found is None else documents.canonical(found)
                self._answer(404 if found is None else 200, body)

            def _answer(self, status: int, answer: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return f"127.0.0.1:{self.server.server_address[1]}"

    def stop(self) -> None:
        """Stop serving. Raises AssertionError where something came that a node of the version
        before would not have taken."""
        if self.server is not None:
            self.server.shutdown()
            self.server.server_close()
        assert not self.misunderstood, self.misunderstood


def a_secretariat() -> Peer:
    """The secretariat's node."""
    return Peer(node="secretariat", institution="secretariat-desk", kind="secretariat")


def forget_keys() -> None:
    """The keyring outlives a test: what another platform left in it is no key of this one."""
    for name in vault.secret_names():
        if name.startswith(("exchange.hpke.", "exchange.signing.", "exchange.prepared.")):
            vault.remove_secret(name)


def found(
    peer: Peer, *, quorum: int = 2, demo: bool = False, secretariat: Peer | None = None
) -> dict[str, Any]:
    """Found the platform of Argentina (this node) and Bolivia, with a secretariat if one is given;
    directory number 1."""
    now = clock.now().replace(microsecond=0)
    programme = an_institution("ar-programme")
    forget_keys()
    own = exchange.make_identity(by=SETUP)
    others = [peer] if secretariat is None else [peer, secretariat]
    body = {
        "demo": demo,
        "format": 1,
        "issued": clock.isoformat(now),
        "members": [
            {
                "endpoint": {"connect_to": "", "url": "http://ar.localhost"},
                "identity_key": own,
                "node": "ar",
            },
            *(
                {
                    "endpoint": {"connect_to": one.start(), "url": f"http://{one.node}.localhost"},
                    "identity_key": documents.encode(documents.public_of(one.identity)),
                    "node": one.node,
                }
                for one in others
            ),
        ],
        "number": 1,
        "previous": "",
        "quorum": quorum,
    }
    theirs = documents.signed("directory", body, {"bo": peer.identity})["signatures"][0]
    ours = exchange.sign_directory(by=SETUP, body=body)
    document = {"body": body, "signatures": [ours, theirs]}
    exchange.accept_directory(by=SETUP, document=document, now=now)
    peer.own_sheet = exchange.make_key_sheet(by=SETUP, institutions=[programme], now=now)
    exchange.accept_key_sheet(by=SETUP, document=peer.own_sheet, now=now)
    for one in others:
        exchange.accept_key_sheet(by=SETUP, document=one.key_sheet(now), now=now)
    return document
