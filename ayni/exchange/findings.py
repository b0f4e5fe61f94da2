"""What a bundle of evidence shows and what is wrong with it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ayni.exchange import logged


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that does not hold: `where` (`bundle`, `directory 2`, `key sheet bo 3`,
    `message ar 1`), `code`, and `why` in English; a `said.Said` can be said in any language."""

    where: str
    code: str
    why: str


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as its signatures show it. `answer` is the state in the receipt (`applied`,
    `waiting`, `set_aside`), the code of a refusal, or empty where there is none. `bound`: the
    answer names exactly this evidence. `revoked`: the sender revoked this key later on.
    `payload`: what it says, if it is free of personal data and the file shows it."""

    message: str
    sender: str
    sender_institution: str
    recipient: str
    recipient_institution: str
    sequence: int
    kind: str
    created: datetime
    due: datetime | None
    answer: str
    answered: datetime | None
    bound: bool
    revoked: bool
    evidence: str
    commitment: str = ""
    payload: dict[str, Any] | None = None


@dataclass(slots=True)
class Findings:
    """What a bundle shows. `founding` is the digest of the founding directory, to be compared with
    what the founders printed; `missing`: (node, number) of messages that are not in the file,
    with the exporting node's word why, or an empty one; `log`: who stands in which daily head."""

    conversation: str = ""
    node: str = ""
    at: datetime | None = None
    founding: str = ""
    messages: list[Shown] = field(default_factory=list)
    missing: list[tuple[str, int, str]] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    log: logged.Log = field(default_factory=logged.Log)
    problems: list[Problem] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Whether every signature and link holds."""
        return not self.problems

    @property
    def complete(self) -> bool:
        """Whether no number is left out without a reason, and nothing is without an answer."""
        return not self.unanswered and all(why for _node, _number, why in self.missing)
