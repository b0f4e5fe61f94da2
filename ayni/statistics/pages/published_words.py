"""What must be known to read a published release, in the reader's language: whose figures, of whom,
of when, out of how many, what is not told, what was done to the numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ayni.gazette.api import Published
from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics import crossing, release_words
from ayni.statistics.api import Content, Method
from ayni.statistics.disclosure.findings import Mode
from ayni.statistics.disclosure.rounding import NOT_SHOWN
from ayni.statistics.disclosure.suppressing import Zeros
from ayni.statistics.pages import numbers, release_tables
from ayni.statistics.pages.panels import say
from ayni.statistics.releasing import populations
from ayni.statistics.releasing.errors import UnknownPopulation
from ayni.statistics.releasing.kinds import NO_DATE
from ayni.statistics.releasing.kinds import period as plain_period
from ayni.statistics.sources import tallies

Fact = tuple[str, str]

_MODES: Mapping[str, Text] = {
    Mode.CLASSICAL: gettext_lazy("Classical: true counts, the small ones hidden or changed"),
    Mode.DIFFERENTIAL_PRIVACY: gettext_lazy("Differential privacy: noise in every number"),
}
# What a method declares, in words; what has none keeps its name.
PARAMETERS: Mapping[str, Text] = {
    "accounting": gettext_lazy("How the cost is reckoned"),
    "base": gettext_lazy("Multiples to which is rounded"),
    "bound": gettext_lazy("Most records that the noise was made for"),
    "components": gettext_lazy("Parts of the model"),
    "delta": gettext_lazy("Delta: the chance that the promise does not hold"),
    "epsilon": gettext_lazy("Epsilon: how much one record may change the figures at most"),
    "distance": gettext_lazy("How groups are compared with the whole"),
    "k": gettext_lazy("Least records that look alike (k)"),
    "l": gettext_lazy("Least different values in such a group (l)"),
    "largest_change": gettext_lazy("Largest change of a number"),
    "not_shown": gettext_lazy("Why a number is not shown"),
    "level": gettext_lazy("Level of the intervals"),
    "margins": gettext_lazy("Totals"),
    "method": gettext_lazy("Method"),
    "most": gettext_lazy("Largest change of a number"),
    "small": gettext_lazy("No number is shown from 1 to this"),
    "mode": gettext_lazy("Mode"),
    "neighbours": gettext_lazy("What the promise is about"),
    "noise": gettext_lazy("Kind of noise"),
    "numpy": gettext_lazy("Version of numpy with which it was made"),
    "processor": gettext_lazy("Processor with which it was made"),
    "records": gettext_lazy("Open records"),
    "rho": gettext_lazy("Cost in the ledger (rho)"),
    "t": gettext_lazy("Largest distance of such a group from the whole (t)"),
    "threshold": gettext_lazy("Smallest number that may be shown"),
    "variance": gettext_lazy("Variance of the changes"),
    "width": gettext_lazy("Least number of possible values of what is hidden"),
    "whole_groups": gettext_lazy("Cells that hold their whole group"),
    "zeros": gettext_lazy("Zeros"),
}

_VALUES: Mapping[tuple[str, str], Text] = {
    ("accounting", "zCDP"): gettext_lazy("zero-concentrated differential privacy (zCDP)"),
    ("distance", "equal"): gettext_lazy("every two different values are equally far apart"),
    ("margins", "controlled"): gettext_lazy("Changed so that they add up"),
    ("margins", "exact"): gettext_lazy("Exact"),
    ("margins", "independent"): gettext_lazy("Changed on their own: they need not add up"),
    ("method", "cell_key"): gettext_lazy("numbers changed by keys of the records"),
    ("method", "k_l_t"): gettext_lazy("records in groups that look alike"),
    ("method", "random_rounding"): gettext_lazy("rounding at random"),
    ("method", "suppression"): gettext_lazy("small numbers hidden"),
    ("mode", "differential privacy"): gettext_lazy("differential privacy"),
    ("neighbours", "one record added or removed"): gettext_lazy("one record added or removed"),
    ("noise", "discrete Gaussian"): gettext_lazy("discrete Gaussian"),
    ("not_shown", NOT_SHOWN): release_words.NOT_SHOWN,
    ("whole_groups", "hidden"): gettext_lazy("Hidden like small numbers"),
    ("whole_groups", "shown"): gettext_lazy("Shown: what they tell is no secret"),
    ("zeros", "shown"): gettext_lazy("Always shown"),
    ("zeros", "where_needed"): gettext_lazy("Hidden where that protects others"),
}


def owner_name(owner: str) -> str:
    """Who published: a state, or the secretariat."""
    if owner == members.SECRETARIAT:
        return _("Technical secretariat")
    return members.state_name(owner) if owner in members.states() else owner.upper()


def listed(names: Iterable[str]) -> str:
    """Names one after the other."""
    return ", ".join(names)


def period(first: str, last: str) -> str:
    """Years, or days as the reader's language writes them; a day that does not exist as it came."""
    return plain_period(_day(first), _day(last))


