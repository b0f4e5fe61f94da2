"""The machine's check of a table before a second person sees it. Pure.

It begins again from what would be published, with an attack of its own: nothing that a method kept
to itself is believed. Each check that ran is named in the verdict; one that did not run refuses.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from ayni.statistics.disclosure import attack, linked
from ayni.statistics.disclosure.attack import CLOSE, Contradiction, Seen
from ayni.statistics.disclosure.cell_key import CellKey, Perturbed
from ayni.statistics.disclosure.changed import Around, bounds_of
from ayni.statistics.disclosure.findings import (
    Check,
    Figures,
    Finding,
    Mode,
    NotDisclosable,
    Subject,
    Verdict,
    Weight,
)
from ayni.statistics.disclosure.groups import Group, groups, whole_group
from ayni.statistics.disclosure.linked import System
from ayni.statistics.disclosure.rounding import Margins, Rounded, Rounding
from ayni.statistics.disclosure.suppressing import (
    Full,
    Suppressed,
    Suppression,
    Zeros,
    small_changes,
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
    try:
        if isinstance(done, Suppressed) and isinstance(rules, Suppression):
            findings, ran = suppressed(release, done.values, rules, counts), _ALL
        elif isinstance(done, Rounded) and isinstance(rules, Rounding):
            findings, ran = rounded(release, done.values, rules, counts), _ALL
        elif isinstance(done, Perturbed) and isinstance(rules, CellKey):
            findings, ran = perturbed(release, done.values, rules, counts), _ALL
    except NotDisclosable as refused:  # too large to be attacked as a whole
        findings = (refused.finding,)
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
        "joint": linked.joint_of(release),
        "beside": list(release.beside),
    }


def suppressed(
    release: Release, values: Values, rules: Suppression, counts: Counts
) -> list[Finding]:
    """What speaks against tables with hidden cells."""
    system, over = linked.build(release)
    wider = Counts(over, counts.columns)
    found, values = _own(release, values)
    hidden = rules.full is Full.HIDDEN
    for place, value in values.items():
        if value is None:
            continue
        if 0 < value < rules.threshold:
            figures: Figures = {"count": value, "threshold": rules.threshold}
            found.append(Finding("small_cell_shown", Check.THRESHOLD, said(place), figures))
        if hidden and whole_group(place, wider, rules.secret, system.used):
            found.append(Finding("full_cell_shown", Check.GROUP, said(place)))
        if value != wider.of(place):
            told: Figures = {"shown": value, "sum": wider.of(place)}
            found.append(Finding("margin_wrong", Check.MARGINS, said(place), told))
    found += [*modes_and_reach(release), *editions(release, values, rules, wider)]
    shown = {place: value for place, value in values.items() if value is not None}
    wrong = list(wrong_margins(system, shown))
    found += wrong
    if not wrong:
        found += recovered(release, system, shown, rules, wider)
    return found


def _own(release: Release, values: Values) -> tuple[list[Finding], Values]:
    """The values of the cells that were proposed. A cell that was forgotten is not checked, so it
    refuses; so does one that nobody proposed, for it takes part in no equation."""
    own = {place: values[place] for place in release.cells() if place in values}
    forgotten = [place for place in release.cells() if place not in own]
    strange = [place for place in values if place not in own]
    found = [Finding("not_checked", Check.MARGINS, said(place)) for place in forgotten]
    found += [Finding("not_proposed", Check.MARGINS, said(place)) for place in strange]
    return found, own


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
    own, everything, whole = set(release.cells()), dict(shown), list[Group]()
    if counts is None:
        for edition in release.earlier:
            if not edition.revised:
                everything.update({p: v for p, v in edition.named().items() if v is not None})
    else:
        before = release.known_before(counts)
        everything.update(before)
        if rules.full is Full.HIDDEN:
            whole = groups(system, counts, rules.secret, {**before, **shown})
    full = {group.place for group in whole}
    targets = [place for place in system.places if place not in everything]
    least = 1.0 if rules.zeros is Zeros.SHOWN else 0.0
    bounds = {place: (least, math.inf) for place in own} if least else {}
    width = rules.interval
    try:
        seen = attack.intervals(system, everything, targets, enough=width, bounds=bounds)
        beside = [each for group in whole for each in group.beside if each not in everything]
        attack.intervals(system, everything, beside, enough=1, bounds=bounds, seen=seen)
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
        elif place in full:
            found.append(Finding("group_worked_out", Check.GROUP, said(place)))
    told = {each.where for each in found}
    return [*found, *(e for e in _sure(whole, seen, everything, set()) if e.where not in told)]


def _contradicts(wrong: Contradiction, shown: Mapping[Cell, int]) -> Finding:
    place: Cell = wrong.args[0]
    figures: Figures = {"shown": shown.get(place, "–"), "sum": "?"}
    return Finding("margin_wrong", Check.MARGINS, said(place), figures)


def _recoverable(place: Cell, here: Seen, width: int) -> Finding:
    low, high = math.ceil(here.low - CLOSE), math.floor(here.high + CLOSE)
    figures: Figures = {"low": low, "high": high, "width": width}
    return Finding("recoverable", _checked(place), said(place), figures)


def _checked(place: Cell) -> Check:
    of_editions = any(name == EDITION for name, _label in place)
    return Check.EDITIONS if of_editions else Check.RECOVERY


def modes_and_reach(release: Release) -> Iterator[Finding]:
    """What the reviewer must have read of the release as a whole."""
    if release.beside:
        names = ", ".join(release.beside)
        yield Finding("other_mode_beside", Check.PARAMETERS, names, weight=Weight.TELLS)
    if left := linked.left_open(release):
        names = "; ".join(" × ".join(each) for each in left)
        yield Finding("joint_partial", Check.RECOVERY, names, weight=Weight.TELLS)


def editions(
    release: Release, values: Values, rules: Suppression, counts: Counts
) -> Iterator[Finding]:
    """What earlier editions give away beside today's values."""
    for edition in release.earlier:
        if edition.revised:
            yield from _beside_revised(release, edition, values, rules, counts)
        else:
            yield from _beside_grown(edition, values, counts)


