"""Indicators of the work agenda: the plenary names one and its target; each state tells its value.

Where a value comes from stands in the wiring table (`config/wiring.INDICATORS`): this room knows
codes only. A state's value is published with what it reports of its commitment, as `measured.py`
lets it be told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ayni.agenda import measured, reading, writing
from ayni.agenda.errors import IndicatorNeeded, TargetNeeded, WrongValue
from ayni.agenda.kinds import BOTH, DAY, WRITTEN, check_written, text
from ayni.agenda.measured import Told
from ayni.agenda.reading import Presidencies
from ayni.agenda.standing import Stands
from ayni.agenda.withdrawals import Of, address, all_versions, check_about, check_exists
from ayni.agenda.wording import day_text
from ayni.agenda.work_kinds import is_key
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.api import Indicator, NotMeasured
from ayni.gazette import api as gazette
from ayni.gazette.api import Owner, Published, Said
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.members.api import Permission

TARGET = "agenda.indicator"
MEASURE = "agenda.measure"
MOST = 100_000  # hours of a target; per cent end at 100
_CODE = re.compile(r"[a-z][a-z_]{1,39}")


def offered() -> list[Indicator]:
    """The indicators that the wiring table offers, in its order."""
    return [import_string(path) for path in settings.AYNI_INDICATORS.values()]


def indicator(code: str) -> Indicator | None:
    """One of them; None where this node does not offer it."""
    path = settings.AYNI_INDICATORS.get(code)
    return import_string(path) if path else None


@dataclass(frozen=True, slots=True)
class Target:
    """What the plenary wants to see: the indicator's `code` (empty: none), the `target` in its
    unit, whether it is the objective's (`inherited`), how the entry stands."""

    code: str
    target: int
    inherited: bool
    stands: Stands


_NOTHING = Target("", 0, inherited=False, stands=Stands(None, broken=False, passed_over=()))


def _read(stands: Stands, *, inherited: bool = False) -> Target:
    if stands.version is None:
        return Target("", 0, inherited, stands)
    body = stands.version.body
    return Target(body["indicator"], body["target"], inherited, stands)


class Targets:
    """What the plenary wants to see of every objective and commitment, read once."""

    def __init__(self, known: Presidencies) -> None:
        self._found = reading.all_of(TARGET, known)

    def own(self, about: Of, key: str) -> Target:
        """Of one objective or commitment itself."""
        stands = self._found.get(about.key(key))
        return _NOTHING if stands is None else _read(stands)

    def of(self, key: str, objective: str) -> Target:
        """Of a commitment: its own, or else that of its objective."""
        own = self.own(Of.COMMITMENT, key)
        above = self._found.get(Of.OBJECTIVE.key(objective))
        if own.code or above is None:
            return own
        return _read(above, inherited=True)


@dataclass(frozen=True, slots=True)
class Value:
    """What a state told of an indicator: `told`, counted from `since`, on the day `on`."""

    code: str
    told: Told
    since: date
    on: date


class Values:
    """What every state told last with its progress, read once: (state, key of commitment)."""

    def __init__(self) -> None:
        self._found = {
            (each.said.owner, each.said.key): each.said.body
            for each in gazette.current(kind=MEASURE)
            if each.counts and not each.said.withdrawn
        }

    def of(self, state: str, key: str, code: str) -> Value | None:
        """What a state told of a commitment, of this indicator; None if it has not."""
        body = self._found.get((state, key))
        if body is None or not code or body["indicator"] != code:
            return None
        told = Told(body["value"], body["cases"])
        days = (date.fromisoformat(body[name]) for name in ("since", "on"))
        return Value(code, told, *days)


