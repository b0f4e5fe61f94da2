"""GLOTIP for tests of pages: UNODC's export where it is at hand, else a small invented workbook of
the same format."""

from __future__ import annotations

from pathlib import Path

from ayni.audit import api as audit
from ayni.lib import clock
from ayni.statistics import api as statistics
from ayni.statistics.pages import xlsx

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "glotip" / "data_glotip.xlsx"
_HEAD = (
    "Iso3_code", "Country", "Region", "Subregion", "Indicator", "Dimension", "Category", "Sex",
    "Age", "Year", "Unit of measurement", "txtVALUE", "Source",
)  # fmt: skip
_STATES = {"ARG": "Argentina", "BOL": "Bolivia (Plurinational State of)", "PER": "Peru"}
_ADULT, _CHILD = "18 years or over", "0 to 17 years"
_DETECTED = "Detected trafficking victims"


def _row(
    iso: str, year: int, value: str, *, measure: str = _DETECTED, split: str = "Total",
    part: str = "Total", sex: str = "Total", age: str = "Total",
) -> tuple[str, ...]:  # fmt: skip
    return (
        iso, _STATES[iso], "Americas", "Latin America and the Caribbean", measure, split, part,
        sex, age, str(year), "Counts", value, "invented",
    )  # fmt: skip


def invented() -> bytes:
    """A workbook with three states, three years, masks and flows."""
    rows: list[tuple[str, ...]] = []
    for n, iso in enumerate(_STATES):
        for year in (2018, 2019, 2020):
            base = 100 * (n + 1) + year - 2018
            rows += [
                _row(iso, year, str(base)),
                _row(iso, year, str(base // 2), sex="Female", age=_ADULT),
                _row(iso, year, str(base // 5), sex="Female", age=_CHILD),
                _row(iso, year, str(base // 4), sex="Male", age=_ADULT),
                _row(iso, year, "<5", sex="Male", age=_CHILD),
                _row(iso, year, str(base // 3), split="by form of exploitation",
                     part="Forced labour"),
                _row(iso, year, "<5", split="by form of exploitation", part="Sexual exploitation"),
                _row(iso, year, "12", measure="Persons prosecuted"),
                _row(iso, year, "<5", measure="Persons convicted"),
            ]  # fmt: skip
            for m, other in enumerate(("Argentina", "Bolivia", "Peru", "Haiti")):
                value = "<5" if m == 3 else str(20 * (m + 1) + n)
                rows.append(_row(iso, year, value, split="by citizenship", part=other))
    title = [("UNODC: Global Report on Trafficking in Persons",), ("14/04/2025",), _HEAD]
    return xlsx.workbook([("data_glotip_1", [*title, *rows])])


def load_glotip(folder: Path, *, small: bool = False) -> None:
    """Load the export, or with `small` (and where it is not at hand) the invented workbook."""
    file = SHARED
    if small or not file.is_file():
        file = folder / "glotip.xlsx"
        file.write_bytes(invented())
    statistics.import_glotip(by=audit.job("import-glotip"), file=file, now=clock.now())
