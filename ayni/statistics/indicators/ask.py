"""One question to one source, for one actor."""

from __future__ import annotations

from dataclasses import replace

from ayni.audit.api import Actor
from ayni.members import api as members
from ayni.statistics.indicators import asking, comparing, definition
from ayni.statistics.indicators.asking import Question
from ayni.statistics.indicators.comparing import Comparison
from ayni.statistics.indicators.of_clocks import from_clocks
from ayni.statistics.indicators.of_glotip import from_glotip
from ayni.statistics.indicators.of_own_records import from_own_records
from ayni.statistics.indicators.result import Answer, Area, AreaKind


def ask_indicator(*, by: Actor, question: Question) -> Answer:
    """What an indicator comes to. Published sources are for everybody; of records of this node an
    actor sees what `Answer.standing` says. Nothing about a person is opened.

    Raises `UnknownIndicator`, `SourceCannot`, `UnknownArea`, `WrongPeriod`, `NotLoaded`,
    `NothingCounted`, `NotAllowed`.
    """
    counting = asking.check(question)
    match definition.sources()[question.source].kind:
        case "published":
            return asking.answer_from(question, from_glotip(question, counting))
        case "own":
            return asking.answer_from(question, from_own_records(by, question, counting))
        case _:
            return asking.made_of(question, *from_clocks(by, question))


def compare_sources(*, by: Actor, question: Question, holder: str = "") -> Comparison:
    """The indicator over every source that counts it, with why they differ; a source that says
    nothing, or nothing to this actor, stands there with the reason. `holder`: the institution whose
    records are meant where a source is kept by institutions of this node and the question is of its
    state; published sources are asked as they are. Raises `UnknownIndicator`."""

    def ask(each: Question) -> Answer:
        if holder and _is_of_this_node(each):
            each = replace(each, area=Area(AreaKind.HOLDER, (holder,)))
        return ask_indicator(by=by, question=each)

    return comparing.compare(question, ask)


def _is_of_this_node(question: Question) -> bool:
    """Whether the question is one that records of this node can answer."""
    of_institutions = definition.sources()[question.source].kind == "own"
    area, here = question.area, members.this_node().upper()
    return of_institutions and area.kind is AreaKind.STATES and here in area.codes
