"""What is held, as it is shown: whether an entry counts is worked out when it is read, so that an
entry of a kind that this node has learnt meanwhile counts from then on."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Count, Max
from django.utils.translation import gettext_lazy as _

from ayni.exchange import api as exchange
from ayni.gazette import keeping, kinds, limits, rules
from ayni.gazette.errors import UnknownEntryKind
from ayni.gazette.models import Entry, Subject
from ayni.gazette.rules import Line, Said
from ayni.lib.errors import Refused, Text

log = logging.getLogger("ayni.gazette")
PAGE = 25
Mark = tuple[int, int, int]
_BEYOND = _("Too many numbers before it have not come. It does not count until they do.")
_ASIDE = _(
    "Set aside: its owner has published more of these than one member may. It is kept here, and "
    "does not count."
)
_UNREADABLE = _("This node cannot read it.")
_NO_DAY = _("It names a day that does not exist.")


@dataclass(frozen=True, slots=True)
class Published:
    """The highest version of a line; of two bodies under it the same one on every node.

    `known`: some room here knows its kind; `problem`: why it does not count although it is kept,
    empty if there is nothing against it; `line`: which versions are missing or contradict each
    other; `source`: the node that brought it."""

    said: Said
    known: bool
    problem: Text
    line: Line
    source: str
    received: datetime
    digest: str

    @property
    def counts(self) -> bool:
        """Whether a room may build on it: of a known kind, nothing against it, not contradicted.
        One that is taken back counts as such."""
        return self.known and not self.problem and not self.line.contested


def current(*, kind: str, owner: str = "") -> list[Published]:
    """The highest version of every line of a kind (of one owner), by owner and key, whether or not
    it counts; without what is set aside."""
    rows = Entry.objects.filter(subject__kind=kind)
    if owner:
        rows = rows.filter(subject__owner=owner)
    return list(_lines(limits.within(rows, kind, [owner] if owner else [])))


def one(*, owner: str, kind: str, key: str) -> Published | None:
    """The highest version of one line; None if nothing of it is here."""
    rows = Entry.objects.filter(subject__owner=owner, subject__kind=kind, subject__key=key)
    return next(_lines(rows, asks=True), None)


def of_subject(subject: Subject) -> Published | None:
    """The same of a row."""
    return next(_lines(subject.entries.all()), None)


def history(*, owner: str, kind: str, key: str) -> list[Published]:
    """Every version held of one line, the newest first; of two under one version both."""
    rows = Entry.objects.filter(subject__owner=owner, subject__kind=kind, subject__key=key)
    entries = list(rows.order_by("-version", "id").select_related("subject"))
    line, aside = _line(entries), bool(limits.aside_of(each.subject for each in entries[:1]))
    return [_published(each, line, aside=aside) for each in entries]


def mark(*, kind: str) -> Mark:
    """Three numbers that change whenever anything of a kind is kept, and whenever somebody revokes
    a key, as other lines may count then: neither entries nor revocations are ever removed. The
    first is how many entries there are; while there are none, all are 0."""
    found = Entry.objects.filter(subject__kind=kind).aggregate(
        n=Count("id"), last=Max("id"), revoked=Max(exchange.revocations())
    )
    return found["n"], found["last"] or 0, found["revoked"] or 0


def published(*, owner: str = "", page: int = 1, size: int = PAGE) -> Page[Any]:
    """A page of `Published`, of every kind and line, what came last first."""
    lines = Subject.objects.annotate(last=Max("entries__id")).filter(last__isnull=False)
    if owner:
        lines = lines.filter(owner=owner)
    pages: Paginator[Any] = Paginator(lines.order_by("-last"), size)
    found = pages.get_page(page)
    rows = Entry.objects.filter(subject__in=[row.id for row in found.object_list])
    by_row = {
        (p.said.owner, p.said.kind, p.said.key): p for p in _lines(rows, beyond=True, asks=True)
    }
    found.object_list = [by_row[row.owner, row.kind, row.key] for row in found.object_list]
    return found


def _lines(rows: Any, *, beyond: bool = False, asks: bool = False) -> Iterator[Published]:
    """The highest version of each line that can count; with `beyond` also of lines in which none
    can, as the numbers before it have not come. `asks`: whether a line is set aside is asked too,
    as the rows may be of one that is; then they are few."""
    ordered = rows.select_related("subject").order_by(
        "subject__owner", "subject__key", "subject__kind", "version", "digest"
    )
    aside_lines = limits.aside_of({each.subject for each in ordered}) if asks else frozenset()
    for _subject, some in groupby(ordered, key=lambda each: each.subject_id):
        entries: list[Entry] = list(some)
        line = _line(entries)
        within = [each for each in entries if each.version <= line.latest and _inside(each)]
        if within or beyond:
            aside = entries[0].subject_id in aside_lines
            yield _published((within or entries)[-1], line, aside=aside)


def _line(entries: list[Entry]) -> Line:
    most = limits.limit_for(entries[0].subject.kind).versions if entries else rules.MOST_VERSIONS
    back = {each.digest for each in entries if each.withdrawn}
    return rules.line([(each.version, each.digest) for each in entries], most=most, back=back)


def _inside(entry: Entry) -> bool:
    most = limits.limit_for(entry.subject.kind).versions
    return rules.is_within(entry.version, withdrawn=entry.withdrawn, most=most)


def _published(entry: Entry, line: Line, *, aside: bool = False) -> Published:
    document = keeping.signed(entry)
    known = True
    problem: Text = ""
    try:
        said = keeping.said(document)
    except ValueError:
        # Kept as it came; without the days that do not exist.
        bare = {**document["body"], "valid_from": "", "valid_until": ""}
        said, problem = keeping.said({"body": bare}), _NO_DAY
    try:
        kinds.registered(said.kind).check_said(said)
    except UnknownEntryKind as unknown:
        known, problem = False, unknown.reason
    except Refused as refusal:
        problem = problem or refusal.reason
    except (KeyboardInterrupt, SystemExit, GeneratorExit):
        raise
    except BaseException:  # a library that panics raises what is no Exception
        # Whatever a member writes, no page and no job of another one ends because of it.
        log.exception("entry not read", extra={"ids": {"entry": entry.id, "owner": said.owner}})
        problem = problem or _UNREADABLE
    if entry.version > line.latest:
        problem = _BEYOND
    if aside or not _inside(entry):
        problem = _ASIDE
    return Published(said, known, problem, line, entry.source, entry.received_at, entry.digest)


def histories(
    *, kind: str, owners: Iterable[str], key: str = ""
) -> dict[tuple[str, str], list[Published]]:
    """Every version held of every line of a kind (of one key) that these owners have, without what
    is set aside: owner and key -> the newest first; of two under one version both."""
    asked = sorted(set(owners))
    rows = Entry.objects.filter(subject__kind=kind, subject__owner__in=asked)
    rows = limits.within(rows, kind, asked)
    if key:
        rows = rows.filter(subject__key=key)
    ordered = rows.select_related("subject").order_by(
        "subject__owner", "subject__key", "-version", "id"
    )
    found = {}
    for subject, some in groupby(ordered, key=lambda each: each.subject):
        entries = list(some)
        line = _line(entries)
        found[subject.owner, subject.key] = [_published(each, line) for each in entries]
    return found
