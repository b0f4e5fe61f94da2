"""The machine's check of a table before a second person sees it. Pure.

It begins again from what would be published, with an attack of its own: nothing that a method kept
to itself is believed. Each check that ran is named in the verdict; one that did not run refuses.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ayni.statistics.disclosure import attack, linked
from ayni.statistics.disclosure.attack import CLOSE, Contradiction, Seen
from ayni.statistics.disclosure.cell_key import CellKey, Perturbed
from ayni.statistics.disclosure.findings import (
    Check,
    Figures,
    Finding,
    Mode,
    Subject,
    Verdict,
    Weight,
)
from ayni.statistics.disclosure.linked import System
from ayni.statistics.disclosure.rounding import Margins, Rounded, Rounding
from ayni.statistics.disclosure.suppressing import (
    Full,
    Suppressed,
    Suppression,
    Zeros,
    small_changes,
    whole_group,
    whole_margins,
)
from ayni.statistics.disclosure.tables import (
    EDITION,
    Cell,
    Counts,
    Published,
    Release,
    said,
)

Values = Mapping[Cell, int | None]


def check_tables(
    release: Release,
    done: Suppressed | Rounded | Perturbed,
    rules: Suppression | Rounding | CellKey,
    counts: Counts,
) -> Verdict:
    """Whether tables may be shown, and why not. Raises `ExtraMissing` without numpy and scipy.

    An unknown pair of method and parameters has run no check and is refused.
    """
    findings: Iterable[Finding] = ()
    ran: frozenset[Check] = frozenset()
    if isinstance(done, Suppressed) and isinstance(rules, Suppression):
        findings, ran = suppressed(release, done.values, rules, counts), _ALL
    elif isinstance(done, Rounded) and isinstance(rules, Rounding):
        findings, ran = rounded(release, done.values, rules, counts), _ALL
    elif isinstance(done, Perturbed) and isinstance(rules, CellKey):
        findings, ran = perturbed(release, done.values, rules, counts), _ALL
    return Verdict(Mode.CLASSICAL, Subject.TABLES, _told(release, rules), ran, tuple(findings))


_ALL = frozenset(
    {
        Check.PARAMETERS,
        Check.THRESHOLD,
        Check.GROUP,
        Check.MARGINS,
        Check.RECOVERY,
        Check.EDITIONS,
    }
)


def _told(release: Release, rules: Suppression | Rounding | CellKey) -> dict[str, Any]:
    return {
        **rules.description(),
        "tables": [each.description() for each in release.tables],
        "earlier": [each.edition for each in release.earlier],
        "joint": [list(each) for each in release.joint],
    }


def suppressed(
    release: Release, values: Values, rules: Suppression, counts: Counts
) -> list[Finding]:
    """What speaks against tables with hidden cells."""
    system, over = linked.build(release)
    wider = Counts(over, counts.columns)
    found = [*_complete(release, values)]
    for place, value in values.items():
        if value is None:
            continue
        if 0 < value < rules.threshold:
            figures: Figures = {"count": value, "threshold": rules.threshold}
            found.append(Finding("small_cell_shown", Check.THRESHOLD, said(place), figures))
        if rules.full is Full.HIDDEN and whole_group(place, wider, rules.secret):
            found.append(Finding("full_cell_shown", Check.GROUP, said(place)))
        if value != wider.of(place):
            told: Figures = {"shown": value, "sum": wider.of(place)}
            found.append(Finding("margin_wrong", Check.MARGINS, said(place), told))
    found += editions(release, values, rules.threshold, wider)
    shown = {place: value for place, value in values.items() if value is not None}
    wrong = list(wrong_margins(system, shown))
    found += wrong
    if not wrong:
        found += recovered(release, system, shown, rules, wider)
    return found


def _complete(release: Release, values: Values) -> Iterator[Finding]:
    """A cell that was forgotten is not checked, so it refuses."""
    for place in release.cells():
        if place not in values:
            yield Finding("not_checked", Check.MARGINS, said(place))


def wrong_margins(system: System, shown: Mapping[Cell, int]) -> Iterator[Finding]:
    """Margins that are shown with all their parts and are not their sum."""
    for parent, children in system.sums:
        if parent in shown and all(each in shown for each in children):
            whole = sum(shown[each] for each in children)
            if whole != shown[parent]:
                figures: Figures = {"shown": shown[parent], "sum": whole}
                yield Finding("margin_wrong", Check.MARGINS, said(parent), figures)


def recovered(
    release: Release,
    system: System,
    shown: Mapping[Cell, int],
    rules: Suppression,
    counts: Counts | None = None,
) -> list[Finding]:
    """Hidden cells that a reader can work out to less than the declared width, and cells of no
    table that he can work out to be small. Without `counts` this is what a stranger can do."""
    own, everything = set(release.cells()), dict(shown)
    for edition in release.earlier:
        if not edition.revised:
            everything.update({p: v for p, v in edition.named().items() if v is not None})
    targets = [place for place in system.places if place not in everything]
    least = 1.0 if rules.zeros is Zeros.SHOWN else 0.0
    bounds = {place: (least, math.inf) for place in own} if least else {}
    width = rules.interval
    try:
        seen = attack.intervals(system, everything, targets, enough=width, bounds=bounds)
    except Contradiction as wrong:
        return [_contradicts(wrong, everything)]
    found = []
    for place in targets:
        here = seen[place]
        if here.high - here.low >= width - CLOSE:
            continue
        small = here.high > CLOSE and here.low < rules.threshold - CLOSE
        if counts is not None and place not in own:
            small = 0 < counts.of(place) < rules.threshold
        if place in own or small:
            found.append(_recoverable(place, here, width))
    return found


def _contradicts(wrong: Contradiction, shown: Mapping[Cell, int]) -> Finding:
    place: Cell = wrong.args[0]
    figures: Figures = {"shown": shown.get(place, "–"), "sum": "?"}
    return Finding("margin_wrong", Check.MARGINS, said(place), figures)


def _recoverable(place: Cell, here: Seen, width: int) -> Finding:
    low, high = math.ceil(here.low - CLOSE), math.floor(here.high + CLOSE)
    figures: Figures = {"low": low, "high": high, "width": width}
    of_editions = any(name == EDITION for name, _label in place)
    check = Check.EDITIONS if of_editions else Check.RECOVERY
    return Finding("recoverable", check, said(place), figures)


def editions(release: Release, values: Values, threshold: int, counts: Counts) -> Iterator[Finding]:
    """What earlier editions give away beside today's values."""
    for edition in release.earlier:
        if edition.revised:
            yield from _beside_revised(release, edition, values, threshold)
        else:
            yield from _beside_grown(edition, values, counts)


