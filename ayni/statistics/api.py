"""The door of statistics: sources are loaded, indicators counted and compared."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from ayni.audit.api import Actor
from ayni.help import api as help_lines
from ayni.members import api as members
from ayni.statistics import loading
from ayni.statistics.errors import (
    FileChanged,
    FileRefused,
    LoadUnderWay,
    NothingCounted,
    NothingLoaded,
    NotLoaded,
    NotThisNode,
    SourceCannot,
    UnknownArea,
    UnknownIndicator,
    UnknownInstitution,
    WrongPeriod,
)
from ayni.statistics.figures import FIGURES, Counted, Figure, count_linea145, linea145_rows
from ayni.statistics.indicators.ask import ask_indicator, compare_sources
from ayni.statistics.indicators.asking import Question, area_of
from ayni.statistics.indicators.comparing import Comparison, Side, comparison_as_plain
from ayni.statistics.indicators.definition import Indicator, Source, indicators, sources
from ayni.statistics.indicators.plain import as_plain
from ayni.statistics.indicators.result import (
    Answer,
    Area,
    AreaKind,
    Crime,
    Missing,
    Origin,
    Standing,
    Unit,
    Words,
)
from ayni.statistics.indicators.result import Line as AnswerLine
from ayni.statistics.indicators.words import country, dimension, label
from ayni.statistics.logs import Line, OpenLog, loads, open_log
from ayni.statistics.models import Edition, Load, Remark
from ayni.statistics.releases import published_releases
from ayni.statistics.sources import glotip_loading
from ayni.statistics.sources.editions import edition_log, editions, remark_words
from ayni.statistics.sources.glotip import SHEET as GLOTIP_SHEET
from ayni.statistics.sources.glotip_loading import Imported
from ayni.statistics.sums import HeldFigures, node_figures

__all__ = [
    "Answer",
    "AnswerLine",
    "Area",
    "AreaKind",
    "Comparison",
    "Counted",
    "Crime",
    "Edition",
    "FIGURES",
    "Figure",
    "FileChanged",
    "FileRefused",
    "GLOTIP_SHEET",
    "HeldFigures",
    "Imported",
    "Indicator",
    "Line",
    "Load",
    "LoadUnderWay",
    "Missing",
    "NotLoaded",
    "NotThisNode",
    "NothingCounted",
    "NothingLoaded",
    "OpenLog",
    "Origin",
    "Question",
    "Remark",
    "STATE",
    "Side",
    "Source",
    "SourceCannot",
    "Standing",
    "Unit",
    "UnknownArea",
    "UnknownIndicator",
    "UnknownInstitution",
    "Words",
    "WrongPeriod",
    "area_of",
    "as_plain",
    "ask_indicator",
    "check_node",
    "compare_sources",
    "comparison_as_plain",
    "count_linea145",
    "country",
    "dimension",
    "edition_log",
    "editions",
    "import_glotip",
    "import_linea145",
    "indicators",
    "institution_for",
    "label",
    "linea145_figures",
    "linea145_rows",
    "loads",
    "node_figures",
    "open_log",
    "published_releases",
    "register_programme",
    "remark_words",
    "sources",
]

STATE = "ar"
# The name that the files themselves use for the programme behind the hotline ("Área Legal del
# Programa Nacional de Rescate"); a name is not translated.
_PROGRAMME = "Programa Nacional de Rescate"


def check_node() -> None:
    """Raise `NotThisNode` on any node but Argentina's."""
    if members.this_node() != STATE:
        raise NotThisNode


def institution_for(code: str = "") -> members.Institution:
    """The institution of this node with this code; without code, the one that takes notices.

    Raises `NotThisNode`, `UnknownInstitution`, or `help.NobodyTakesNotices` if there is none.
    """
    check_node()
    wanted = code or help_lines.who_takes_notices()
    for institution in members.institutions(state=STATE):
        if institution.code == wanted:
            return institution
    raise UnknownInstitution


def register_programme(*, by: Actor) -> members.Institution:
    """Register the programme that the files name, on a node without an institution for notices."""
    check_node()
    return members.add_institution(
        by=by,
        code="ar-programme",
        names=dict.fromkeys(("es", "pt", "en"), _PROGRAMME),
        kind=members.InstitutionKind.PROGRAMME.value,
        state=STATE,
        stands_in="AR",
        time_zone="America/Argentina/Buenos_Aires",
    )


def import_linea145(
    *,
    by: Actor,
    reports: Path,
    persons: Path,
    now: datetime,
    progress: Callable[[str, int], None] = lambda _phase, _read: None,
) -> Load:
    """Load the hotline's two files as historical notices of the actor's institution.

    Both are checked whole first. What stands already is never changed: a second run adds nothing,
    and rows that the files tell otherwise now are told. `now` is the present moment; `progress` is
    called with "check" or "load" and the bytes read since the last call. Raises `NotThisNode`,
    `FileRefused` (nothing was written), `FileChanged`, `LoadUnderWay`.
    """
    check_node()
    with members.acting(by.institution):
        return loading.load_files(
            by=by, reports=reports, persons=persons, now=now, progress=progress
        )


def linea145_figures(*, by: Actor) -> dict[str, Any]:
    """All figures as a program reads them: each name with its number, and under "figures" each with
    numerator and denominator. Raises `NotThisNode`, `NothingLoaded`.

    "persons" and "persons_without_nationality" add up the roles, which no page does.
    """
    check_node()
    with members.acting(by.institution):
        counted = count_linea145(by=by)
    if not counted["reports"].numerator and not counted["other_subject"].numerator:
        raise NothingLoaded
    numbers = {name: figure.numerator for name, figure in counted.items()}
    roles = ("accused", "direct_victims", "relatives")
    return {
        **numbers,
        "persons": sum(numbers[role] for role in roles),
        "persons_without_nationality": sum(
            numbers[f"{role}_without_nationality"] for role in roles
        ),
        "figures": {
            name: {"numerator": figure.numerator, "denominator": figure.denominator}
            for name, figure in counted.items()
        },
    }


def import_glotip(
    *,
    by: Actor,
    file: Path,
    now: datetime,
    sheet: str = GLOTIP_SHEET,
    progress: Callable[[str, int, int], None] = lambda _phase, _more, _of: None,
) -> Imported:
    """Load UNODC's workbook as an edition. The file is checked whole first; the same file is loaded
    once, whatever it is called; one that was broken off is completed; another one stands beside it.

    `now` is the present moment; `progress` is called with "check" or "load", how many rows more and
    of how many. Only a command of this node loads. Raises `NotAllowed`, `FileRefused` (nothing was
    written), `LoadUnderWay`.
    """
    return glotip_loading.load_file(by=by, file=file, sheet=sheet, now=now, progress=progress)