def _day(text: str) -> str:
    try:
        found = parse_date(text) if len(text) == 10 else None
    except ValueError:
        found = None
    return text if found is None else numbers.day(found)


def dated(text: str) -> str:
    """The day of a moment, or that it is unknown; the text itself where it is neither."""
    if text == NO_DATE:
        return str(release_words.NO_DATE)
    try:
        found = parse_datetime(text)
    except ValueError:
        found = None
    return text if found is None else numbers.day(found.date())


def whose(entry: Published, content: Content) -> str:
    """Whose figures they are: a state's, with the institution that counted, or several states'."""
    owner, about = entry.said.owner, content.about
    if states := [str(each).lower() for each in _some(about.get("states"))]:
        names = listed(owner_name(each) for each in states)
        return _("%(states)s together, added up by: %(owner)s") % {
            "states": names, "owner": owner_name(owner),
        }  # fmt: skip
    holder = str(about.get("holder") or "")
    if not holder:
        return owner_name(owner)
    return _("%(owner)s, counted by: %(institution)s") % {
        "owner": owner_name(owner), "institution": members.institution_name(holder),
    }  # fmt: skip


def _some(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else []


def method(body: Mapping[str, Any]) -> str:
    """How what is small is kept from being seen."""
    try:
        return str(release_words.METHODS[Method(body["method"])])
    except (KeyError, ValueError):
        return ""


def crime(code: str) -> str:
    """The crime, and that the other one is not in it."""
    if code == "trafficking":
        return _(
            "Trafficking in persons only. It is never added to the smuggling of migrants, which is "
            "another crime."
        )
    return _(
        "Smuggling of migrants only. It is never added to trafficking in persons, which is another "
        "crime."
    )


def source(entry: Published) -> str:
    """Where the numbers come from."""
    code = str(entry.said.body["source"])
    owner = owner_name(entry.said.owner)
    if code == tallies.CASES:  # its own words speak of the node that reads them
        return _("Cases that institutions keep. Published by: %(owner)s.") % {"owner": owner}
    if code == populations.SUM:
        return _("Counts that each state gave masked, so that nobody saw them but their sum.")
    if code == populations.RECORDS:
        return _("A register that its owner keeps. One line of it is one record.")
    found = statistics.sources().get(code)
    return code if found is None else f"{say(found.title)}. {say(found.attribution)}"


def what_counts(entry: Published) -> str:
    """What one unit of the source is and what it covers; empty where nothing is declared."""
    body = entry.said.body
    code = str(body["source"])
    if code == tallies.CASES:
        told = [
            _("A case is counted, not a person: one person may have a case with two institutions."),
            _("Who never asked for help is not in it."),
        ]
        if body["crime"] == "trafficking":
            told.append(
                _("Whoever was found to be no victim of trafficking in persons is not counted.")
            )
        return " ".join(told)
    found = statistics.sources().get(code)
    return "" if found is None else f"{say(found.counts)} {say(found.coverage)}"


def out_of(content: Content) -> str:
    """How many there are in all, of the whole period; empty where that is not shown."""
    found = crossing.whole(content)
    if found is None or found[1] is None:
        return _("not shown")
    return numbers.whole(found[1])


def facts(entry: Published, content: Content) -> list[Fact]:
    """Label and text of everything that stands beside the figures of a release."""
    body = entry.said.body
    told = [
        (_("Whose figures"), whose(entry, content)),
        (_("Who is counted"), f"{_name(body)}. {what_counts(entry)}".strip()),
        (_("Crime"), crime(str(body["crime"]))),
        (_("Period"), period(str(body["first"]), str(body["last"]))),
    ]
    if content.tables:
        told.append((_("Out of"), out_of(content)))
    told += [
        (_("Source"), source(entry)),
        (_("Data of"), dated(str(body["dated"]))),
        (_("How persons are protected"), str(_MODES.get(str(body["mode"]), body["mode"]))),
        (_("Published on"), _published(entry)),
    ]
    return told


def _published(entry: Published) -> str:
    day = numbers.day(entry.said.at.date())
    if entry.said.version == 1:
        return day
    return _("%(day)s, version %(version)s") % {"day": day, "version": entry.said.version}


def _name(body: Mapping[str, Any]) -> str:
    names = body["names"]
    return str(names.get((get_language() or "en")[:2], names["en"]))


def rows(told: Iterable[Fact]) -> list[dict[str, str]]:
    """Facts for the component that shows them."""
    return [{"key": key, "value": value} for key, value in told]


def not_told(content: Content, only: Collection[str] | None = None) -> list[list[Any]]:
    """For each column (or for `only` these): how many records say nothing of it, and which share
    that is."""
    return [
        [
            statistics.dimension(each.column),
            {"text": _("not shown") if each.count is None else numbers.whole(each.count),
             "number": True},
            {"text": _("cannot be said") if each.share is None else numbers.per_cent(each.share),
             "number": True},
        ]
        for each in crossing.untold(content)
        if only is None or each.column in only
    ]  # fmt: skip


def elsewhere(content: Content) -> list[str]:
    """Under which value of each column everything stands that is not in its list, how many stand
    there as the tables tell it, and which columns leave such a record out; nothing of a population
    that is not declared here."""
    try:
        found = populations.population(str(content.about.get("population", "")))
    except UnknownPopulation:
        return []
    shown = {name for table in content.tables for name in table.by}
    shown |= set(content.records[0]) if content.records else set()
    columns = [each for each in found.columns if each.name in shown]
    told = [_standing(content, each.name, each.other) for each in columns if each.other is not None]
    without = [statistics.dimension(each.name) for each in columns if each.other is None]
    if without:
        told.append(
            _("Records with a value that is in no list are left out for: %(columns)s.")
            % {"columns": listed(without)}
        )
    return told


def _standing(content: Content, name: str, code: str) -> str:
    """Under which value, and how many: never more than the published numbers tell."""
    said = _("%(column)s: what is in no list stands under “%(value)s”.") % {
        "column": statistics.dimension(name), "value": release_tables.label(name, code),
    }  # fmt: skip
    found = crossing.under(content, name, code)
    if found is None:
        return said
    if found.count is None:
        more = _("How many stand there in all is not shown.")
    elif found.of is None:
        more = _("There in all: %(count)s.") % {"count": numbers.whole(found.count)}
    else:
        more = _("There in all: %(count)s of %(all)s.") % {
            "count": numbers.whole(found.count), "all": numbers.whole(found.of),
        }  # fmt: skip
    return f"{said} {more}"


def facts_of(content: Content) -> list[Fact]:
    """What the content alone says of its figures, before it has been published."""
    about = content.about
    told = [
        (_("Who is counted"), _name(about)),
        (_("Crime"), crime(str(about["crime"]))),
        (_("Period"), period(str(about["first"]), str(about["last"]))),
    ]
    return [*told, (_("Out of"), out_of(content))] if content.tables else told


def parameters(content: Content) -> list[dict[str, str]]:
    """What the method declares, in words; lists and tables stand in the file."""
    return [
        {"key": str(PARAMETERS.get(each["key"], each["key"])), "value": _value(each)}
        for each in release_tables.parameters(content)
    ]


def _value(told: Mapping[str, str]) -> str:
    if told["key"] == "delta":  # the metadata of the files has it exactly
        with suppress(ValueError):  # another member may have written anything
            return release_words.chance(float(told["value"]))
    said = _VALUES.get((told["key"], told["value"]))
    return told["value"] if said is None else str(said)


def why_not_shown(code: str) -> str:
    """Why a number is not shown; the code itself of another member's reason."""
    said = _VALUES.get(("not_shown", code))
    return code if said is None else str(said)


def hidden(content: Content) -> str:
    """What a number that is not shown may be: never less than the release has declared. Beside the
    small ones others are hidden, zeros among them unless it declares that those always stand."""
    if why := str(content.parameters.get("not_shown", "")):
        return _("“not shown”: %(why)s. It may be any number, also a large one or zero.") % {
            "why": why_not_shown(why)
        }
    if content.parameters.get("zeros") == Zeros.SHOWN:
        return _("“not shown”: held back, because it could point at persons. It is not zero.")
    return _(
        "“not shown”: held back, because it could point at persons, or because one that could "
        "would follow from it. It may be any number, also a large one or zero."
    )


def described(told: Iterable[Fact]) -> str:
    """Facts as one text, for the description of a drawing."""
    return " ".join(f"{name}: {text.rstrip('.')}." for name, text in told)
