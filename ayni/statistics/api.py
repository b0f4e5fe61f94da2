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
    HeldElsewhere,
    LoadUnderWay,
    NothingCounted,
    NothingLoaded,
    NotLoaded,
    NotThisNode,
    SourceCannot,
    TooFew,
    UnknownArea,
    UnknownIndicator,
    UnknownInstitution,
    WrongPeriod,
)
from ayni.statistics.figures import FIGURES, Counted, Figure, count_linea145, linea145_rows
from ayni.statistics.htcds import ctdc as _ctdc
from ayni.statistics.htcds import exporting as _exporting
from ayni.statistics.htcds import formats as _formats
from ayni.statistics.htcds import importing as _importing
from ayni.statistics.htcds import register as _register
from ayni.statistics.htcds.exporting import Exported, Wanted
from ayni.statistics.htcds.guard import HeldFile
from ayni.statistics.htcds.importing import Imported as ImportedRecords
from ayni.statistics.htcds.uploads import forget_htcds, open_htcds, take_htcds_rows, upload_htcds
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
from ayni.statistics.masked.acts import SumAct, Turned, sum_acts
from ayni.statistics.masked.adding import Added, Part
from ayni.statistics.masked.asking import (
    OwnCounts,
    Waiting,
    add_sums,
    added_here,
    added_sum,
    give_to_sum,
    may_be_asked,
    outcome_of,
    own_counts,
    period_of,
    sum_parts,
    sum_round,
    sum_rounds,
    sums_waiting,
    tell_outcome,
)
from ayni.statistics.masked.declaring import Wanted as SumWanted
from ayni.statistics.masked.declaring import declare_sum, take_back_sum
from ayni.statistics.masked.errors import (
    AlreadyAdded,
    CountsChanged,
    NoSumYet,
    NotAgreed,
    NotNamed,
    NotTheSecretariat,
    NotWholeYears,
    SeedMissing,
    SomebodyLeftOut,
    UnknownRound,
)
from ayni.statistics.masked.giving import decline as decline_sum
from ayni.statistics.masked.giving import take_part as take_part_in_sum
from ayni.statistics.masked.giving import withdraw as withdraw_from_sum
from ayni.statistics.masked.kinds import Outcome, Reason
from ayni.statistics.masked.layout import TOTAL
from ayni.statistics.masked.progress import Act, Ended, Move, Step, Why, step_of
from ayni.statistics.masked.reading import Known as SumRound
from ayni.statistics.masked.rounds import LEAST_STATES, whole_years
from ayni.statistics.masked.rounds import LONGEST as LONGEST_SUM
from ayni.statistics.masked.rounds import Standing as SumStanding
from ayni.statistics.masked.sending import kept as sum_kept
from ayni.statistics.masked.tables import SumTable, sum_tables
from ayni.statistics.masked.telling import (
    period_words,
    states_by_name,
    sum_title,
    table_title,
    why_ended,
    why_kept,
)
from ayni.statistics.models import Edition, Load, Remark
from ayni.statistics.release_words import title as release_title
from ayni.statistics.releases import published_bytes, published_release, published_releases
from ayni.statistics.releasing.budget import Balance, balances
from ayni.statistics.releasing.checking import check_release
from ayni.statistics.releasing.content import Content, Shown
from ayni.statistics.releasing.content import Line as ReleaseLine
from ayni.statistics.releasing.declared import Declared, Method
from ayni.statistics.releasing.errors import NothingToRelease, ProposalRefused
from ayni.statistics.releasing.listing import (
    Choice,
    ReleaseFile,
    choices,
    open_release,
    releases,
    releases_waiting,
)
from ayni.statistics.releasing.listing import Waiting as ReleaseWaiting
from ayni.statistics.releasing.proposing import check_observatory, propose_release
from ayni.statistics.releasing.publishing import publish_release, sign_release
from ayni.statistics.releasing.reasons import WhyCorrected, WhyWithdrawn
from ayni.statistics.releasing.rebuilding import Rebuilt, ask_to_rebuild, rebuild_release
from ayni.statistics.releasing.reviewing import (
    can_act,
    can_correct,
    discard_release,
    review_release,
    withdraw_release,
)
from ayni.statistics.releasing.states import Act as ReleaseAct
from ayni.statistics.releasing.states import State as ReleaseState
from ayni.statistics.releasing.tables import Decision, Release
from ayni.statistics.sources import glotip_loading
from ayni.statistics.sources.editions import counted_edition, edition_log, editions, remark_words
from ayni.statistics.sources.glotip import SHEET as GLOTIP_SHEET
from ayni.statistics.sources.glotip_loading import Imported
from ayni.statistics.sources.own_cases import Checked as CaseCounts
from ayni.statistics.sources.own_cases import count_all as count_cases
from ayni.statistics.sources.own_cases import row_of_sum
from ayni.statistics.sources.tallies import holders_of
from ayni.statistics.sums import HeldFigures, node_figures

