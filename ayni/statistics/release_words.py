"""Words of releases: of what, how they stand, what the machine found, what a method does."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ayni.gazette import api as gazette
from ayni.lib.errors import NotAllowed, Text
from ayni.statistics import disclosure_words
from ayni.statistics.disclosure.findings import Check, Finding, NotDisclosable, Weight
from ayni.statistics.disclosure.rounding import Margins
from ayni.statistics.indicators.words import dimension, label
from ayni.statistics.releasing.declared import Method
from ayni.statistics.releasing.errors import (
    BesideGone,
    ChangedSinceReview,
    CountsGone,
    EarlierProgram,
    NoObservatory,
    NotYourStep,
    OtherDomain,
    PublishedMeanwhile,
    PublishingBroken,
    RebuildingBroken,
    RefusedToday,
)
from ayni.statistics.releasing.kinds import period
from ayni.statistics.releasing.listing import ReleaseFile
from ayni.statistics.releasing.states import STATE_WORDS, State
from ayni.statistics.releasing.tables import Release

METHODS: Mapping[Method, Text] = {
    Method.SUPPRESSION: gettext_lazy("Small numbers are hidden"),
    Method.ROUNDING: gettext_lazy("Every number is rounded at random"),
    Method.CELL_KEY: gettext_lazy("Numbers are changed a little, always in the same way"),
    Method.RECORDS: gettext_lazy("True records in groups that look alike"),
    Method.MODEL: gettext_lazy("Numbers with noise, and invented records that agree with them"),
}
NO_DATE = gettext_lazy("Unknown: whoever proposed these figures did not say it")
CHECKS: Mapping[Check, Text] = {
    Check.PARAMETERS: gettext_lazy("What is declared"),
    Check.THRESHOLD: gettext_lazy("No small number is shown"),
    Check.GROUP: gettext_lazy("No group gives away what all in it have in common"),
    Check.MARGINS: gettext_lazy("Totals are right"),
    Check.RECOVERY: gettext_lazy("What is hidden cannot be worked out"),
    Check.EDITIONS: gettext_lazy("What was published before gives nothing away"),
    Check.ANONYMITY: gettext_lazy("Nobody stands out (k)"),
    Check.DIVERSITY: gettext_lazy("No group has one value only (l)"),
    Check.CLOSENESS: gettext_lazy("No group differs much from the whole (t)"),
    Check.BUDGET: gettext_lazy("The cost is in the ledger and within the budget"),
    Check.AGREEMENT: gettext_lazy("Tables and open records agree"),
}


# Why a rounded number is not shown: the one reason that there is.
NOT_SHOWN: Text = gettext_lazy(
    "Together with the numbers of its line it would tell a small number too closely"
)
_LEAST_CHANCE, _LARGE_CHANCE = 1e-18, 0.1  # outside of these no words help


def name(names: Mapping[str, str]) -> str:
    """A declared name in the reader's language."""
    return names.get((get_language() or "en")[:2], names["en"])


def title(row: Release) -> str:
    """What a release is of, and of when."""
    return f"{name(row.about['names'])}, {period(row.about['first'], row.about['last'])}"


def state(row: Release) -> str:
    """How it stands."""
    return str(STATE_WORDS[State(row.state)])


def findings(file: ReleaseFile) -> list[Finding]:
    """What the machine found, what refuses first; empty before it has looked."""
    told = file.verdict or {}
    found = [finding_of(each) for each in (*told.get("reasons", ()), *told.get("told", ()))]
    return sorted(found, key=lambda each: (each.weight is Weight.TELLS, each.code == "not_checked"))


def finding_of(data: Mapping[str, Any]) -> Finding:
    """A finding from its description."""
    return Finding(
        data["code"], Check(data["check"]), data["where"], data["figures"], Weight(data["weight"])
    )


def said(found: Finding) -> str:
    """A finding as a sentence, with the words of codes where it names a place."""
    if found.check.value == found.where:
        return disclosure_words.reason(replace(found, where=str(CHECKS[found.check])))
    return disclosure_words.reason(replace(found, where=place(found.where)))


