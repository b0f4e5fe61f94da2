"""An answer as files: CSV, XLSX, JSON or Parquet, each packed with its metadata.

The metadata is a Frictionless Data Package (specification version 1, profile
"tabular-data-package"): every column with type, title and description, where the numbers come from,
what they are of, and a hash of the file beside it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import datetime
from importlib.util import find_spec
from typing import Any

from django.utils.translation import gettext as _

from ayni.statistics import api as statistics
from ayni.statistics.api import Answer
from ayni.statistics.errors import NoParquet
from ayni.statistics.pages import xlsx
from ayni.statistics.pages.panels import facts, more, say, title_of

FORMATS: Mapping[str, tuple[str, str]] = {
    "csv": ("CSV", "text/csv"),
    "xlsx": ("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "json": ("JSON", "application/json"),
    "parquet": ("Parquet", "application/vnd.apache.parquet"),
}
_WHEN = (1980, 1, 1, 0, 0, 0)  # the same numbers make the same bytes
# A spreadsheet would run such a value as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
Row = dict[str, Any]


def parquet_is_here() -> bool:
    """Whether this node has the library for Parquet (the extra `observatory`)."""
    return find_spec("pyarrow") is not None


def packed(answer: Answer, kind: str, *, now: datetime, node: str) -> bytes:
    """A ZIP with the answer in one of `FORMATS` and its `datapackage.json`.

    `now` is when it was made, `node` by which node. Raises `NoParquet`, KeyError for no format.
    """
    fields = columns(answer)
    rows = list(records(answer))
    name = f"{answer.indicator}.{kind}"
    data = _WRITERS[kind](answer, fields, rows)
    metadata = package(answer, fields, name, kind, data, now=now, node=node)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, _WHEN), data)
        archive.writestr(
            zipfile.ZipInfo("datapackage.json", _WHEN),
            json.dumps(metadata, ensure_ascii=False, indent=2),
        )
    return out.getvalue()


def columns(answer: Answer) -> list[Row]:
    """The columns of an answer as a Table Schema describes them: codes stay as they are, words
    stand beside them in the reader's language."""
    found: list[Row] = []
    for name in answer.by:
        title = statistics.dimension(name)
        found.append({"name": name, "type": "string", "title": title,
                      "description": _("Code. Countries: ISO 3166-1 alpha-2.")})  # fmt: skip
        found.append({"name": f"{name}_label", "type": "string", "title": title,
                      "description": _("The code in words.")})  # fmt: skip
    told = (
        ("count", "integer", _("Number"),
         _("Empty where it is masked or not told. Empty does not mean zero; what is masked may be "
           "zero.")),
        ("mask", "string", _("Mask"), _("What stands in the place of a small number.")),
        ("masked_cells", "integer", _("Small numbers left out"),
         _("How many cells of the source were left out of the number.")),
        ("least", "integer", _("At least"), _("The true number is not below this.")),
        ("most", "integer", _("At most"), _("The true number is not above this; empty: no bound.")),
        ("denominator", "integer", _("Out of"), say(answer.denominator)),
        ("share", "number", _("Share"), _("Number divided by denominator, 0 to 1 (ratios: more).")),
        ("share_least", "number", _("Share, at least"), _("Given the masked cells.")),
        ("share_most", "number", _("Share, at most"), _("Given the masked cells.")),
        ("interval_low", "number", _("Interval, lower end"),
         _("Of a published count, at 95 per cent.")),
        ("interval_high", "number", _("Interval, upper end"),
         _("Of a published count, at 95 per cent.")),
    )  # fmt: skip
    found += [
        {"name": name, "type": kind, "title": title, "description": description}
        for name, kind, title, description in told
    ]
    return found


def records(answer: Answer) -> list[Row]:
    """A row for each line of an answer, with the names of `columns`."""
    rows = []
    for line in answer.lines:
        row: Row = {}
        for name, code in zip(answer.by, line.codes, strict=True):
            row |= {name: code, f"{name}_label": statistics.label(name, code)}
        low, high = line.interval or (None, None)
        rows.append(row | {
            "count": line.count, "mask": line.mask, "masked_cells": line.masked_cells,
            "least": line.least, "most": line.most, "denominator": line.denominator,
            "share": line.share, "share_least": line.share_least, "share_most": line.share_most,
            "interval_low": low, "interval_high": high,
        })  # fmt: skip
    return rows