__all__ = [
    "Act",
    "Added",
    "AlreadyAdded",
    "CountsChanged",
    "Ended",
    "LONGEST_SUM",
    "LEAST_STATES",
    "Move",
    "NoSumYet",
    "NotAgreed",
    "NotNamed",
    "NotTheSecretariat",
    "NotWholeYears",
    "Outcome",
    "OwnCounts",
    "Part",
    "Reason",
    "SeedMissing",
    "SomebodyLeftOut",
    "Step",
    "SumRound",
    "SumStanding",
    "SumTable",
    "SumWanted",
    "SumAct",
    "TOTAL",
    "Turned",
    "UnknownRound",
    "Waiting",
    "Why",
    "add_sums",
    "added_here",
    "added_sum",
    "decline_sum",
    "declare_sum",
    "give_to_sum",
    "may_be_asked",
    "outcome_of",
    "own_counts",
    "period_of",
    "period_words",
    "states_by_name",
    "step_of",
    "sum_title",
    "table_title",
    "why_ended",
    "why_kept",
    "sum_acts",
    "sum_kept",
    "sum_parts",
    "sum_round",
    "sum_rounds",
    "sum_tables",
    "sums_waiting",
    "take_back_sum",
    "take_part_in_sum",
    "tell_outcome",
    "whole_years",
    "withdraw_from_sum",
    "Answer",
    "AnswerLine",
    "Balance",
    "Choice",
    "Content",
    "Decision",
    "Declared",
    "Method",
    "Rebuilt",
    "Release",
    "ReleaseAct",
    "ReleaseFile",
    "ReleaseLine",
    "ReleaseState",
    "ReleaseWaiting",
    "Shown",
    "NothingToRelease",
    "ProposalRefused",
    "balances",
    "WhyCorrected",
    "WhyWithdrawn",
    "can_act",
    "can_correct",
    "check_observatory",
    "check_release",
    "choices",
    "discard_release",
    "open_release",
    "propose_release",
    "ask_to_rebuild",
    "publish_release",
    "sign_release",
    "published_bytes",
    "published_release",
    "rebuild_release",
    "releases",
    "release_title",
    "releases_waiting",
    "review_release",
    "withdraw_release",
    "Area",
    "AreaKind",
    "CaseCounts",
    "Comparison",
    "CTDC_SHAPES",
    "HTCDS_FORMATS",
    "Exported",
    "ImportedRecords",
    "Wanted",
    "ctdc_file",
    "export_htcds",
    "htcds_ending",
    "htcds_file",
    "import_htcds",
    "forget_htcds",
    "open_htcds",
    "take_htcds_rows",
    "upload_htcds",
    "institution_of",
    "FIGURES",
    "Counted",
    "Crime",
    "Edition",
    "Figure",
    "FileChanged",
    "FileRefused",
    "GLOTIP_SHEET",
    "HeldFigures",
    "HeldFile",
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
    "TooFew",
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
    "count_cases",
    "count_linea145",
    "counted_edition",
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
    "HeldElsewhere",
    "holders_of",
    "node_figures",
    "open_log",
    "published_releases",
    "register_programme",
    "remark_words",
    "row_of_sum",
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


HTCDS_FORMATS = tuple(_formats.FORMATS)
CTDC_SHAPES = (*(shape.value for shape in _ctdc.Shape), _register.SHAPE)


def institution_of(code: str) -> members.Institution:
    """The institution of this node with this code; without code, its only one. Raises
    `UnknownInstitution` for none, and if there are several to choose from."""
    found = members.institutions(state=members.this_node())
    named = [each for each in found if each.code == code] if code else found
    if len(named) != 1:
        raise UnknownInstitution
    return named[0]


def import_htcds(
    *, by: Actor, path: Path | HeldFile, now: datetime, partial: bool = False, sheet: str = "",
    waits: Callable[[], None] = lambda: None,
) -> ImportedRecords:  # fmt: skip
    """Keep the records of a file in one of the formats of HTCDS 2.0 as historical notices of the
    actor's institution: all of them or, with any problem, none; `partial`: those without one.

    What stands already is never changed. `sheet`: of a workbook, the one that holds the cases if it
    was renamed; `waits` is called if another import must end first. Raises `FileRefused` (nothing
    written; each problem names sheet, row, column, value, what was expected), `NotAllowed`.
    """
    with members.acting(by.institution):
        return _importing.load(by=by, path=path, now=now, partial=partial, sheet=sheet, waits=waits)


def export_htcds(*, by: Actor, now: datetime, wanted: Wanted, form: str) -> Exported:
    """The cases that are open to the actor as records of HTCDS 2.0; each opening is recorded.

    Left out unless `wanted` says so: who fears a state, who has not agreed to statistics, what
    names or finds somebody, and what she or he told. `form` is one of `HTCDS_FORMATS` or
    `CTDC_SHAPES`. Raises `NotAllowed`; KeyError for another form.
    """
    if form not in (*HTCDS_FORMATS, *CTDC_SHAPES):
        raise KeyError(form)
    return _exporting.export(by=by, now=now, wanted=wanted, form=form)


def htcds_ending(form: str) -> str:
    """How the name of a file in one of `HTCDS_FORMATS` ends."""
    return _formats.FORMATS[form][0]


def htcds_file(exported: Exported, form: str) -> bytes:
    """What was exported, in one of `HTCDS_FORMATS`."""
    return _formats.write(exported.records, form)


def ctdc_file(exported: Exported, shape: str) -> _register.Shaped:
    """As CSV in one of `CTDC_SHAPES`: victims of trafficking in persons only, with k, l and t and
    what of the register's columns stands aside. True records, no release: it stays in the node."""
    return _register.file_of(exported.records, shape, members.this_node())