def _beside_revised(
    release: Release, edition: Published, values: Values, rules: Suppression, counts: Counts
) -> Iterator[Finding]:
    used = linked.labels_in_use(release)
    for place, before in edition.values.items():
        if before is None or place not in values:
            continue
        figures: Figures = {"edition": edition.edition, "count": before}
        today = values[place]
        if today is None:
            small = 0 < counts.of(place) < rules.threshold or 0 < before < rules.threshold
            full = rules.full is Full.HIDDEN and whole_group(place, counts, rules.secret, used)
            weight = Weight.REFUSES if small or full else Weight.TELLS
            yield Finding("edition_shows_hidden", Check.EDITIONS, said(place), figures, weight)
        elif small_changes(release, place, today, rules.threshold):
            told: Figures = {**figures, "change": today - before, "threshold": rules.threshold}
            yield Finding("edition_small_change", Check.EDITIONS, said(place), told)


def _beside_grown(edition: Published, values: Values, counts: Counts) -> Iterator[Finding]:
    for place, before in edition.named().items():
        if before is None:
            continue
        figures: Figures = {"edition": edition.edition}
        if counts.of(place) != before:
            # What is counted now may be few: nobody reads it who may not see such counts.
            told: Figures = {**figures, "shown": before}
            yield Finding("edition_differs", Check.EDITIONS, said(place), told)
        if place in values and values[place] is None:
            yield Finding(
                "edition_shows_hidden", Check.EDITIONS, said(place), {**figures, "count": before}
            )


def rounded(release: Release, values: Values, rules: Rounding, counts: Counts) -> list[Finding]:
    """What speaks against rounded tables. A reader of them can narrow each count down to the
    multiples around it; that no count is told exactly is checked over all tables together. Numbers
    that are withheld (`withholding`) tell him nothing."""
    found, values = _own(release, values)
    exact = {place: value for place, value in values.items() if value is not None}
    withheld = len(values) - len(exact)
    if not exact:
        return [*found, Finding("all_withheld", Check.THRESHOLD)]
    for place, value in values.items():
        if value is None and rules.margins is Margins.INDEPENDENT:
            continue
        if value is None or value % rules.base:
            told: Figures = {"shown": "–" if value is None else value, "base": rules.base}
            found.append(Finding("not_multiple", Check.THRESHOLD, said(place), told))
        elif abs(value - counts.of(place)) > rules.most:
            found.append(Finding("beyond_base", Check.MARGINS, said(place)))
    if found:
        return found
    found += modes_and_reach(release)
    if withheld:
        number: Figures = {"withheld": withheld, "all": len(values)}
        found.append(Finding("withheld", Check.RECOVERY, figures=number, weight=Weight.TELLS))
    system, _over = linked.build(release)
    if rules.margins is Margins.CONTROLLED:
        found += wrong_margins(system, exact)
    else:
        found.append(Finding("margins_independent", Check.MARGINS, weight=Weight.TELLS))
    found += editions_again(release, values)
    found += told_exactly(release, exact, rules.around, rules, counts)
    return found