def _beside_revised(
    release: Release, edition: Published, values: Values, threshold: int
) -> Iterator[Finding]:
    for place, before in edition.values.items():
        if before is None or place not in values:
            continue
        figures: Figures = {"edition": edition.edition, "count": before}
        today = values[place]
        if today is None:
            yield Finding(
                "edition_shows_hidden", Check.EDITIONS, said(place), figures, Weight.TELLS
            )
        elif small_changes(release, place, today, threshold):
            told: Figures = {**figures, "change": today - before, "threshold": threshold}
            yield Finding("edition_small_change", Check.EDITIONS, said(place), told)


def _beside_grown(edition: Published, values: Values, counts: Counts) -> Iterator[Finding]:
    for place, before in edition.named().items():
        if before is None:
            continue
        figures: Figures = {"edition": edition.edition, "count": counts.of(place)}
        if counts.of(place) != before:
            told: Figures = {**figures, "shown": before}
            yield Finding("edition_differs", Check.EDITIONS, said(place), told)
        if place in values and values[place] is None:
            yield Finding(
                "edition_shows_hidden", Check.EDITIONS, said(place), {**figures, "count": before}
            )


def rounded(release: Release, values: Values, rules: Rounding, counts: Counts) -> list[Finding]:
    """What speaks against rounded tables. A reader of them can narrow each count down to the
    multiples around it; that no count is told exactly is checked over all tables together."""
    found = [*_complete(release, values)]
    base = rules.base
    for place, value in values.items():
        shown = "–" if value is None else value
        if value is None or value % base:
            told: Figures = {"shown": shown, "base": base}
            found.append(Finding("not_multiple", Check.THRESHOLD, said(place), told))
        elif abs(value - counts.of(place)) >= base:
            found.append(Finding("beyond_base", Check.MARGINS, said(place)))
    if found:
        return found
    exact = {place: value for place, value in values.items() if value is not None}
    system, _over = linked.build(release)
    if rules.margins is Margins.CONTROLLED:
        found += wrong_margins(system, exact)
    else:
        found.append(Finding("margins_independent", Check.MARGINS, weight=Weight.TELLS))
    found += editions_again(release, values, counts)
    found += told_exactly(
        release, exact, lambda value: (max(0, value - base + 1), value + base - 1), rules, counts
    )
    return found


