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
from typing import Any

from django.db.models import Case, Count, F, IntegerField, QuerySet, Value, When, Window
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


def _most() -> Case:
    """How many lines of its kind an owner has at most, of each line."""
    named = [When(kind=kind, then=Value(each.lines)) for kind, each in limits().items() if kind]
    usual = Value(limits()[""].lines)
    return Case(*named, default=usual, output_field=IntegerField())


def _placed(lines: QuerySet[Subject]) -> QuerySet[Any]:
    """Lines with the `place` of each among all of its owner and kind, and the last one that counts
    (`most`): the one question that says what is set aside. `lines` are all of an owner and kind, or
    none: a place is counted among those that are asked."""
    # Byte by byte, whatever language the database of a node sorts by.
    by_key = Collate(F("key"), "C").asc()
    of = [F("owner"), F("kind")]
    return lines.annotate(place=Window(RowNumber(), partition_by=of, order_by=by_key), most=_most())


def within(rows: QuerySet[Entry], kind: str, owners: Iterable[str] = ()) -> QuerySet[Entry]:
    """Of entries of a kind (of some owners) those that are not set aside; asked with them, in the
    same question."""
    lines = Subject.objects.filter(kind=kind)
    asked = sorted(set(owners))
    if asked:
        lines = lines.filter(owner__in=asked)
    counting = _placed(lines).filter(place__lte=F("most")).values("id")
    return rows.filter(version__lte=limit_for(kind).versions, subject__in=counting)


def aside_of(subjects: Iterable[Subject]) -> frozenset[int]:
    """Which of these lines are set aside, by their rows: their owners have more of their kinds than
    they may. Asked once for all of them."""
    asked = list(subjects)
    lines = Subject.objects.filter(
        owner__in={each.owner for each in asked}, kind__in={each.kind for each in asked}
    )
    over = _placed(lines).filter(place__gt=F("most")).values("id")
    rows = Subject.objects.filter(id__in=[each.id for each in asked]).filter(id__in=over)
    return frozenset(rows.values_list("id", flat=True))


def set_aside(of: Iterable[tuple[str, str]] | None = None) -> dict[tuple[str, str], int]:
    """How many lines are set aside: (owner, kind) -> number; of all, or of these alone."""
    rows = Subject.objects.filter(entries__isnull=False)
    asked = None if of is None else set(of)
    if asked is not None:
        owners, kinds = {owner for owner, _ in asked}, {kind for _, kind in asked}
        rows = rows.filter(owner__in=owners, kind__in=kinds)
    lines = rows.values("owner", "kind").annotate(n=Count("id", distinct=True), most=_most())
    over = lines.filter(n__gt=F("most")).order_by("owner", "kind")
    found = {(row["owner"], row["kind"]): row["n"] - row["most"] for row in over}
    return {at: n for at, n in found.items() if asked is None or at in asked}


def has_room(*, owner: str, kind: str) -> bool:
    """Whether an owner may begin another line of a kind."""
    lines = Subject.objects.filter(owner=owner, kind=kind, entries__isnull=False)
    return lines.distinct().count() < limit_for(kind).lines
