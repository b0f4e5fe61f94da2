"""Indicators of this room that the work agenda shows (`config/wiring.INDICATORS`).

A value of the agenda goes to every member, so each rests on what is published already: UNODC's
figures, or a release of the own state, which disclosure control let go. The node's own tallies are
not asked: of them only officers of the node see what is not small (`hiding.py`, ADR 0075). Where
nothing published tells it, `NotMeasured` says so. Each is of one calendar year, the newest that is
told; a share is taken on the worse side of what masks and intervals leave open (ADR 0074, 0088).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from re import fullmatch
from typing import Any

from django.utils.functional import lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ayni.audit.api import Actor
from ayni.cooperation.api import Indicator, Meaning, Measured, NotMeasured
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.statistics import releases
from ayni.statistics.errors import NothingCounted, NotLoaded
from ayni.statistics.indicators import asking, definition
from ayni.statistics.indicators.ask import ask_indicator
from ayni.statistics.indicators.asking import Question
from ayni.statistics.indicators.result import Answer, Words
from ayni.statistics.indicators.result import Line as Told
from ayni.statistics.releasing.content import Content, Line, Shown
from ayni.statistics.releasing.errors import UnknownRelease

_Measure = Callable[[Actor, str, datetime], Measured]
_GLOTIP = "glotip"
_NOT_TOLD = _("UNODC's figures do not tell this of this state: not reported, or hidden as small.")
_NO_RELEASE = _(
    "No figures that this state has published tell this of one calendar year. What is counted of "
    "cases and reports leaves this node only as published figures."
)


# UNODC's figures


def _ask(by: Actor, state: str, code: str, year: int | None = None) -> Answer | None:
    """What an indicator comes to in a state: of one year, or of every year; None where nothing is
    counted. Raises `NotMeasured` where no edition is here."""
    area = asking.area_of(states=members.state(state).alpha2)
    question = Question(code, _GLOTIP, area, over=("year",))
    if year is not None:
        question = Question(code, _GLOTIP, area, years=(year, year))
    try:
        return ask_indicator(by=by, question=question)
    except NotLoaded as why:
        raise NotMeasured(why.reason) from None
    except NothingCounted:
        return None


def _by_year(answer: Answer | None) -> list[tuple[int, Told]]:
    """The series of an answer, the newest year first."""
    series = () if answer is None else answer.series
    return sorted(((int(each.codes[0]), each) for each in series), key=_year, reverse=True)


def _year(row: tuple[Any, ...]) -> int:
    return int(row[0])


def _share_female(by: Actor, state: str, _now: datetime) -> Measured:
    for year, line in _by_year(_ask(by, state, "share_female")):
        if line.share is not None and line.share_least is not None and line.denominator:
            return _measured(line.share_least, line.denominator, year)
    raise NotMeasured(_NOT_TOLD)


def _missing(by: Actor, state: str, _now: datetime) -> Measured:
    """Whoever is in no group of sex and age. What is masked is among them, so it never flatters."""
    for year, _line in _by_year(_ask(by, state, "age_by_sex")):
        answer = _ask(by, state, "age_by_sex", year)
        told = None if answer is None else answer.missing
        if told is not None and told.share is not None and told.of:
            return _measured(told.share, told.of, year)
    raise NotMeasured(_NOT_TOLD)


def _measured(share: float, cases: int, year: int) -> Measured:
    # 0.29 * 100 is a little less than 29, and would be told as 28.
    return Measured(round(share * 100, 9), cases, date(year, 1, 1))


# Releases of the own state


def _released(
    source: str,
    populations: Collection[str],
    name: str,
    part: Collection[str],
    rest: Collection[str],
) -> _Measure:
    """The share of the values `part` of a column in those and `rest`, of the newest year of which a
    release of the state shows all of them. Releases are never added up."""

    def measure(_by: Actor, state: str, _now: datetime) -> Measured:
        for year, table, change in _tables(state, source, populations):
            told = _share(
                [_line(table, name, each) for each in part],
                [_line(table, name, each) for each in rest],
                change,
            )
            if told is not None:
                return _measured(*told, year)
        raise NotMeasured(_NO_RELEASE)

    return measure


def _tables(state: str, source: str, populations: Collection[str]) -> list[tuple[int, Shown, int]]:
    """Tables of one calendar year in what a state has published of these populations, each with the
    largest change of its numbers: the newest year first, and of one year what was published last.
    """
    found: list[tuple[int, Shown, int]] = []
    for entry in releases.published_releases():
        if entry.said.owner != state or entry.said.body["source"] != source:
            continue
        try:
            _entry, content = releases.published_release(owner=state, key=entry.said.key)
        except UnknownRelease:  # not all of it has come, or it is not what was announced
            continue
        # The header names whose persons they are, with the institution; the content the population.
        if content.about.get("population") not in populations:
            continue
        for table in content.tables:
            year = table.where.get("year", "")
            if fullmatch("[0-9]{4}", year):
                found.append((int(year), table, _change(content)))
    return sorted(found, key=_year, reverse=True)


def _change(content: Content) -> int:
    """How far a published number may lie from what was counted: rounded and changed ones."""
    names = {"random_rounding": "largest_change", "cell_key": "most"}
    told = content.parameters.get(names.get(str(content.parameters.get("method")), ""), 0)
    return told if isinstance(told, int) else 0


def _line(table: Shown, name: str, code: str) -> Line | None:
    """One value of a column, whatever the other columns are; None if the table has no such line."""
    if name not in table.by:
        return None
    wanted = tuple(code if each == name else None for each in table.by)
    return next((line for line in table.lines if line.codes == wanted), None)


def _share(
    part: Sequence[Line | None], rest: Sequence[Line | None], change: int
) -> tuple[float, int] | None:
    """The least share that intervals, or changes of each number by at most `change`, leave open,
    and of how many; None where one is hidden."""
    least = most = whole = 0
    for number, line in enumerate((*part, *rest)):
        if line is None or line.value is None:
            return None
        whole += line.value
        if number < len(part):
            least += max(line.value - change if line.low is None else line.low, 0)
        else:
            most += max(line.value + change if line.high is None else line.high, 0)
    return (least / (least + most), whole) if least + most else None


# What is said beside them


def _said(words: Callable[[], Words]) -> Text:
    """Words of the data, in the reader's language."""
    found: Text = lazy(lambda: words().into(get_language() or "es"), str)()
    return found


