"""The same indicator over several sources, with why they differ, so that nobody quotes two truths.

The numbers stand beside each other and are never added up, nor is one called the right one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from ayni.lib.errors import Refused
from ayni.statistics.indicators import definition
from ayni.statistics.indicators.asking import Question, indicator_of
from ayni.statistics.indicators.plain import as_plain
from ayni.statistics.indicators.result import Answer, Words


@dataclass(frozen=True, slots=True)
class Side:
    """One source of a comparison: its answer, or why there is none; and what makes it differ."""

    source: str
    title: Words
    answer: Answer | None
    refused: str
    coverage: Words
    counts: Words
    dated: Words
    masks: Words
    differs: Words | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """An indicator over every source that can count it."""

    indicator: str
    title: Words
    sides: tuple[Side, ...]


def compare(question: Question, ask: Callable[[Question], Answer]) -> Comparison:
    """`question` for each source of its indicator (its own source does not matter).

    A source that refuses is kept with its reason: that it says nothing is part of the comparison.
    Raises `UnknownIndicator`.
    """
    # A refusal for want of a permission is told as well: it says nothing of the records.
    indicator = indicator_of(question.indicator)
    sides = []
    for code, counting in indicator.sources.items():
        source = definition.sources()[code]
        answer, refused = None, ""
        try:
            answer = ask(replace(question, source=code))
        except Refused as reason:
            refused = str(reason)
        sides.append(
            Side(
                source=code,
                title=source.title,
                answer=answer,
                refused=refused,
                coverage=source.coverage,
                counts=source.counts,
                dated=source.dated,
                masks=source.masks,
                differs=counting.differs,
            )
        )
    return Comparison(indicator.code, indicator.title, tuple(sides))


def comparison_as_plain(comparison: Comparison, language: str = "en") -> dict[str, Any]:
    """A comparison as plain values, for JSON."""
    return {
        "indicator": comparison.indicator,
        "title": comparison.title.into(language),
        "sources": [
            {
                "source": side.source,
                "title": side.title.into(language),
                "answer": None if side.answer is None else as_plain(side.answer, language),
                "no_answer_because": side.refused,
                "why_it_differs": {
                    "coverage": side.coverage.into(language),
                    "definition": side.counts.into(language),
                    "period": side.dated.into(language),
                    "masks": side.masks.into(language),
                    **({"in_this_indicator": side.differs.into(language)} if side.differs else {}),
                },
            }
            for side in comparison.sides
        ],
    }
