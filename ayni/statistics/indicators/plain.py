"""An answer as plain values, for JSON. Pure."""

from __future__ import annotations

from typing import Any

from ayni.statistics.indicators.result import Answer, Line, Words


def as_plain(answer: Answer, language: str = "en") -> dict[str, Any]:
    """Every number and text of an answer. Where it has one dimension, its counts also stand under
    their codes ("female"); a masked one is the mask, a text."""
    told: dict[str, Any] = {
        "indicator": answer.indicator,
        "title": answer.title.into(language),
        "unit": answer.unit.value,
        "crime": answer.crime.value,
        "source": _origin(answer, language),
        "area": {
            "kind": answer.area.kind.value,
            "codes": list(answer.area.codes),
            "institution": answer.area.holder,
            "without_data": list(answer.area.without_data),
        },
        "from": answer.years[0],
        "to": answer.years[1],
        "by": list(answer.by),
        "lines": [_line(answer.by, line) for line in answer.lines],
        "series": [_line(answer.over, line) for line in answer.series],
        "denominator": answer.total.count,
        "masked_cells": answer.masked_cells,
        "missing": {
            "count": answer.missing.count,
            "of": answer.missing.of,
            "share": _rounded(answer.missing.share),
            **({"by_state": _by_state(answer)} if answer.missing_in else {}),
        },
        "standing": answer.standing.value,
        "numerator_is": answer.numerator.into(language),
        "denominator_is": answer.denominator.into(language),
        "left_out": answer.excluded.into(language),
        "period_is": answer.period.into(language),
        "notes": [note.into(language) for note in answer.notes],
        **dict(answer.more),
    }
    if answer.headline is not None:
        told["count"] = answer.headline.count
        told["share"] = _rounded(answer.headline.share)
        told["share_least"] = _rounded(answer.headline.share_least)
        told["share_most"] = _rounded(answer.headline.share_most)
    if len(answer.by) == 1:
        for line in answer.lines:
            told.setdefault(line.codes[0], line.mask if line.count is None else line.count)
    return told


def _by_state(answer: Answer) -> dict[str, Any]:
    return {
        code: {"count": each.count, "of": each.of, "share": _rounded(each.share)}
        for code, each in answer.missing_in
    }


def _origin(answer: Answer, language: str) -> dict[str, Any]:
    origin = answer.origin

    def say(words: Words) -> str:
        return words.into(language)

    return {
        "code": origin.code,
        "title": say(origin.title),
        "data_date": origin.edition.isoformat(),
        "file": origin.file,
        "sha256": origin.digest,
        "read_at": origin.read_at.isoformat(),
        "attribution": say(origin.attribution),
        "coverage": say(origin.coverage),
        "counts": say(origin.counts),
    }


def _line(by: tuple[str, ...], line: Line) -> dict[str, Any]:
    told: dict[str, Any] = {
        **dict(zip(by, line.codes, strict=True)),
        "count": line.count,
        "mask": line.mask,
        "masked_cells": line.masked_cells,
        "least": line.least,
        "most": line.most,
    }
    if line.denominator is not None:
        told |= {
            "denominator": line.denominator,
            "share": _rounded(line.share),
            "share_least": _rounded(line.share_least),
            "share_most": _rounded(line.share_most),
        }
    if line.interval is not None:
        told["interval"] = list(line.interval)
    return told


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)
