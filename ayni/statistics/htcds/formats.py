"""The formats of HTCDS 2.0 by name, and which one a file is in. Pure: bytes come in and go out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import partial
from pathlib import PurePath

from django.utils.translation import gettext as _

from ayni.statistics.htcds import guard, texts, workbooks
from ayni.statistics.htcds.records import Reading, Record
from ayni.statistics.htcds.workbooks import Template

# Name -> (how a file's name ends, how records are written).
FORMATS: Mapping[str, tuple[str, Callable[[Iterable[Record]], bytes]]] = {
    "xlsx": ("xlsx", partial(workbooks.write, template=Template.PLAIN)),
    "xlsx-validated": ("xlsx", partial(workbooks.write, template=Template.VALIDATED)),
    "xlsx-several": ("xlsx", partial(workbooks.write, template=Template.SEVERAL)),
    "xform": ("xml", texts.write_xml),
    "csv": ("csv", texts.write_csv),
    "json": ("json", texts.write_json),
}
_ENDS = ("xlsx", "xlsm", "csv", "json", "xml")


def write(records: Iterable[Record], name: str) -> bytes:
    """Records in a format. Raises KeyError for none."""
    return FORMATS[name][1](records)


def read(raw: bytes, *, file: str, today: date, sheet: str = "") -> Reading:
    """The records of a file in the format that its name ends with. `sheet`: of a workbook, the one
    that holds the cases. Raises `guard.Refused`."""
    match PurePath(file).suffix.lower():
        case ".xlsx" | ".xlsm":
            return workbooks.read(raw, file=file, today=today, sheet=sheet)
        case ".csv":
            return texts.read_csv(raw, file=file, today=today)
        case ".json":
            return texts.read_json(raw, file=file, today=today)
        case ".xml":
            return texts.read_xml(raw, file=file, today=today)
    raise guard.refuse(file, _("a file whose name ends with %(ends)s") % {"ends": ", ".join(_ENDS)})
