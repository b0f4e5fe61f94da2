"""What anybody may read of the work agenda: of each commitment that the plenary has marked public,
what is to be done, which state is responsible, its last day, and how it stands. Nothing else: no
office, no word of a state, no objective, and no number that counts the others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from ayni.agenda import kinds, reading, work, work_kinds
from ayni.agenda.commitments import Status
from ayni.agenda.withdrawals import WITHDRAWAL
from ayni.gazette import api as gazette

Marks = tuple[gazette.Mark, ...]
_MADE_OF = (
    kinds.PRESIDENCY, work_kinds.OBJECTIVE, work_kinds.COMMITMENT, work_kinds.PROGRESS, WITHDRAWAL
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Public:
    """One commitment as anybody may read it."""

    title: str
    state: str
    due: date
    status: Status


def public_commitments(day: date) -> tuple[Public, ...]:
    """What the plenary has marked public, as it stands on a day, by state and last day. Worked out
    once while nothing comes: whoever asks is not known, and may ask often."""
    return _public(day, tuple(gazette.mark(kind=kind) for kind in _MADE_OF))


@lru_cache(maxsize=2)
def _public(day: date, _marks: Marks) -> tuple[Public, ...]:
    found = [
        Public(each.said.title, each.said.state, each.said.due, each.standing.status)
        for each in work.commitments(day, reading.presidencies())
        if each.said.public
    ]
    return tuple(sorted(found, key=lambda each: (each.state, each.due, each.title)))
