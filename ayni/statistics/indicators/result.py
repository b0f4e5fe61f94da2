"""What an indicator answers: plain values that tables, charts and files draw. Pure.

A number is never guessed. Where a source masks a cell ("<5"), the cell is left out of `count`, it
is told how many were (`masked_cells`), and `least` and `most` say between which numbers the true
one lies. Codes are stable and in English; `words.label` says them in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Words:
    """The same words in English, Spanish and Brazilian Portuguese."""

    en: str
    es: str
    pt: str

    def into(self, language: str) -> str:
        """The words for a language code such as `es-ar`, `pt-br` or `en`; else Spanish."""
        return {"en": self.en, "pt": self.pt}.get(language[:2].lower(), self.es)


class Unit(StrEnum):
    """What the numbers of an answer are, and how `Line.share` is read."""

    COUNT = "count"  # `count` alone; `share` is the part of the whole
    SHARE = "share"  # `share` is the answer: numerator of denominator, 0 to 1
    RATIO = "ratio"  # `share` is per one of the denominator, and may be above 1


class Crime(StrEnum):
    """Which crime is counted. The two are never added up, so an answer has exactly one."""

    TRAFFICKING = "trafficking"
    SMUGGLING = "smuggling"
    NOT_TOLD = "not_told"  # counts no victims: requests, of which no node tells the crime


class Standing(StrEnum):
    """Who may see an answer. Only `PUBLISHED` goes to a reader outside of the node."""

    PUBLISHED = "published"  # its owner published these very numbers (UNODC), or a release of ours
    FIGURES = "figures"  # for roles that read figures: small counts are masked
    ROWS = "rows"  # for those who read the rows behind it: nothing is masked


class AreaKind(StrEnum):
    """What an answer is about."""

    STATES = "states"  # named states together
    REGION = "region"  # a region as the source names it
    CORRIDOR = "corridor"  # from one state to another; both directions are two answers
    HOLDER = "holder"  # one institution's own records


@dataclass(frozen=True, slots=True)
class Area:
    """Where was counted. `codes`: ISO 3166-1 alpha-2 in capitals (corridor: from, to), a region's
    name in the source, or the code of an institution. `without_data`: those of `codes` for which
    the source holds no row of this period: unknown, not zero. `holder`: in an answer, the name of
    the institution whose records alone were counted, in the reader's language; else empty."""

    kind: AreaKind
    codes: tuple[str, ...]
    without_data: tuple[str, ...] = ()
    holder: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the numbers come from. `edition`: date of the data as the source states it (else of the
    count); `file` and `digest`: its name and SHA-256, several with a comma and a space between, in
    one order; empty for records that came from no file. `read_at`: when it was loaded or counted.
    `coverage`, `counts`: what it covers and what one of its units is."""

    code: str
    title: Words
    edition: date
    file: str
    digest: str
    read_at: datetime
    attribution: Words
    coverage: Words
    counts: Words


@dataclass(frozen=True, slots=True)
class Line:
    """One number. `codes`: one for each name in `Answer.by`, in that order.

    `count` is the sum of the cells that are told; None where none is: `mask` stands in its place
    ("<5", "<10"). `least` and `most`: bounds of the true number given the masked cells. `share`:
    `count` of `denominator`; `share_least`, `share_most`: what the masked cells could make of it.
    `interval`: the published interval of a released count (at 95 per cent), else None.
    """

    codes: tuple[str, ...]
    count: int | None
    mask: str = ""
    masked_cells: int = 0
    least: int = 0
    most: int | None = 0
    denominator: int | None = None
    share: float | None = None
    share_least: float | None = None
    share_most: float | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """How much the source does not say: `count` of `of` units without the value that is counted
    (sex or age unknown, citizenship not told). None where the source cannot tell."""

    count: int | None
    of: int | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What an indicator comes to, over one source, area and period (both years included).

    `by`: names of the dimensions of `lines`: sex, age, form, year, citizenship, exploited_in,
    detected_in, stage, field, situation, wait, owing, answered, side. It begins with `over`, the
    dimensions that were asked for beside those of the indicator (year, detected_in): a share is
    then of the whole of its year or state. `series`: the headline (else the whole) of each of
    `over`, for lines over time and maps. `lines` and `series` stand in the order in which they are
    to be shown. `total`: the whole that the shares are of. `headline`: the one number to be
    quoted, None where there is none. `missing_in`: of several states of a published source, how
    much each of them does not say (code and share): `missing` is of all together, and one state
    can be most of it.
    """

    indicator: str
    title: Words
    unit: Unit
    crime: Crime
    origin: Origin
    area: Area
    years: tuple[int, int]
    over: tuple[str, ...]
    by: tuple[str, ...]
    lines: tuple[Line, ...]
    series: tuple[Line, ...]
    total: Line
    headline: Line | None
    missing: Missing
    numerator: Words
    denominator: Words
    excluded: Words
    period: Words
    standing: Standing
    notes: tuple[Words, ...] = ()
    missing_in: tuple[tuple[str, Missing], ...] = ()
    more: Mapping[str, int] = field(default_factory=dict)

    @property
    def masked_cells(self) -> int:
        """How many cells were left out because their source masks them."""
        return self.total.masked_cells