def place(where: str) -> str:
    """A cell or table of a finding (`name=code, name=code`) in words; anything else as it is."""
    if where == "total":
        return _("All together")
    pairs = [each.split("=", 1) for each in where.split(", ")]
    if any(len(pair) != 2 for pair in pairs):
        return where
    return ", ".join(f"{dimension(name)}: {label(name, code)}" for name, code in pairs)


def finding(found: Finding) -> str:
    """One line for a terminal."""
    mark = "✗" if found.weight is Weight.REFUSES else "·"
    return f"{mark} {said(found)}"


def of_refusal(refused: NotDisclosable) -> str:
    """Why a parameter or a file is refused."""
    return disclosure_words.reason(refused.finding)


# What can keep a job from doing what somebody has asked for, by its code.
_PROBLEMS: Mapping[str, Text] = {
    each.code: each.reason
    for each in (
        NotAllowed, PublishedMeanwhile, ChangedSinceReview, PublishingBroken, RebuildingBroken,
        CountsGone, EarlierProgram, OtherDomain, BesideGone, RefusedToday, NoObservatory,
        NotYourStep, gazette.NoKeys,
        gazette.NotComparedYet, gazette.NoMoreLines, gazette.NoMoreRoom, gazette.NoMoreVersions,
    )
}  # fmt: skip


def problem(code: str) -> str:
    """Why a job could not do what was asked, in words; its code where there are none."""
    said = _PROBLEMS.get(code)
    return code if said is None or "%(" in str(said) else str(said)


def chance(of: float) -> str:
    """A chance as somebody reads it: the small ones as one in so many, to two digits."""
    if not _LEAST_CHANCE < of < _LARGE_CHANCE:
        return f"{of:g}"
    exact = 1 / of
    about = round(exact, 1 - math.floor(math.log10(exact)))
    return _("about 1 in %(number)s") % {"number": number_format(int(about), force_grouping=True)}


def in_plain_words(method: Method, parameters: Mapping[str, Any]) -> list[str]:
    """What was done to the numbers, for whoever reads them."""
    p = dict(parameters)
    if method is Method.SUPPRESSION:
        return [
            _("A number of persons from 1 to %(below)s is not shown.")
            % {"below": p["threshold"] - 1},
            _(
                "So that nobody works it out from the totals, other numbers beside it are not "
                "shown either: whoever tries is left with at least %(width)s possible numbers."
            )
            % {"width": p["width"]},
            _("Numbers that are shown are exact."),
        ]
    if method is Method.ROUNDING:
        return _of_rounding(p)
    if method is Method.CELL_KEY:
        return [
            _(
                "Every number was changed a little at random, by %(most)s at most; zero stays "
                "zero. The same persons always give the same number."
            )
            % {"most": p["most"]},
            _("Totals were changed on their own, so they need not be the sum of their parts."),
        ]
    if method is Method.RECORDS:
        m = p["measured"]
        return [
            _(
                "Each line is a true record with few columns. At least %(k)s records look alike in "
                "what others may know (k); each such group has at least %(l)s different values of "
                "what must not be learned (l), and differs from the whole by %(t)s at most (t)."
            )
            % m
        ]
    return [
        _(
            "Noise was added to every number, so that the figures hardly depend on whether one "
            "record is in them or not (differential privacy: epsilon %(epsilon)s, delta "
            "%(delta)s)."
        )
        % {**p, "delta": chance(p["delta"])},
        _(
            "The interval beside a number holds the true one in 95 of 100 cases. Small numbers are "
            "uncertain; use large ones."
        ),
        _("The open records are invented: no line is a person. Counted, they give these tables."),
        *([disclosure_words.told(p["measured"])] if "measured" in p else []),
    ]


def _of_rounding(p: Mapping[str, Any]) -> list[str]:
    return [
        _("Every number was rounded at random up or down to a multiple of %(base)s.") % p,
        _("Totals add up: each is the sum of its parts.")
        if p.get("margins") == Margins.CONTROLLED
        else _("Totals were rounded on their own, so they need not be the sum of their parts."),
        *(
            [
                _(
                    "Where a total and its parts, rounded as they are, would together tell a "
                    "small number too closely, none of them is shown. Such a number need not "
                    "be small itself."
                )
            ]
            if p.get("not_shown")
            else []
        ),
    ]
