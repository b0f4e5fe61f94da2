"""Rounded numbers that are not shown, for together they would tell a small number too closely.
Pure.

Each count is rounded on its own, so a total and its parts can lie so far apart that few counts
agree with all of them: parts of 0, 0, 0 and 0 under a total of 20, to base 5, are four each. Such a
table is not drawn again until it comes out well: that would favour some draws, and every other one
would be told by what is never seen. Instead whole *lines* are withheld: every number of each
equation that holds a count too closely, the total and all its parts; and with a total that may be
small its parts in every other table. Of a single gap, with everything around it shown, whoever
knows this rule works out which rounded number would have been withheld there.

For the same reason the rule looks at what would be published and not at the counts: every cell that
may be small as far as its rounded value says, whether or not it is. (Of cells that no table shows
it looks at those at which the check looks.) So the same values give the same gaps. Withholding only
takes away what a reader knows, so each round widens every interval, and the check (`checking`)
judges what is left.

Source of the attack: as `attack`. The choice of lines is this project's own (ADR 0089), with what
it does not hold against a reader who knows it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from ayni.statistics.disclosure import attack, linked
from ayni.statistics.disclosure.attack import CLOSE, Contradiction, Seen
from ayni.statistics.disclosure.changed import bounds_of
from ayni.statistics.disclosure.groups import groups
from ayni.statistics.disclosure.linked import System
from ayni.statistics.disclosure.rounding import Margins, Rounded, Rounding
from ayni.statistics.disclosure.tables import Cell, Counts, Release


def withhold(release: Release, done: Rounded, rules: Rounding, counts: Counts) -> Rounded:
    """The same with None for each number that is withheld. What was rounded so that it adds up
    stays as it is: of a single gap the sums would tell the number, and nothing is narrow there
    unless a wider interval was declared than rounding leaves open. What earlier editions tell can
    not be taken back: where they alone hold a cell, nothing helps, and the check refuses.

    Raises `NotDisclosable` for a system that is too large, `ExtraMissing`.
    """
    if rules.margins is Margins.CONTROLLED:
        return done
    values = {place: value for place, value in done.values.items() if value is not None}
    shown = _shown(release, values, rules, counts)
    return replace(done, values={place: shown.get(place) for place in done.values})


def _shown(
    release: Release, values: Mapping[Cell, int], rules: Rounding, counts: Counts
) -> dict[Cell, int]:
    """What is left of values."""
    system, over = linked.build(release)
    wider = Counts(over, counts.columns)
    may_be_small = {
        place: float(rules.interval)
        for place, value in values.items()
        if rules.around(value)[0] < rules.threshold
    }
    need = _looked_at(system, values, rules, wider) | may_be_small
    shown, seen = dict(values), dict[Cell, Seen]()
    while True:
        need |= {place: rules.interval for place in values if place not in shown}
        bounds = bounds_of(release, shown, rules.around, wider)
        for each in seen.values():  # what was possible stays so; what was a bound need not
            each.sure_low = each.sure_high = False
        try:
            attack.intervals(system, {}, need, enough=need, bounds=bounds, seen=seen)
            narrow = [p for p in need if _narrow(seen[p], need[p], rules.threshold)]
            holding = attack.holding(system, narrow, bounds)
        except Contradiction:  # with what was published before: the check says so
            return shown
        if not holding & shown.keys():
            return shown
        gone = holding | (values.keys() - shown.keys())
        shown = _without(system, shown, gone, may_be_small)


def _without(
    system: System, shown: Mapping[Cell, int], gone: set[Cell], may_be_small: Collection[Cell]
) -> dict[Cell, int]:
    """What is left without these cells, and without the parts, in any table, of each total among
    them that may be small: from parts that are shown and tell nothing of themselves follows what
    the total can not have been rounded to."""
    gone, known = set(gone), -1
    while known < len(gone):
        known = len(gone)
        for parent, children in system.sums:
            if parent in gone and parent in may_be_small:
                gone.update(children)
    return {place: value for place, value in shown.items() if place not in gone}


def _looked_at(
    system: System, values: Mapping[Cell, int], rules: Rounding, counts: Counts
) -> dict[Cell, float]:
    """The cells that no table shows and that must not be told too closely, and those beside whole
    groups, each with the least width of what is left."""
    need: dict[Cell, float] = {
        place: rules.interval
        for place in system.places
        if place not in values and 0 < counts.of(place) < rules.threshold
    }
    for group in groups(system, counts, rules.secret, {}):  # that somebody may stand beside it
        for place in group.beside:
            need.setdefault(place, 1)
    return need


def _narrow(here: Seen, need: float, threshold: int) -> bool:
    """Whether a cell that may be small is told more closely than that."""
    return here.high - here.low < need - CLOSE and here.low < threshold - CLOSE
