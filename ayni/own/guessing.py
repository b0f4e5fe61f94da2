"""Wrong numbers are slowed down per place, so that nobody can lock out everybody.

A number has 60 random bits; ten tries a quarter of an hour find none.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from ayni.lib import pace
from ayni.own.errors import TooManyTries
from ayni.own.models import WrongTry
from ayni.vault import api as vault

TRIES = 10
WITHIN = timedelta(minutes=15)


def _token(address: str) -> bytes:
    return vault.search_token("own.place", pace.place(address))


def check(address: str, now: datetime) -> None:
    """Raise `TooManyTries` for a place from which too many wrong numbers came."""
    recent = WrongTry.objects.filter(place=_token(address), at__gt=now - WITHIN)
    if recent.count() >= TRIES:
        raise TooManyTries


def note(address: str, now: datetime) -> None:
    """Keep that a wrong number came from there; forget what is older."""
    WrongTry.objects.filter(at__lte=now - WITHIN).delete()
    WrongTry.objects.create(place=_token(address), at=now)