def value_now(code: str, *, by: Actor, now: datetime) -> Value | None:
    """What this node's own state comes to now; None if this node does not offer the indicator or
    the actor may not see it. Raises `NotMeasured` where its source does not tell it, with why."""
    found = indicator(code)
    if found is None:
        return None
    try:
        counted = found.measure(by, members.this_node(), now)
    except NotAllowed:
        return None
    least, better = cooperation.LEAST, found.at_least
    told = measured.told(
        counted.value, counted.cases, least=least, at_least=better, hours=found.unit != "percent"
    )
    return Value(code, told, counted.since, now.date())


def set_target(
    *, by: Actor, about: Of, key: str, code: str, target: int, after: str, instead: str = ""
) -> Published:
    """Name the indicator by which an objective or commitment is seen, and its target; an empty
    `code`: none any more. Raises `NotFound`, `IndicatorNeeded`, `TargetNeeded`, and what
    `record_term` raises."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    check_exists(about, key, known)
    found = indicator(code)
    if code and found is None:
        raise IndicatorNeeded
    if found is not None and not 0 < target <= (100 if found.unit == "percent" else MOST):
        raise TargetNeeded
    body: writing.Json = {"indicator": code, "target": target if code else 0}
    with audit.act(by=by, verb="agenda.set_target", subject=key, about=about.value):
        return writing.publish(
            by, TARGET, about.key(key), body, known=known, after=after, instead=instead
        )


def publish_value(*, by: Actor, key: str, code: str) -> None:
    """Tell all members what the own state comes to, with what it reports of a commitment; in the
    transaction of that report. Nothing is told of an indicator that this node does not offer, or
    whose source does not tell it. In one month one value of an indicator is told: two of two days
    would tell of the cases between."""
    try:
        found = value_now(code, by=by, now=clock.now())
    except NotMeasured:
        return
    if found is None:
        return
    own = gazette.one(owner=members.this_node(), kind=MEASURE, key=key)
    body = _told_in_month(code, found.on) or {
        "indicator": code, "value": found.told.value, "cases": found.told.cases,
        "since": found.since.isoformat(), "on": found.on.isoformat(),
    }  # fmt: skip
    seen = 0 if own is None else own.said.version
    gazette.publish(by=by, kind=MEASURE, key=key, body=body, seen=seen)


def _told_in_month(code: str, day: date) -> writing.Json | None:
    """What the own state has told of an indicator in the month of a day, under any commitment."""
    lines = gazette.histories(kind=MEASURE, owners=[members.this_node()]).values()
    bodies = [each.said.body for rows in lines for each in rows if each.counts]
    for body in bodies:
        if body.get("indicator") == code and body["on"][:7] == day.isoformat()[:7]:
            return dict(body)
    return None


def target_history(key: str) -> list[Published]:
    """Every version that anybody published of the indicator of a commitment."""
    return all_versions(TARGET, Of.COMMITMENT.key(key))


def value_history(state: str, key: str) -> list[Published]:
    """Every value that a state has told of a commitment."""
    return gazette.history(owner=state, kind=MEASURE, key=key)


def _check_target(said: Said) -> None:
    check_written(said)
    check_about(said)
    body = said.body
    if body["indicator"] and not _CODE.fullmatch(body["indicator"]):
        raise WrongValue(key=said.key)
    if bool(body["indicator"]) != bool(body["target"]):
        raise TargetNeeded


def _check_measure(said: Said) -> None:
    body = said.body
    if not is_key(said.key):  # it stands in addresses
        raise WrongValue(key=said.key)
    if not _CODE.fullmatch(body["indicator"]) or bool(body["value"]) != bool(body["cases"]):
        raise WrongValue(key=said.key)
    try:
        since, on = (date.fromisoformat(body[name]) for name in ("since", "on"))
    except ValueError:
        raise WrongValue(key=said.key) from None
    # Not told in tens, or of fewer than ten: a state told more than all agreed to tell.
    if since > on or body["cases"] % measured.TENS:
        raise WrongValue(key=said.key)


def title(code: str) -> str:
    """What an indicator is called; its code where this node does not know it."""
    found = indicator(code)
    return code if found is None else str(found.title)


def meaning(code: str) -> list[tuple[str, str]]:
    """What is counted, of what, of which period and from which source, each under its name; empty
    where this node does not know it."""
    found = indicator(code)
    if found is None or found.meaning is None:
        return []
    told = found.meaning
    rows = (
        (_("What is counted"), told.counted),
        (_("Of what"), told.of),
        (_("What is left out"), told.left_out),
        (_("Period"), told.period),
        (_("Source"), told.source),
    )
    return [(name, str(words)) for name, words in rows if str(words)]


def number_text(code: str, number: str) -> str:
    """A told number with its unit, in the reader's language."""
    found = indicator(code)
    if not number:
        return _("not known: fewer than ten cases")
    if number == measured.NONE:
        return _("in half of the cases it never happened")
    if found is not None and found.unit == "percent":
        return _("%(n)s per cent") % {"n": number}
    return ngettext("%(n)s hour", "%(n)s hours", int(number)) % {"n": number}