def package(
    answer: Answer, fields: list[Row], name: str, kind: str, data: bytes, *, now: datetime,
    node: str,
) -> Row:  # fmt: skip
    """The metadata of a file: a Data Package descriptor."""
    origin = answer.origin
    return {
        "profile": "tabular-data-package" if kind == "csv" else "data-package",
        "name": f"{answer.indicator}-{origin.code}".replace("_", "-"),
        "title": title_of(answer),
        "description": " ".join(
            [*(f"{label}: {text}." for label, text in facts(answer)), *more(answer)]
        ),
        "created": now.isoformat(),
        "sources": [{"title": say(origin.attribution)}],
        "contributors": [{"title": f"ayni {node}", "role": "publisher"}],
        "resources": [
            {
                "profile": "tabular-data-resource" if kind == "csv" else "data-resource",
                "name": answer.indicator.replace("_", "-"),
                "path": name,
                "title": title_of(answer),
                "format": kind,
                "mediatype": FORMATS[kind][1],
                **({"encoding": "utf-8"} if kind in ("csv", "json") else {}),
                "bytes": len(data),
                "hash": f"sha256:{hashlib.sha256(data).hexdigest()}",
                "schema": {
                    "fields": fields,
                    "missingValues": [""],
                    **({"primaryKey": list(answer.by)} if answer.by else {}),
                },
            }
        ],
        "ayni": {
            "indicator": answer.indicator,
            "unit": answer.unit.value,
            "crime": answer.crime.value,
            "period": list(answer.years),
            "area": {"kind": answer.area.kind.value, "codes": list(answer.area.codes),
                     "institution": answer.area.holder,
                     "without_data": list(answer.area.without_data)},
            "numerator": say(answer.numerator),
            "denominator": say(answer.denominator),
            "excluded": say(answer.excluded),
            "missing_share": answer.missing.share,
            "missing_share_by_state": {code: each.share for code, each in answer.missing_in},
            "masked_cells": answer.masked_cells,
            "standing": answer.standing.value,
            "source": {"code": origin.code, "edition": origin.edition.isoformat(),
                       "file": origin.file, "sha256": origin.digest},
        },
    }  # fmt: skip


def written(kind: str, fields: list[Row], rows: list[Row]) -> bytes:
    """Rows as one file: csv, json or parquet. Raises `NoParquet`, KeyError for another kind."""
    return {"csv": _csv, "json": _json, "parquet": _parquet}[kind](None, fields, rows)


def _csv(_answer: Answer | None, fields: list[Row], rows: list[Row]) -> bytes:
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n")
    names = [each["name"] for each in fields]
    write.writerow(names)
    for row in rows:
        write.writerow([harmless(row[name]) for name in names])
    return out.getvalue().encode()


def harmless(value: Any) -> Any:
    """A value of a CSV file; a text that a spreadsheet would run as a formula begins with an
    apostrophe instead."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return f"'{value}"
    return value


def _xlsx(answer: Answer, fields: list[Row], rows: list[Row]) -> bytes:
    names = [each["name"] for each in fields]
    about = [*(list(fact) for fact in facts(answer)), *(["", text] for text in more(answer))]
    return xlsx.workbook(
        [
            (_("Numbers"), [names, *([row[name] for name in names] for row in rows)]),
            (_("About"), [[title_of(answer), ""], *about]),
            (_("Columns"), [[each[key] for key in ("name", "type", "title", "description")]
                            for each in fields]),
        ]
    )  # fmt: skip


def _json(_answer: Answer | None, _fields: list[Row], rows: list[Row]) -> bytes:
    return json.dumps(rows, ensure_ascii=False, indent=1).encode()


_ARROW = {"string": "string", "integer": "int64", "number": "float64"}


def _parquet(_answer: Answer | None, fields: list[Row], rows: list[Row]) -> bytes:
    if not parquet_is_here():
        raise NoParquet
    import pyarrow
    from pyarrow import parquet

    schema = pyarrow.schema([
        pyarrow.field(each["name"], getattr(pyarrow, _ARROW[each["type"]])(),
                      metadata={"title": each["title"], "description": each["description"]})
        for each in fields
    ])  # fmt: skip
    out = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), out)
    return out.getvalue()


_WRITERS = {"csv": _csv, "xlsx": _xlsx, "json": _json, "parquet": _parquet}
