"""What a release declares, in words: everything that a second person accepts, name by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.lib.errors import Text
from ayni.members import api as members
from ayni.statistics import release_words as words
from ayni.statistics.disclosure.findings import Mode
from ayni.statistics.disclosure.rounding import NOT_SHOWN
from ayni.statistics.indicators.words import dimension, label
from ayni.statistics.privacy.accounting import delta_for
from ayni.statistics.privacy.ledger import Charge, ChargeKind
from ayni.statistics.releasing import kept, populations
from ayni.statistics.releasing.aside import Aside, Masked
from ayni.statistics.releasing.budget import CORRECTION, UNPUBLISHED
from ayni.statistics.releasing.declared import Declared, Method
from ayni.statistics.releasing.errors import UnknownPopulation
from ayni.statistics.releasing.kinds import period
from ayni.statistics.releasing.listing import ReleaseFile
from ayni.statistics.releasing.populations import Population
from ayni.statistics.releasing.tables import Release

Row = tuple[str, str]
MODES: Mapping[Mode, Text] = {
    Mode.CLASSICAL: gettext_lazy("Classical: true counts, the small ones hidden or changed"),
    Mode.DIFFERENTIAL_PRIVACY: gettext_lazy("Differential privacy: noise in every number"),
}
CRIMES: Mapping[str, Text] = {
    "trafficking": gettext_lazy("Trafficking in persons"),
    "smuggling": gettext_lazy("Smuggling of migrants"),
}
SOURCES: Mapping[str, Text] = {
    "linea145": gettext_lazy("Reports to Línea 145"),
    "cases": gettext_lazy("Cases of this node"),
    "records": gettext_lazy("A file of records"),
    "sum": gettext_lazy("A sum over states"),
}
_NAMES: Mapping[str, Text] = {
    "threshold": gettext_lazy("Smallest number that may be shown"),
    "width": gettext_lazy("Least number of possible values of what is hidden"),
    "zeros": gettext_lazy("Zeros"),
    "whole_groups": gettext_lazy("Cells that hold their whole group"),
    "base": gettext_lazy("Multiples to which is rounded"),
    "margins": gettext_lazy("Totals"),
    "largest_change": gettext_lazy("Largest change of a number"),
    "not_shown": gettext_lazy("Why a number is not shown"),
    "k": gettext_lazy("Least records that look alike (k)"),
    "l": gettext_lazy("Least different values in such a group (l)"),
    "t": gettext_lazy("Largest distance of such a group from the whole (t)"),
}
_VALUES: Mapping[tuple[str, str], Text] = {
    ("zeros", "where_needed"): gettext_lazy("Hidden where that protects others"),
    ("zeros", "shown"): gettext_lazy("Always shown"),
    ("whole_groups", "hidden"): gettext_lazy("Hidden like small numbers"),
    ("whole_groups", "shown"): gettext_lazy("Shown: what they tell is no secret"),
    ("margins", "exact"): gettext_lazy("Exact"),
    ("margins", "independent"): gettext_lazy("Changed on their own: they need not add up"),
    ("margins", "controlled"): gettext_lazy("Changed so that they add up"),
    ("not_shown", NOT_SHOWN): words.NOT_SHOWN,
}
_KINDS: Mapping[tuple[ChargeKind, str], Text] = {
    (ChargeKind.FIRST, ""): gettext_lazy("Told of for the first time"),
    (ChargeKind.REVISION, CORRECTION): gettext_lazy("Paid again, for a correction"),
    (ChargeKind.REVISION, UNPUBLISHED): gettext_lazy(
        "Paid again, for what was paid for before never came out"
    ),
}


def declaration(row: Release) -> list[Row]:
    """Everything that is declared of a release, in the order in which it is read."""
    told = kept.declared(row)
    try:
        population: Population | None = kept.population_of(row)
    except UnknownPopulation:  # no longer in the file of this node
        population = None
    return [
        *_of_whom(row),
        (_("Mode"), str(MODES[told.mode])),
        (_("Method"), str(words.METHODS[told.method])),
        *_numbers(told, population),
        *_of_model(row, told),
        *_shape(told, population),
    ]


def _of_whom(row: Release) -> Iterable[Row]:
    about = row.about
    yield _("Whose figures"), words.name(about["names"])
    yield _("Group of persons"), row.population
    yield _("Crime"), str(CRIMES[about["crime"]])
    yield _("Period"), period(about["first"], about["last"])
    yield _("Source"), str(SOURCES.get(row.source, row.source))
    if about.get("holder"):
        yield _("Whose counts"), members.institution_name(about["holder"])
    if about.get("states"):
        names = [members.state_name(each.lower()) for each in about["states"]]
        yield _("States in the sum"), ", ".join(names)
    at = parse_datetime(about["dated"])
    yield _("Data of"), date_format(at, "DATE_FORMAT") if at else str(words.NO_DATE)
    if row.source == populations.RECORDS and row.origin:
        yield _("Hash of the file (SHA-256)"), row.origin
    if row.source == populations.SUM:
        yield _("Hash of what the states agreed to add (SHA-256)"), row.origin
    if row.beside:
        yield _("Checked beside what others have published"), _list(map(_other_owner, row.beside))


def _other_owner(header: Mapping[str, Any]) -> str:
    owner = header["owner"]
    known = owner in members.states()
    name = members.state_name(owner) if known else owner
    return f"{name} {header['key'][:8]}.{header['version']}"


def _numbers(told: Declared, population: Population | None) -> Iterable[Row]:
    """The parameters of the method, those that follow from others too."""
    columns = () if population is None else population.columns
    year = "" if population is None else population.year
    rules = told.rules(tuple(sorted(each.name for each in columns if each.name != year)))
    if rules is None:
        return
    for name, value in rules.description().items():
        if name in _NAMES:
            said = _VALUES.get((name, str(value)), value)
            yield str(_NAMES[name]), number_format(said) if isinstance(said, int) else str(said)
    if told.method is Method.RECORDS:
        yield _("What others may know"), _list(dimension(each) for each in told.known)
        yield _("What must not be learned"), _list(dimension(each) for each in told.sensitive)


def _of_model(row: Release, told: Declared) -> Iterable[Row]:
    if told.method is not Method.MODEL:
        return
    yield _("Epsilon"), str(told.epsilon)
    delta = delta_for(told.bound)
    yield _("Delta"), f"{words.chance(delta)} ({delta:.3g})"
    yield _("Records that there are certainly not more of"), number_format(told.bound)
    limits = row.about.get("limits")
    if limits:
        yield (
            _("What may be spent (rho)"),
            _(
                "%(release)s by one release, %(record)s on one record over all time, %(person)s on "
                "one person who is registered up to %(registrations)s times"
            )
            % limits,
        )
    yield _("Records whose year of registration was corrected"), _moved(told.moved)


def _moved(moved: Iterable[tuple[int, int]]) -> str:
    said = [_("from %(before)s to %(now)s") % {"before": a, "now": b} for a, b in sorted(moved)]
    return ", ".join(said) or _("None")


def _shape(told: Declared, population: Population | None) -> Iterable[Row]:
    if population is None:
        return
    if told.method is not Method.RECORDS:
        tables = told.tables or population.tables
        said = "; ".join(" × ".join(dimension(each) for each in table) for table in tables)
        yield _("Tables"), said
    if told.years is not None and told.method is not Method.MODEL:
        yield _("Also each year on its own"), _("Yes") if told.per_year else _("No")
    yield _("Columns"), _list(dimension(each.name) for each in population.columns)


def _list(names: Iterable[str]) -> str:
    return ", ".join(names) or _("None")


def changes(row: Release) -> list[tuple[str, str, str]]:
    """What a correction declares otherwise than what it corrects: name, before, now."""
    if row.corrects is None:
        return []
    before, now = dict(declaration(row.corrects)), dict(declaration(row))
    names = dict.fromkeys([*now, *before])
    pairs = ((name, before.get(name, "–"), now.get(name, "–")) for name in names)
    return [each for each in pairs if each[1] != each[2]]


def set_aside(file: ReleaseFile) -> list[Row]:
    """How much of the source stands under "other" or was left out; no number of it is exact."""
    found: Aside = file.aside
    rows = [
        (f"{dimension(name)}: {label(name, _other(file, name))}", masked(each))
        for name, each in found.under_other.items()
    ]
    rows.append((_("Values that are in no list, and count so"), masked(found.outside)))
    rows.append((_("Records that were left out"), masked(found.left_out)))
    return rows


def _other(file: ReleaseFile, name: str) -> str:
    columns = kept.population_of(file.release).columns
    return next((each.other or "" for each in columns if each.name == name), "")


def masked(one: Masked) -> str:
    """A masked number in words."""
    if one.about is None:
        return _("None")
    if not one.about:
        return _("Fewer than %(number)s") % {"number": one.below}
    return _("About %(number)s") % {"number": number_format(one.about)}


def cost(charge: Charge | None) -> list[Row]:
    """What a release has cost, as it stands in the ledger; nothing before it was charged."""
    if charge is None:
        return []
    kind = _KINDS.get((charge.kind, charge.reason), charge.reason)
    return [
        (_("Charged (rho)"), str(charge.rho.normalize())),
        (_("Years of registration"), ", ".join(map(str, sorted(charge.cohorts)))),
        (_("Why it is charged"), str(kind)),
        (_("Records whose year of registration was corrected"), _moved(charge.moved)),
    ]


def as_items(rows: Iterable[tuple[str, Any]]) -> list[dict[str, str]]:
    """Rows for a summary list."""
    return [{"key": key, "value": value} for key, value in rows]
