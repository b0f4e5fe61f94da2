"""The door of the gazette: what one state, or the secretariat, publishes for all.

A room registers a kind of entry (`EntryKind`, a line in `config/wiring.GAZETTE_KINDS`), publishes
under it, and reads what every owner says. It travels signed to every node and is kept there.
"""

from __future__ import annotations

from ayni.gazette.comparing import compare
from ayni.gazette.errors import (
    EndsBeforeItBegins,
    NoKeys,
    NoMoreLines,
    NoMoreRoom,
    NoMoreVersions,
    NotComparedYet,
    NothingToWithdraw,
    NotItsOwner,
    NotOfItsForm,
    StaleEntry,
    UnknownEntryKind,
)
from ayni.gazette.holders import holders
from ayni.gazette.kinds import EntryKind
from ayni.gazette.publishing import publish, withdraw
from ayni.gazette.reading import (
    Mark,
    Published,
    current,
    histories,
    history,
    mark,
    one,
    published,
)
from ayni.gazette.rules import Line, Owner, Said, closed, counts_on
from ayni.gazette.verifying import Fault, Holding, in_groups, verify

__all__ = [
    "EndsBeforeItBegins",
    "EntryKind",
    "Fault",
    "Holding",
    "Line",
    "Mark",
    "NoKeys",
    "NoMoreLines",
    "NoMoreRoom",
    "NoMoreVersions",
    "NotComparedYet",
    "NotItsOwner",
    "NotOfItsForm",
    "NothingToWithdraw",
    "Owner",
    "Published",
    "Said",
    "StaleEntry",
    "UnknownEntryKind",
    "closed",
    "compare",
    "counts_on",
    "current",
    "histories",
    "history",
    "holders",
    "in_groups",
    "mark",
    "one",
    "publish",
    "published",
    "verify",
    "withdraw",
]
