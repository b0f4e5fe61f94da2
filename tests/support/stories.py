"""What states ask and offer in the tests; what Bolivia and the secretariat publish. Invented."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import keeping
from ayni.lib import clock
from ayni.members import api as members
from ayni.support import api as support
from ayni.support.standing import Kind
from tests.cast import an_institution, an_officer
from tests.exchange.peer import Peer
from tests.gazette.notices import an_entry, arrive

KEY = "a" * 16  # of what Bolivia asks
FIVE_DAYS = timedelta(days=5)
LATER = "2099-01-01T00:00:00Z"

_SHELTER: dict[str, Any] = {
    "accepted": {"state": "", "terms": 0, "at": "", "due": ""},
    "by": "",
    "city": "Villazón",
    "closed": {"at": "", "reason": ""},
    "confirmed_at": "",
    "country": "bo",
    "language": "",
    "offer_due": LATER,
    "terms": 1,
    "text": "Una plaza para tres noches.",
    "what": "shelter",
}


def paula() -> members.User:
    """Argentina's focal point."""
    role = members.Role.NATIONAL_FOCAL_POINT
    return an_officer("paula", an_institution("ar-programme"), role)


def asked(**changed: Any) -> support.Asked:
    """An interpreter for Quechua in Salta."""
    told: dict[str, Any] = {
        "what": "interpreter",
        "country": "ar",
        "city": "Salta",
        "language": "qu",
        "until": None,
        "text": "Dos horas, una entrevista.",
    }
    return support.Asked(**{**told, **changed})


def ask(by: Actor, **changed: Any) -> support.Need:
    """Argentina asks; what stands then."""
    key = support.new_key()
    support.ask(by=by, key=key, asked=asked(**changed))
    return support.need("ar", key)


def again(need: support.Need) -> support.Need:
    """The same need as it stands now."""
    return support.need(need.owner, need.key)


def they_offer(peer: Peer, need: support.Need, version: int = 1, **changed: Any) -> support.Need:
    """A peer's state offers, and its word comes here; what stands then."""
    body = {
        "answer_due": LATER,
        "by": "",
        "confirm_due": "",
        "delivered_at": "",
        "need_terms": need.body["terms"],
        "offered_at": clock.isoformat(clock.now()),
        "taken_back_at": "",
        "terms": 1,
        "text": "Intérprete del Consulado General.",
        **changed,
    }
    entry = an_entry(peer, kind=Kind.OFFER.value, key=need.ref, version=version, body=body)
    arrive(entry, sender=peer.node)
    return again(need)


def they_deliver(peer: Peer, need: support.Need, version: int = 2) -> support.Need:
    """The same state says that it delivered what it offered."""
    offer = need.offer_of(peer.node)
    assert offer is not None
    now = clock.isoformat(clock.now())
    done = {**offer.body, "delivered_at": now, "confirm_due": LATER}
    return they_offer(peer, need, version, **done)


def kept_here() -> None:
    """What Bolivia asks, as if it had come: for tests without another node."""
    now = clock.isoformat(clock.now())
    body = {
        "at": now,
        "body": {**_SHELTER, "asked_at": now},
        "format": 1,
        "key": KEY,
        "kind": Kind.NEED.value,
        "node": "bo",
        "sheet": 1,
        "valid_from": "",
        "valid_until": "",
        "version": 1,
        "withdrawn": False,
    }
    subject = keeping.locked(owner="bo", kind=Kind.NEED.value, key=KEY)
    by = audit.job("tests")
    keeping.keep({"body": body, "signatures": []}, "0" * 64, by=by, source="bo", subject=subject)


def they_ask(peer: Peer, version: int = 1, *, at: str = "", **changed: Any) -> support.Need:
    """Bolivia asks for a shelter place in Villazón; what stands then."""
    body = {
        **_SHELTER,
        "asked_at": clock.isoformat(clock.now()),
        **changed,
    }
    told = {"at": at} if at else {}
    arrive(an_entry(peer, kind=Kind.NEED.value, key=KEY, version=version, body=body, **told))
    return support.need("bo", KEY)


def they_accept(peer: Peer, version: int = 2, *, terms: int = 1) -> support.Need:
    """Bolivia accepts what Argentina offers."""
    now = clock.isoformat(clock.now())
    taken = {"state": "ar", "terms": terms, "at": now, "due": LATER}
    return they_ask(peer, version, asked_at=now, accepted=taken)


def brokered(peer: Peer, need: support.Need, version: int = 1, **told: Any) -> support.Need:
    """The secretariat's word comes here."""
    now = clock.isoformat(clock.now())
    body = {name: dict.fromkeys(told.get(name, ()), now) for name in ("proposed", "reminded")}
    entry = an_entry(peer, kind=Kind.BROKERING.value, key=need.ref, version=version, body=body)
    arrive(entry, sender=peer.node)
    return again(need)