def target_text(found: Target) -> str:
    """The target in words."""
    told = indicator(found.code)
    words = {"n": number_text(found.code, str(found.target))}
    if told is not None and told.at_least:
        return _("at least %(n)s") % words
    return _("at most %(n)s") % words


def value_text(found: Value) -> str:
    """A value with its cases and its time, in words."""
    number = number_text(found.code, found.told.value)
    words = {
        "n": number,
        "cases": found.told.cases,
        "since": day_text(found.since),
        "on": day_text(found.on),
    }
    if not found.told.value:
        return _("%(n)s (since %(since)s, told on %(on)s)") % words
    known = indicator(found.code)
    if known is not None and known.yearly:
        words["year"] = str(found.since.year)
        return _("%(n)s, of %(cases)s or more in %(year)s (told on %(on)s)") % words
    return _("%(n)s, of %(cases)s cases or more since %(since)s (told on %(on)s)") % words


def target_in_words(said: Said) -> str:
    """An indicator with its target, in one sentence."""
    body = said.body
    if not body["indicator"]:
        return _("No indicator any more.")
    found = Target(body["indicator"], body["target"], inherited=False, stands=_NOTHING.stands)
    return f"{title(found.code)}: {target_text(found)}"


def measure_in_words(said: Said) -> str:
    """What a state told, in one sentence."""
    body = said.body
    since, on = (date.fromisoformat(body[name]) for name in ("since", "on"))
    found = Value(body["indicator"], Told(body["value"], body["cases"]), since, on)
    return f"{title(found.code)}: {value_text(found)}"


def _commitment_address(said: Said) -> str:
    from django.urls import reverse

    return reverse("agenda:commitment", args=[said.key])


_NUMBER: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": MOST}
TARGETS = gazette.EntryKind(
    name=TARGET,
    title=gettext_lazy("Indicators of the work agenda"),
    schema=gazette.closed(**WRITTEN, indicator=text(40), target=_NUMBER),
    permission=Permission.AGENDA_WRITE,
    owners=BOTH,
    about_nobody=True,
    in_words=target_in_words,
    about=lambda _said: _("Indicator of the work agenda"),
    check=_check_target,
    address=address,
)
MEASURES = gazette.EntryKind(
    name=MEASURE,
    title=gettext_lazy("Results of a state, in numbers"),
    schema=gazette.closed(
        indicator=text(40, 2),
        value={"type": "string", "pattern": r"^([0-9]{1,6}|none)?$"},
        cases={"type": "integer", "minimum": 0, "maximum": 10_000_000},
        since=DAY,
        on=DAY,
    ),
    permission=Permission.MANDATE_WRITE,
    owners=frozenset({Owner.STATE}),
    about_nobody=True,
    in_words=measure_in_words,
    about=lambda _said: _("Value of an indicator"),
    check=_check_measure,
    address=_commitment_address,
)
