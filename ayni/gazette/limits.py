"""How much one member may publish, read from `data/limits.yaml`; and which lines are over it.

Whoever publishes more is refused on its own node. What comes from another is kept and shown as set
aside: rooms do not read it. Which lines those are depends on what is held and not on the order in
which it came, so that every node that holds the same sets the same aside: the first by their keys
count.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import Collate, RowNumber
from ruamel.yaml import YAML

from ayni.gazette.models import Entry, Subject
from ayni.lib.errors import Misconfigured

STATUSES = ("norm", "practice", "platform-proposed")


@dataclass(frozen=True, slots=True)
class Limit:
    """How many lines of a kind one owner has at most, and versions of one line; where it stands."""

    kind: str
    lines: int
    versions: int
    status: str
    source: str


@cache
def limits() -> Mapping[str, Limit]:
    """All limits by kind; the empty one is the usual. Raises `Misconfigured` for one that cannot
    be."""
    path = Path(__file__).parent / "data" / "limits.yaml"
    rows = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))["limits"]
    found = {row["kind"]: Limit(**row) for row in rows}
    if "" not in found or len(found) != len(rows):
        raise Misconfigured("limits.yaml: the usual limit is missing, or one stands twice")
    for each in found.values():
        if each.lines < 1 or each.versions < 1 or each.status not in STATUSES or not each.source:
            raise Misconfigured(f"limits.yaml: {each.kind}")
    return found


def limit_for(kind: str) -> Limit:
    """The limit for a kind, else the usual one."""
    found = limits()
    return found.get(kind) or found[""]


def cuts(kind: str, owners: Iterable[str] = ()) -> dict[str, str]:
    """Of each owner that has more lines of a kind than it may: the first key that is set aside."""
    most = limit_for(kind).lines
    rows = Subject.objects.filter(kind=kind)
    asked = sorted(set(owners))
    if asked:
        rows = rows.filter(owner__in=asked)
    many = rows.values("owner").annotate(n=Count("id")).filter(n__gt=most).order_by("owner")
    found = {}
    for owner in many.values_list("owner", flat=True):
        lines = Subject.objects.filter(kind=kind, owner=owner)
        # Byte by byte, whatever language the database of a node sorts by.
        keys = lines.order_by(Collate(F("key"), "C").asc()).values_list("key", flat=True)
        found[owner] = keys[most]
    return found


def within(rows: QuerySet[Entry], kind: str, owners: Iterable[str] = ()) -> QuerySet[Entry]:
    """Of entries of a kind (of some owners) those that are not set aside; asked with them, in the
    same question."""
    limit, lines = limit_for(kind), Subject.objects.filter(kind=kind)
    asked = sorted(set(owners))
    if asked:
        lines = lines.filter(owner__in=asked)
    by_key = Collate(F("key"), "C").asc()
    place = Window(RowNumber(), partition_by=[F("owner")], order_by=by_key)
    first = lines.annotate(place=place).filter(place__lte=limit.lines).values("id")
    return rows.filter(version__lte=limit.versions, subject__in=first)


def is_aside(subject: Subject) -> bool:
    """Whether a line is set aside: its owner has more of its kind than it may."""
    cut = cuts(subject.kind, [subject.owner]).get(subject.owner)
    return cut is not None and subject.key >= cut


def set_aside() -> dict[tuple[str, str], int]:
    """How many lines are set aside: (owner, kind) -> number, of all owners and kinds."""
    found = {}
    rows = Subject.objects.filter(entries__isnull=False).values("owner", "kind")
    for row in rows.annotate(n=Count("id", distinct=True)).order_by("owner", "kind"):
        over = row["n"] - limit_for(row["kind"]).lines
        if over > 0:
            found[row["owner"], row["kind"]] = over
    return found


def has_room(*, owner: str, kind: str) -> bool:
    """Whether an owner may begin another line of a kind."""
    lines = Subject.objects.filter(owner=owner, kind=kind, entries__isnull=False)
    return lines.distinct().count() < limit_for(kind).lines
