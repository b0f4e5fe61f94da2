"""One question to one source, for one actor."""

from __future__ import annotations

from ayni.audit.api import Actor
from ayni.statistics.errors import NotLoaded
from ayni.statistics.indicators import asking, comparing
from ayni.statistics.indicators.asking import Question
from ayni.statistics.indicators.comparing import Comparison
from ayni.statistics.indicators.result import Answer


def ask_indicator(*, by: Actor, question: Question) -> Answer:
    """What an indicator comes to. Published sources are for everybody; of records of this node an
    actor sees what `Answer.standing` says. Nothing about a person is opened.

    Raises `UnknownIndicator`, `SourceCannot`, `UnknownArea`, `WrongPeriod`, `NotLoaded`,
    `NothingCounted`, `NotAllowed`.
    """
    counting = asking.check(question)
    if question.source == "glotip":
        return asking.answer_from(question, asking.from_glotip(question, counting))
    raise NotLoaded


def compare_sources(*, by: Actor, question: Question) -> Comparison:
    """The indicator over every source that counts it, with why they differ; a source that says
    nothing stands there with the reason. Raises `UnknownIndicator`, `NotAllowed`."""
    return comparing.compare(question, lambda each: ask_indicator(by=by, question=each))
