"""The report of the work agenda, as the presidency takes it to the plenary: what each state said of
each commitment, by axis and by state. Rows of codes and words that anybody can count again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date

from ayni.agenda.work import Commitment

COLUMNS = (
    "date", "axis", "objective", "key", "commitment", "state", "office", "institution", "last_day",
    "status", "state_says", "what_was_done", "evidence", "validated", "answered_on", "reason",
    "withdrawn_because", "indicator", "target", "value", "cases_at_least", "cases_since", "told_on",
    "text_version", "progress_version", "states_beside", "offices_beside",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def safe(text: str) -> str:
    """A text that no spreadsheet takes for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def row(found: Commitment, day: date) -> list[str]:
    """One commitment as it stands on a day, in the order of `COLUMNS`."""
    said, standing, report = found.said, found.standing, found.standing.report
    value, target = found.value, found.target
    told = ["", "", "", ""]
    if value is not None:
        cases = str(value.told.cases or "")
        told = [value.told.value, cases, value.since.isoformat(), value.on.isoformat()]
    own = ["", "", "", ""]
    if report is not None:
        shown = "; ".join(filter(None, (report.evidence, *(f"sha256:{n}" for n in report.files))))
        own = [report.word.value, report.action, shown, standing.answer.value]
    return [
        day.isoformat(), found.axis, found.objective, found.key, said.title, said.state,
        said.office, said.institution, said.due.isoformat(), standing.status.value, *own,
        standing.answered_on.isoformat() if standing.answered_on else "",
        "" if report is None else report.reason, found.withdrawn,
        target.code, str(target.target or ""), *told, found.stands.ref, str(found.seen),
        " ".join(said.beside), said.beside_offices,
    ]  # fmt: skip


def as_csv(found: Iterable[Commitment], day: date) -> str:
    """The rows as a file that spreadsheets open."""
    out = io.StringIO()
    write = csv.writer(out)
    write.writerow(COLUMNS)
    for each in found:
        write.writerow([safe(text) for text in row(each, day)])
    return "\ufeff" + out.getvalue()