def told_exactly(
    release: Release,
    values: Mapping[Cell, int],
    around: Callable[[int], tuple[int, int]],
    rules: Rounding | CellKey,
    counts: Counts,
) -> list[Finding]:
    """Small counts that a reader of changed values can narrow down to less than the declared width,
    over all tables and editions together, and groups of which he can be sure that they are whole.

    `around`: a value -> the least and the greatest count that can have led to it.
    """
    system, over = linked.build(release)
    wider = Counts(over, counts.columns)
    seen_values = dict(values)
    for edition in release.earlier:
        if not edition.revised:
            named = edition.named().items()
            seen_values |= {place: value for place, value in named if value is not None}
    bounds = {}
    for place, value in seen_values.items():
        low, high = around(value)
        bounds[place] = (float(low), float(high))
    small = [place for place in system.places if 0 < wider.of(place) < rules.threshold]
    groups = [
        (place, beside)
        for place in values
        for beside in _beside(place, release, wider, rules.secret)
    ]
    targets = [*small, *dict.fromkeys(each for _place, beside in groups for each in beside)]
    width = rules.width
    try:
        seen = attack.intervals(system, {}, targets, enough=width, bounds=bounds)
    except Contradiction as wrong:
        return [_contradicts(wrong, seen_values)]
    found = [
        _recoverable(place, seen[place], width)
        for place in small
        if seen[place].high - seen[place].low < width - CLOSE
    ]
    found += [
        Finding("full_cell_shown", Check.GROUP, said(place))
        for place, beside in groups
        if all(seen[each].high < 1 - CLOSE for each in beside)
    ]
    return found


def _beside(
    place: Cell, release: Release, counts: Counts, secret: Iterable[str]
) -> Iterator[list[Cell]]:
    """The empty cells beside one that holds its whole group, along each variable that is secret."""
    for name, margin in whole_margins(place, counts, secret):
        around = [
            tuple(sorted([*margin, (name, label)])) for label in release.over[name].categories
        ]
        yield [each for each in around if not counts.of(each)]


def editions_again(release: Release, values: Values, counts: Counts) -> Iterator[Finding]:
    """Cells that an earlier edition of the same records showed with another value: two draws for
    one count can be averaged."""
    for edition in release.earlier:
        if edition.edition and not edition.revised:
            continue
        for place, before in edition.values.items():
            today = values.get(place)
            if before is not None and today is not None and before != today:
                figures: Figures = {
                    "edition": edition.edition, "shown": before, "count": counts.of(place)
                }  # fmt: skip
                weight = Weight.TELLS if edition.revised else Weight.REFUSES
                yield Finding("edition_differs", Check.EDITIONS, said(place), figures, weight)


def perturbed(release: Release, values: Values, rules: CellKey, counts: Counts) -> list[Finding]:
    """What speaks against perturbed tables."""
    found = [*_complete(release, values)]
    for place, value in values.items():
        count = counts.of(place)
        if value is None or 0 < value <= rules.small or value < 0:
            figures: Figures = {"threshold": rules.small + 1}
            figures["count"] = "–" if value is None else value
            found.append(Finding("small_cell_shown", Check.THRESHOLD, said(place), figures))
        elif abs(value - count) > rules.most:
            found.append(Finding("beyond_base", Check.MARGINS, said(place)))
        if rules.full is Full.HIDDEN and whole_group(place, counts, rules.secret):
            found.append(Finding("full_cell_shown", Check.GROUP, said(place)))
    if any(each.code != "full_cell_shown" for each in found):
        return found
    found.append(Finding("margins_independent", Check.MARGINS, weight=Weight.TELLS))
    found += editions_again(release, values, counts)
    exact = {place: value for place, value in values.items() if value is not None}
    known = told_exactly(release, exact, rules.table().around, rules, counts)
    # Whole groups were judged above: their noise is the group's, whatever stands beside them.
    found += [each for each in known if each.check is not Check.GROUP]
    return found
