"""A platform seen from its secretariat, terms, and what other nodes publish."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from typing import Any

from ayni.agenda import api, kinds, terms
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.exchange import documents
from ayni.gazette import keeping
from ayni.lib import clock
from tests.cast import an_institution
from tests.exchange.peer import SETUP, Peer, forget_keys
from tests.gazette.notices import arrive

Json = dict[str, Any]


def found_as(own: str, *others: Peer) -> None:
    """Found the platform with this node as `own`, and the first peers; directory number 1."""
    now = clock.now().replace(microsecond=0)
    here = an_institution(f"{own}-desk", kind="secretariat", state=own)
    forget_keys()
    identity = exchange.make_identity(by=SETUP)
    rows = [("http://own.localhost", "", identity, own)] + [
        (
            f"http://{one.node}.localhost",
            one.start(),
            documents.encode(documents.public_of(one.identity)),
            one.node,
        )
        for one in others
    ]
    body = {
        "demo": False,
        "format": 1,
        "issued": clock.isoformat(now),
        "members": [
            {"endpoint": {"connect_to": to, "url": url}, "identity_key": key, "node": node}
            for url, to, key, node in sorted(rows, key=lambda row: row[3])
        ],
        "number": 1,
        "previous": "",
        "quorum": 2,
    }
    theirs = {one.node: one.identity for one in others}
    signatures = documents.signed("directory", body, theirs)["signatures"]
    signatures.append(exchange.sign_directory(by=SETUP, body=body))
    exchange.accept_directory(by=SETUP, document={"body": body, "signatures": signatures}, now=now)
    own_sheet = exchange.make_key_sheet(by=SETUP, institutions=[here], now=now)
    exchange.accept_key_sheet(by=SETUP, document=own_sheet, now=now)
    for one in others:
        one.own_sheet = own_sheet
        exchange.accept_key_sheet(by=SETUP, document=one.key_sheet(now), now=now)


def a_term(state: str = "pe", begins: date = date(2026, 3, 1), **changed: Any) -> api.Term:
    """A presidency, invented: it lasts until it hands over."""
    known: Json = {
        "state": state, "begins": begins, "end": api.End.OPEN, "until": None, "seen": None,
        "month_only": False, "inferred": False, "source": "Acta inventada", "mark": "V",
    }  # fmt: skip
    return api.Term(**{**known, **changed})


def ref() -> str:
    """The version of the presidencies that stands."""
    return api.presidencies().stands.ref


def record(by: Actor, term: api.Term, **more: Any) -> None:
    """Record a term on what stands."""
    api.record_term(by=by, term=term, **{"after": ref(), **more})


def all_handed(day: date) -> dict[str, api.Answer]:
    """Every item of the checklist handed over."""
    return {each.code: api.Answer("handed") for each in api.items(day, api.presidencies())}


def hand_over(by: Actor, to: str, on: date, **changed: Any) -> None:
    """Hand over to a state, everything handed over, on what stands."""
    handover = api.Handover(
        to, on, api.End.OPEN, None, "Acta inventada", changed.pop("before", None)
    )
    known: Json = {"handover": handover, "answers": all_handed(on), "after": ref()}
    api.hand_over(by=by, **{**known, **changed})


def comes(peer: Peer, kind: str, key: str, body: Json, **changed: Any) -> None:
    """A signed entry of a peer's arrives."""
    entry = {
        "at": clock.isoformat(clock.now()), "body": body, "format": 1, "key": key, "kind": kind,
        "node": peer.node, "sheet": 1, "valid_from": "", "valid_until": "", "version": 1,
        "withdrawn": False,
    }  # fmt: skip
    signed = documents.signed("gazette-entry", {**entry, **changed}, {peer.node: peer.signing})
    arrive(signed, sender=peer.node)


def kept(owner: str, kind: str, key: str) -> None:
    """What a state publishes, as if it had come; nothing of its form."""
    body = {
        "at": clock.isoformat(clock.now()), "body": {}, "format": 1, "key": key, "kind": kind,
        "node": owner, "sheet": 1, "valid_from": "", "valid_until": "", "version": 1,
        "withdrawn": False,
    }  # fmt: skip
    subject = keeping.locked(owner=owner, kind=kind, key=key)
    digest = sha256(f"{owner} {kind} {key}".encode()).hexdigest()
    document = {"body": body, "signatures": []}
    keeping.keep(document, digest, by=audit.job("tests"), source=owner, subject=subject)


def terms_come(
    peer: Peer, *found: api.Term, after: str = "", instead: str = "", **more: Any
) -> None:
    """A peer has published these presidencies."""
    rows = [terms.as_json(each) for each in found]
    body = {"terms": rows, "after": after, "instead": instead}
    comes(peer, kinds.PRESIDENCY, kinds.TERMS_KEY, body, **more)


def today() -> date:
    """The day it is."""
    return clock.now().date()


def days(n: int) -> timedelta:
    """So many days."""
    return timedelta(days=n)
