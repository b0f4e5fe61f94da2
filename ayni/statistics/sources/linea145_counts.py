"""What the hotline's records add to the tallies of their institution."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, Count, Max, Q, Value, When
from django.db.models.functions import ExtractYear

from ayni.audit.api import Actor
from ayni.members import api as members
from ayni.statistics.figures import persons_of, reports_of
from ayni.statistics.linea145 import SOURCE, ZONE
from ayni.statistics.models import Load
from ayni.statistics.sources import tallies
from ayni.statistics.sources.tallies import Counts
from ayni.vault import api as vault

_DAY = timedelta(days=1)
_WAIT = Case(
    When(first__id__isnull=True, then=Value("none")),
    When(days__isnull=True, then=Value("undated")),
    When(days__lt=timedelta(0), then=Value("before")),
    When(days__lte=_DAY, then=Value("next_day")),
    default=Value("later"),
)
_ANONYMOUS = {True: "yes", False: "no", None: "unknown"}
# HTCDS 2.0 `prs_Gender`, as the reading of the files gives it.
_SEXES = {"Feminine": "female", "Masculine": "male"}
CHILD_UNTIL = 18
_FILES = ("reports", "persons")  # of a load, in this order
_Years = defaultdict[int, Counts]


def refresh(*, by: Actor, now: datetime) -> None:
    """Count the actor's institution's hotline records anew; called when a load has ended."""
    holder = members.institution(by.institution).code
    counted = {"reports": _reports(by), "named": _named(by)}
    tallies.keep(holder, SOURCE, counted, now, _files(by))


def _files(by: Actor) -> tallies.Files | None:
    """What the records came from: the last day of a report, and every file of a load that ended."""
    last = reports_of(by).aggregate(last=Max("received_at"))["last"]
    if last is None:
        return None
    runs = Load.objects.filter(
        institution_id=by.institution, source=SOURCE, ended_at__isnull=False
    ).order_by("ended_at", "id")
    told = [run.files[kind] for run in runs for kind in _FILES if kind in run.files]
    files = [(each["name"], each["digest"]) for each in told]
    return tallies.Files(last.astimezone(ZONE).date(), tuple(dict.fromkeys(files)))


def _reports(by: Actor) -> _Years:
    found: _Years = defaultdict(Counter)
    rows = (
        reports_of(by)
        .filter(~Q(track=""))
        .annotate(year_=ExtractYear("received_at", tzinfo=ZONE), wait_=_WAIT)
        .order_by()
        .values_list("year_", "track", "situation", "anonymous", "wait_")
        .annotate(number=Count("pk", distinct=True))
    )
    for year, track, situation, anonymous, wait, number in rows:
        codes = (track, situation or "unknown", _ANONYMOUS[anonymous], wait)
        found[year][codes] += number
    return found


def _named(by: Actor) -> _Years:
    """Sex and age lie in the sealed part of a person named; nothing of it leaves this function but
    codes."""
    found: _Years = defaultdict(Counter)
    for person in persons_of(by).select_related("notice").iterator(chunk_size=500):
        details = person.unseal(vault.sealer(person.notice.subject), ["details"])["details"]
        told: dict[str, Any] = details if isinstance(details, dict) else {}
        codes = (
            "trafficking",
            person.role,
            person.nationality,
            _SEXES.get(str(told.get("gender", "")), "unknown"),
            _age(told.get("age")),
        )
        found[person.notice.received_at.astimezone(ZONE).year][codes] += 1
    return found


def _age(told: Any) -> str:
    if not isinstance(told, int) or isinstance(told, bool):
        return "unknown"
    return "child" if told < CHILD_UNTIL else "adult"
