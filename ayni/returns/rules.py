"""A joint assessment: two institutions, two signatures, one no is no, and it ends. Pure: `now` is
an argument.

Step 5.2 of the protocol (IOM Risk Assessment Matrix: assessed jointly by partners in destination
and origin).
Severity by likelihood is UNODC's (module 5); a very high risk stops a return (step 4.1).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from ayni.returns.errors import NotAnEnd, RiskForbids, Signed

STEP = "5.2"
AT_RISK = ("person", "family_at_home", "other_victims", "staff")
SEVERITIES = ("minor", "serious", "very_serious", "life")
LIKELIHOODS = ("unlikely", "possible", "likely", "almost_certain")
# A proposal, no source: what two states saw is old after this, and is looked at again.
LONGEST = timedelta(days=30)
SHORTEST = timedelta(hours=1)


class Answer(StrEnum):
    """What an institution signs; empty in a row: it has not."""

    YES = "yes"
    NO = "no"


class Standing(StrEnum):
    """How an assessment stands."""

    DRAFT = "draft"
    OURS = "waits_for_us"
    THEIRS = "waits_for_them"
    BOTH_YES = "both_yes"
    NO = "a_no"
    OVER = "over"
    STOPPED = "stopped"


class WhyStopped(StrEnum):
    """Why an assessment does not stand any more. `BY_SENDER`: the other side stopped it, and keeps
    to itself why."""

    WITHDRAWN = "withdrawn"
    EXPIRED = "consent_over"
    BY_SENDER = "by_sender"


def standing(
    *, ours: str, theirs: str, sent: bool, until: datetime, now: datetime, stopped: bool = False
) -> Standing:
    """How it stands. One no is no, also after its end: a no does not run out, and is not undone by
    the end of a consent."""
    if Answer.NO in (ours, theirs):
        return Standing.NO
    if stopped:
        return Standing.STOPPED
    if until <= now:
        return Standing.OVER
    if not sent:
        return Standing.DRAFT
    if ours and theirs:
        return Standing.BOTH_YES
    return Standing.THEIRS if ours else Standing.OURS


def check_answer(before: str, answer: Answer, levels: Iterable[str]) -> None:
    """A no is final, a yes can still become a no. Raises `Signed`, and `RiskForbids` for a yes
    while the risk of anybody is very high."""
    if before == Answer.NO or before == answer:
        raise Signed
    if answer is Answer.YES and "very_high" in set(levels):
        raise RiskForbids


def check_until(until: datetime, now: datetime) -> None:
    """It ends, ahead and not too far. Raises `NotAnEnd`."""
    if not now + SHORTEST <= until <= now + LONGEST:
        raise NotAnEnd
