"""Handling codes: who may see what was sent, its onward use, until when. Pure.

They travel sealed inside the payload, under the name `handling`, and the receiver's software holds
to them. A code that this version does not know is refused with the message, never read as a
permission. Without codes what the protocol and the consents say is all that binds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from ayni.lib import clock

NAME = "handling"
# The names of it, each a text; `until` may be empty.
_NAMES = frozenset({"see", "onward", "until"})


class See(StrEnum):
    """Who of the receiving institution may read it."""

    INSTITUTION = "institution"  # every officer whose role reads such messages
    HANDLER = "handler"  # only the officer who has taken it on


class Onward(StrEnum):
    """To whom the receiver may pass on what it learned by it, each time under a consent."""

    CONSENT = "consent"  # to whomever a consent names
    STATE = "state"  # to institutions of the receiver's own state only
    NONE = "none"  # to nobody; back to the sender is not onward


@dataclass(frozen=True, slots=True)
class Handling:
    """The codes of one message. `until`: from this moment on nobody may read it."""

    see: See = See.INSTITUTION
    onward: Onward = Onward.CONSENT
    until: datetime | None = None

    def to_json(self) -> dict[str, str]:
        """As it travels."""
        until = "" if self.until is None else clock.isoformat(self.until)
        return {"see": self.see.value, "onward": self.onward.value, "until": until}

    @classmethod
    def from_json(cls, told: Any) -> Handling:
        """The inverse of `to_json`. Raises ValueError for anything else, also for a code of a
        later version."""
        if not isinstance(told, Mapping) or set(told) != _NAMES:
            raise ValueError(NAME)
        if not all(isinstance(value, str) for value in told.values()):
            raise ValueError(NAME)
        until = clock.parse(told["until"]) if told["until"] else None
        return cls(See(told["see"]), Onward(told["onward"]), until)

    @classmethod
    def of(cls, payload: Mapping[str, Any]) -> Handling:
        """The codes of a payload that was checked; the widest ones if it names none."""
        return cls.from_json(payload[NAME]) if NAME in payload else cls()

    def over(self, now: datetime) -> bool:
        """Whether its time is over: nobody may read it any more."""
        return self.until is not None and now >= self.until

    def lets_see(self, *, reader: str, handler: str, now: datetime) -> bool:
        """Whether this reader may see the content; `handler` is who has taken it on, or empty."""
        if self.over(now):
            return False
        return self.see is not See.HANDLER or (handler != "" and reader == handler)

    def lets_go_on(self, *, to: str, here: str, sender: str) -> bool:
        """Whether what was received with these codes from `sender` (a state) by the state `here`
        may leave to the state `to`; time plays no part: what is over stays unsaid."""
        if to == sender:
            return True
        if self.onward is Onward.STATE:
            return to == here
        return self.onward is Onward.CONSENT


@dataclass(frozen=True, slots=True)
class Allowed:
    """Which handling codes a kind of message may carry; its registration says so. `until`: whether
    it may end."""

    see: frozenset[See] = frozenset(See)
    onward: frozenset[Onward] = frozenset(Onward)
    until: bool = True

    def check(self, told: Any) -> Handling:
        """The codes, if a message of the kind may carry them. Raises ValueError with the place."""
        try:
            handling = Handling.from_json(told)
        except ValueError:
            raise ValueError(NAME) from None
        if handling.see not in self.see:
            raise ValueError(f"{NAME}/see")
        if handling.onward not in self.onward:
            raise ValueError(f"{NAME}/onward")
        if handling.until is not None and not self.until:
            raise ValueError(f"{NAME}/until")
        return handling