def _of(code: str, name: str) -> Text:
    return _said(lambda: getattr(definition.indicators()[code], name))


_UNODC = _said(lambda: definition.sources()[_GLOTIP].title)
_NEWEST = _("One calendar year: the newest of which the source tells this.")

SHARE_FEMALE = Indicator(
    code="share_female",
    title=_("Women and girls among detected victims, in UNODC's figures"),
    unit="percent",
    at_least=True,
    measure=_share_female,
    meaning=Meaning(
        counted=_of("share_female", "numerator"),
        of=_of("share_female", "denominator"),
        left_out=_of("share_female", "excluded"),
        period=_NEWEST,
        source=_UNODC,
    ),
    yearly=True,
)
SHARE_FEMALE_RELEASED = Indicator(
    code="share_female_released",
    title=_("Women and girls among cases of trafficking in persons, in published figures"),
    unit="percent",
    at_least=True,
    measure=_released(
        "cases", ("trafficking_cases", "trafficking_cases_origins"), "sex", ("female",), ("male",)
    ),
    meaning=Meaning(
        counted=_of("share_female", "numerator"),
        of=_("Women, girls, men and boys for whom a case was opened"),
        left_out=_("Persons of another or unknown sex"),
        period=_NEWEST,
        source=_("What the state itself has published of the cases of one institution."),
    ),
    yearly=True,
)
REFERRED_NEXT_DAY = Indicator(
    code="referred_next_day",
    title=_("Reports referred by the next calendar day, in published figures"),
    unit="percent",
    at_least=True,
    measure=_released("linea145", ("linea145_reports",), "wait", ("next_day",), ("later",)),
    meaning=Meaning(
        counted=_of("first_referral", "numerator"),
        of=_of("first_referral", "denominator"),
        left_out=_of("first_referral", "excluded"),
        period=_NEWEST,
        source=_("What the state itself has published of the reports to its hotline."),
    ),
    yearly=True,
)
SEX_OR_AGE_MISSING = Indicator(
    code="sex_or_age_missing",
    title=_("Detected victims whose sex or age group is not told, in UNODC's figures"),
    unit="percent",
    at_least=False,
    measure=_missing,
    meaning=Meaning(
        counted=_of("age_by_sex", "excluded"),
        of=_of("detected", "numerator"),
        left_out="",
        period=_NEWEST,
        source=_UNODC,
    ),
    yearly=True,
)
