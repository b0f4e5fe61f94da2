"""How much one member may publish, read from `data/limits.yaml`; and which lines are over it.

Whoever publishes more is refused on its own node. What comes from another is kept and shown as set
aside: rooms do not read it. Which lines those are depends on what is held and not on the order in
which it came, so that every node that holds the same sets the same aside: the first by their keys
count.

Lines that are taken back, and those that were only ever signed by keys which their owner has
revoked since, take no place of those that stand: whoever held a stolen key for an hour would else
have used them up for good. They are counted among themselves, with the same limit, so that they
cannot fill the rooms either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from django.db.models import (
    Case,
    Count,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
    When,
    Window,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Collate, RowNumber
from ruamel.yaml import YAML

from ayni.exchange import api as exchange
from ayni.gazette import rules
from ayni.gazette.models import Entry, Subject
from ayni.gazette.rules import Among
from ayni.lib.errors import Misconfigured

STATUSES = ("norm", "practice", "platform-proposed")
# Which lines are asked about: fields of `Subject`, as Django's `filter` takes them.
Lines = Mapping[str, Any]


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


def _most(what: str, kind: str = "kind") -> Case:
    """`lines`, how many of its kind an owner has at most, or `versions`, of one of them; `kind`:
    where its kind stands."""
    found = limits().items()
    named = [When(**{kind: name}, then=Value(getattr(each, what))) for name, each in found if name]
    usual = Value(getattr(limits()[""], what))
    return Case(*named, default=usual, output_field=IntegerField())


def _inside() -> QuerySet[Any]:
    """Entries that are within the limit of their line, as `rules.is_within` says it."""
    rows = Entry.objects.annotate(most=_most("versions", "subject__kind"))
    return rows.filter(Q(version__lte=F("most")) | Q(version=F("most") + 1, withdrawn=True))


def _ended(of: Lines) -> QuerySet[Any]:
    """The lines that are taken back: of the versions within the limit that are reached the highest
    one says so, and no other body under it says something else (`rules.among`). Only of those that
    are asked about: what others have taken back costs nothing."""
    asked = {f"subject__{name}": value for name, value in of.items()}
    line = {"subject": OuterRef("subject")}
    here, step = OuterRef("version"), rules.MOST_MISSING + 1
    other = _inside().filter(**line, version=here, withdrawn=False)
    later = _inside().filter(**line, version__gt=here, version__lte=here + step)
    before = Entry.objects.filter(**line, version__lt=here, version__gte=here - step)
    broken = Entry.objects.filter(**line, version__lte=here, version__gt=step)
    broken = broken.filter(~Exists(before))
    rows = _inside().filter(withdrawn=True, **asked)
    return rows.filter(~Exists(other), ~Exists(later), ~Exists(broken)).values("subject")


def _revoked_only() -> Q:
    """Lines of which every version is signed by a key that its owner has revoked since."""
    name = Func(
        OuterRef("owner"),
        Cast("sheet", TextField()),
        template="(%(expressions)s)",
        arg_joiner=" || ':' || ",
        output_field=TextField(),
    )
    signed = Entry.objects.filter(subject=OuterRef("pk")).alias(signed_by=name)
    trusted = signed.exclude(signed_by__in=exchange.revoked_names())
    return Q(Q(owner__in=exchange.revoking_nodes()), ~Exists(trusted))


def _among(of: Lines) -> Case:
    """Among which lines each of these is counted, as `rules.among` says it."""
    return Case(
        When(id__in=_ended(of), then=Value(int(Among.ENDED))),
        When(_revoked_only(), then=Value(int(Among.REVOKED))),
        default=Value(int(Among.STANDING)),
        output_field=IntegerField(),
    )


def _of(pairs: Iterable[tuple[str, str]]) -> Lines:
    """Lines of these owners and of these kinds; more than these pairs, but all of each."""
    asked = set(pairs)
    return {
        "owner__in": sorted({owner for owner, _kind in asked}),
        "kind__in": sorted({kind for _owner, kind in asked}),
    }


def _placed(of: Lines) -> QuerySet[Any]:
    """Lines with the `place` of each among all of its owner and kind that are counted with it, and
    the last one that counts (`most`): the one question that says what is set aside. `of` names all
    of an owner and kind, or none: a place is counted among those that are asked."""
    # Byte by byte, whatever language the database of a node sorts by.
    by_key = Collate(F("key"), "C").asc()
    alike = [F("owner"), F("kind"), F("among")]
    place = Window(RowNumber(), partition_by=alike, order_by=by_key)
    lines = Subject.objects.filter(**of).annotate(among=_among(of))
    return lines.annotate(place=place, most=_most("lines"))


def _counting(of: Lines) -> QuerySet[Any]:
    """Of these lines those that are not set aside."""
    return _placed(of).filter(place__lte=F("most")).values("id")


_KIND = "?kind"


def _owner(number: int) -> str:
    return f"?owner:{number}"


@cache
def _written(owners: int) -> tuple[str, tuple[Any, ...]]:
    """`_counting` of one kind (of so many owners; 0: of all) in SQL, with its parameters, in which
    `_KIND` and `_owner` stand for what is asked about. Django takes 40 ms to write it, and a page
    of the work agenda asks it about eight times: it is written once."""
    of: dict[str, Any] = {"kind": _KIND}
    if owners:
        of["owner__in"] = [_owner(number) for number in range(owners)]
    written: tuple[str, tuple[Any, ...]] = _counting(of).query.sql_with_params()
    return written


def counting(kind: str, owners: Iterable[str] = ()) -> tuple[str, list[Any]]:
    """The lines of a kind (of some owners) that are not set aside, as SQL with its parameters."""
    asked = sorted(set(owners))
    sql, params = _written(len(asked))
    named = {_KIND: kind, **{_owner(number): each for number, each in enumerate(asked)}}
    return sql, [named.get(each, each) if isinstance(each, str) else each for each in params]


def within(rows: QuerySet[Entry], kind: str, owners: Iterable[str] = ()) -> QuerySet[Entry]:
    """Of entries of a kind (of some owners) those that are not set aside; asked with them, in the
    same question."""
    last = limit_for(kind).versions
    inside = Q(version__lte=last) | Q(version=last + 1, withdrawn=True)
    # Written by Django from this file's own words; names travel as parameters.
    return rows.filter(inside, subject__in=RawSQL(*counting(kind, owners)))  # noqa: S611


def aside_of(subjects: Iterable[Subject]) -> frozenset[int]:
    """Which of these lines are set aside, by their rows: their owners have more of their kinds than
    they may. Asked once for all of them."""
    asked = list(subjects)
    over = (
        _placed(_of((each.owner, each.kind) for each in asked))
        .filter(place__gt=F("most"))
        .values("id")
    )
    rows = Subject.objects.filter(id__in=[each.id for each in asked]).filter(id__in=over)
    return frozenset(rows.values_list("id", flat=True))


def set_aside(of: Iterable[tuple[str, str]] | None = None) -> dict[tuple[str, str], int]:
    """How many lines are set aside: (owner, kind) -> number; of all, or of these alone."""
    asked = None if of is None else set(of)
    lines_of = {} if asked is None else _of(asked)
    rows = Subject.objects.filter(entries__isnull=False, **lines_of)
    counted = rows.annotate(among=_among(lines_of), most=_most("lines"))
    lines = counted.values("owner", "kind", "among", "most").annotate(n=Count("id", distinct=True))
    found: dict[tuple[str, str], int] = {}
    for row in lines.filter(n__gt=F("most")).order_by("owner", "kind", "among"):
        at = row["owner"], row["kind"]
        if asked is None or at in asked:
            found[at] = found.get(at, 0) + row["n"] - row["most"]
    return found


def takes_place(subject: Subject) -> bool:
    """Whether a line takes one of the places of its owner now: something of it is held, it is not
    taken back, and not all of it is signed by keys that are revoked."""
    of: Lines = {"id": subject.id}
    row = Subject.objects.filter(entries__isnull=False, **of).annotate(among=_among(of))
    return row.filter(among=int(Among.STANDING)).exists()


def has_room(*, owner: str, kind: str) -> bool:
    """Whether an owner may have one more line of a kind that stands."""
    of: Lines = {"owner": owner, "kind": kind}
    lines = Subject.objects.filter(entries__isnull=False, **of)
    standing = lines.annotate(among=_among(of)).filter(among=int(Among.STANDING))
    return standing.distinct().count() < limit_for(kind).lines
