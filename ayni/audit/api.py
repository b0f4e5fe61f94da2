"""The door of audit: record what is done and read, and verify the chain.

`act` opens the transaction of a verb; entries of nested verbs are kept back and appended together
at the outermost end, so that the head row is locked last and for the shortest time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Case, Count, F, Max, Value, When

from ayni.audit.actor import Actor, ActorKind, job, peer
from ayni.audit.appending import append
from ayni.audit.comparing import ALARMING, Finding, explained, two_truths
from ayni.audit.comparing import compare as compare_heads
from ayni.audit.heads import (
    NextHead,
    accepted_heads,
    alarms,
    keep_alarm,
    keep_echo,
    last_signed_at,
    latest_restore,
    mark_seen,
    next_head,
    own_heads,
    signed_today,
)
from ayni.audit.heads import held_of as held_heads
from ayni.audit.heads import keep_own as keep_own_head
from ayni.audit.heads import keep_theirs as keep_their_head
from ayni.audit.models import Alarm, Entry
from ayni.audit.verifying import Broken, Verdict, verify, verify_chain
from ayni.audit.witnessed import Witnessed, verify_heads
from ayni.lib import clock

__all__ = [
    "ALARMING",
    "Act",
    "Actor",
    "ActorKind",
    "Alarm",
    "Broken",
    "Counted",
    "Doing",
    "Finding",
    "NextHead",
    "Verdict",
    "Witnessed",
    "accepted_heads",
    "compare_heads",
    "counted",
    "act",
    "alarms",
    "digest_at",
    "doings",
    "entries_about",
    "entries_of",
    "explained",
    "held_heads",
    "job",
    "keep_alarm",
    "keep_echo",
    "keep_own_head",
    "keep_their_head",
    "last_signed_at",
    "latest_restore",
    "mark_seen",
    "next_head",
    "on_trial",
    "own_heads",
    "peer",
    "read",
    "signed_today",
    "together",
    "Touched",
    "touched",
    "two_truths",
    "verify",
    "verify_chain",
    "verify_heads",
]


@dataclass(slots=True)
class Act:
    """An act under way. `note` adds ids that are known only after the write."""

    by: Actor
    verb: str
    subject: str
    detail: dict[str, str] = field(default_factory=dict)
    at: datetime = field(default_factory=clock.now)

    def note(self, **ids: object) -> None:
        """Add ids and codes, never anything about a person."""
        self.detail.update({key: str(value) for key, value in ids.items()})


class _Pending(threading.local):
    def __init__(self) -> None:
        self.depth = 0
        self.acts: list[Act] = []


_pending = _Pending()


@contextmanager
def act(
    *, by: Actor, verb: str, subject: object, savepoint: object = True, **ids: object
) -> Iterator[Act]:
    """Run a verb in a transaction and record it; nested acts are appended with the outermost.

    `verb` is `<room>.<verb>`, `subject` the id of what is acted upon, `ids` further ids and codes.
    If the body raises, nothing is written and nothing recorded. Without `savepoint` whoever calls
    this in a transaction of its own undoes it: what the body raises must not be caught before that.
    """
    outermost = _pending.depth == 0
    mark = len(_pending.acts)
    if outermost:
        _pending.acts = []
        mark = 0
    _pending.depth += 1
    try:
        with transaction.atomic(savepoint=bool(savepoint)):
            this = Act(by, verb, str(subject), {k: str(v) for k, v in ids.items()})
            _pending.acts.append(this)
            yield this
            if outermost:
                append(_pending.acts)
    except BaseException:
        del _pending.acts[mark:]
        raise
    finally:
        _pending.depth -= 1
        if outermost:
            _pending.acts = []


@contextmanager
def together() -> Iterator[None]:
    """Several verbs in one transaction: their entries are appended together at its end, so that
    the head row is locked once and for the shortest time. A verb that raises leaves no entry."""
    outermost = _pending.depth == 0
    if outermost:
        _pending.acts = []
    _pending.depth += 1
    try:
        with transaction.atomic():
            yield
            if outermost and _pending.acts:
                append(_pending.acts)
    finally:
        _pending.depth -= 1
        if outermost:
            _pending.acts = []


@contextmanager
def on_trial() -> Iterator[Callable[[], None]]:
    """Run something that may have to be undone: whoever calls what is yielded undoes what was
    written inside, and the entries of the verbs with it. So does an error, which goes on."""
    mark = len(_pending.acts)

    def undo() -> None:
        transaction.set_rollback(True)
        del _pending.acts[mark:]

    try:
        with transaction.atomic():
            yield undo
    except BaseException:
        del _pending.acts[mark:]
        raise


def read(*, by: Actor, verb: str, subject: object, **ids: object) -> None:
    """Record that something was opened; if that cannot be written, the opening is refused."""
    with act(by=by, verb=verb, subject=subject, **ids):
        pass


def entries_of(
    *,
    institution: str = "",
    actor_id: str = "",
    verb: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    subjects: Iterable[object] | None = None,
    before: int | None = None,
    limit: int,
) -> list[Entry]:
    """Entries that meet every filter, newest first: on behalf of an institution, of one actor, of
    one verb, from `since` to before `until`, about any of the subjects, numbered below `before`."""
    equal = {"actor_institution": institution, "actor_id": actor_id, "verb": verb}
    ranges = {"at__gte": since, "at__lt": until, "number__lt": before}
    found = Entry.objects.filter(
        **{name: value for name, value in equal.items() if value},
        **{name: value for name, value in ranges.items() if value is not None},
    )
    if subjects is not None:
        found = found.filter(subject__in=[str(subject) for subject in subjects])
    return list(found.order_by("-number")[:limit])


@dataclass(frozen=True, slots=True)
class Counted:
    """How often one actor did one thing. The names are those of an `Entry`."""

    verb: str
    actor_kind: str
    actor_id: str
    actor_role: str
    times: int


def counted(*, institution: str, since: datetime, until: datetime) -> list[Counted]:
    """What was done on behalf of an institution from `since` to before `until`, counted by who and
    what; by the database, so that a busy month costs no more memory than a quiet one."""
    names = ("verb", "actor_kind", "actor_id", "actor_role")
    found = Entry.objects.filter(actor_institution=institution, at__gte=since, at__lt=until)
    rows = found.values_list(*names).annotate(times=Count("number")).order_by(*names)
    return [Counted(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Doing:
    """How often something was done with certain subjects by somebody, and when last. `actor_id`
    is empty for officers: who reads this learns of institutions and nodes, not of persons."""

    verb: str
    actor_kind: str
    actor_id: str
    actor_institution: str
    times: int
    last: datetime


def doings(subjects: Iterable[object]) -> list[Doing]:
    """What was done with these subjects, counted by verb, kind and institution, or by node."""
    names = ("verb", "actor_kind", "who", "actor_institution")
    found = Entry.objects.filter(subject__in=[str(subject) for subject in subjects]).annotate(
        who=Case(When(actor_kind="peer", then=F("actor_id")), default=Value(""))
    )
    rows = found.values_list(*names).annotate(times=Count("number"), last=Max("at"))
    return [Doing(*row) for row in rows.order_by(*names)]


@dataclass(frozen=True, slots=True)
class Touched:
    """How many different subjects one officer touched in one role, and how often in all."""

    actor_id: str
    actor_role: str
    subjects: int
    times: int


def touched(
    *, institution: str, verbs: Iterable[str], since: datetime, until: datetime
) -> list[Touched]:
    """What officers of an institution did by any of these verbs, from `since` to before `until`,
    counted by officer and role."""
    found = Entry.objects.filter(
        actor_kind=ActorKind.USER.value, actor_institution=institution, verb__in=list(verbs),
        at__gte=since, at__lt=until,
    )  # fmt: skip
    names = ("actor_id", "actor_role")
    rows = found.values_list(*names).annotate(
        subjects=Count("subject", distinct=True), times=Count("number")
    )
    return [Touched(*row) for row in rows.order_by(*names)]


def entries_about(*subjects: object, limit: int = 200) -> list[Entry]:
    """What was done with one subject, or with several that belong together, newest first."""
    about = [str(subject) for subject in subjects]
    return list(Entry.objects.filter(subject__in=about).order_by("-number")[:limit])


def digest_at(number: int) -> bytes:
    """The digest of one entry (32 bytes); empty if there is no entry with this number."""
    found = Entry.objects.filter(number=number).values_list("digest", flat=True).first()
    return b"" if found is None else bytes(found)
