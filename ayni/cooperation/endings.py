"""When a consent stopped holding, and why: withdrawn, or its time over. Pure.

A consent that was given again before its time was over goes on in the new one: what was received
under the first is held under the second, and ends with it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ayni.cases.api import ConsentView
from ayni.cooperation.vocabulary import Ending


@dataclass(frozen=True, slots=True)
class Ended:
    """Since when nothing holds any more, and how it ended."""

    at: datetime
    cause: Ending


def renews(later: ConsentView, earlier: ConsentView) -> bool:
    """Whether a consent says at least what the other one said: same purpose and receiver, and no
    field less."""
    same = (
        later.purpose == earlier.purpose
        and later.recipient_state == earlier.recipient_state
        and later.recipient_institution == earlier.recipient_institution
    )
    return same and later.fields >= earlier.fields


def _end(consent: ConsentView) -> Ended:
    withdrawn = consent.withdrawn_at
    if withdrawn is not None and withdrawn < consent.valid_until:
        return Ended(withdrawn, Ending.WITHDRAWN)
    return Ended(consent.valid_until, Ending.EXPIRED)


def ended(consent: ConsentView, others: Iterable[ConsentView], now: datetime) -> Ended | None:
    """How the consent ended, and when; None while it holds, or one that renewed it in time does.

    One that was withdrawn is renewed by nothing. A renewal is in time if it was given while the
    former one, or what had renewed it, still held.
    """
    end = _end(consent)
    if end.cause is Ending.EXPIRED:
        renewals = sorted(
            (c for c in others if c.id != consent.id and renews(c, consent)),
            key=lambda c: c.given_at,
        )
        for later in renewals:
            its = _end(later)
            if later.given_at <= end.at < its.at:
                end = its
    return end if end.at <= now else None