def told_exactly(
    release: Release,
    values: Mapping[Cell, int],
    around: Around,
    rules: Rounding | CellKey,
    counts: Counts,
) -> list[Finding]:
    """Small counts that a reader of changed values can narrow down to less than the declared width,
    over all tables and editions together, and groups of which he can be sure that they are whole.

    `around`: a value -> the least and the greatest count that can have led to it.
    """
    system, over = linked.build(release)
    wider = Counts(over, counts.columns)
    bounds = bounds_of(release, values, around, wider)
    small = [place for place in system.places if 0 < wider.of(place) < rules.threshold]
    told = isinstance(rules, CellKey) and rules.full is Full.SHOWN
    whole = [] if told else groups(system, wider, rules.secret, {})
    width = rules.interval
    try:
        seen = attack.intervals(system, {}, small, enough=width, bounds=bounds)
        beside = [
            each
            for group in whole
            for each in group.beside
            if bounds.get(each, (0.0, math.inf))[1] >= 1
        ]
        attack.intervals(system, {}, beside, enough=1, bounds=bounds, seen=seen)
    except Contradiction as wrong:
        return [_contradicts(wrong, values)]
    # Not how far: who proposes chose the width, and a refusal holds her to no method (ADR 0084).
    found = [
        Finding("narrowed", _checked(place), said(place), {"width": width})
        for place in small
        if seen[place].high - seen[place].low < width - CLOSE
    ]
    return [*found, *_sure(whole, seen, {}, set(values))]


def _sure(
    whole: Iterable[Group],
    seen: Mapping[Cell, Seen],
    shown: Mapping[Cell, int],
    own: AbstractSet[Cell],
) -> list[Finding]:
    """The groups of which a reader is sure that they are whole, each cell once."""
    sure = dict.fromkeys(group.place for group in whole if group.sure(seen, shown))
    return [
        Finding("full_cell_shown" if place in own else "group_worked_out", Check.GROUP, said(place))
        for place in sure
    ]


def editions_again(release: Release, values: Values) -> Iterator[Finding]:
    """Cells that an earlier edition of the same records showed with another value: two draws for
    one count can be averaged. The count itself is not told: what is drawn is there to hide it."""
    for edition in release.earlier:
        if edition.edition and not edition.revised:
            continue
        for place, before in edition.values.items():
            today = values.get(place)
            if before is not None and today is not None and before != today:
                figures: Figures = {"edition": edition.edition, "shown": before}
                weight = Weight.TELLS if edition.revised else Weight.REFUSES
                yield Finding("edition_differs", Check.EDITIONS, said(place), figures, weight)


def perturbed(release: Release, values: Values, rules: CellKey, counts: Counts) -> list[Finding]:
    """What speaks against perturbed tables."""
    found, values = _own(release, values)
    used = linked.labels_in_use(release)
    for place, value in values.items():
        count = counts.of(place)
        if value is None or 0 < value <= rules.small or value < 0:
            figures: Figures = {"threshold": rules.small + 1}
            figures["count"] = "–" if value is None else value
            found.append(Finding("small_cell_shown", Check.THRESHOLD, said(place), figures))
        elif abs(value - count) > rules.most:
            found.append(Finding("beyond_base", Check.MARGINS, said(place)))
        if rules.full is Full.HIDDEN and whole_group(place, counts, rules.secret, used):
            found.append(Finding("full_cell_shown", Check.GROUP, said(place)))
    if any(each.code != "full_cell_shown" for each in found):
        return found
    found.append(Finding("margins_independent", Check.MARGINS, weight=Weight.TELLS))
    found += [*modes_and_reach(release), *editions_again(release, values)]
    exact = {place: value for place, value in values.items() if value is not None}
    known = told_exactly(release, exact, rules.table().around, rules, counts)
    # Whole groups that are shown were judged above: their noise is the group's, whatever stands
    # beside them.
    found += [each for each in known if each.code != "full_cell_shown"]
    return found
