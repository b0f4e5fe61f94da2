"""Print docs/reference/htcds-2.0.schema.json (`json`), htcds-2.0.table-schema.json (`csv`) or
htcds.md (`words`): what Ayni publishes for HTCDS 2.0."""

from __future__ import annotations

import json
import sys

from permissions_table import begin

HEAD = """# HTCDS 2.0 as Ayni reads and writes it

Generated from `ayni/statistics/htcds/` by `python tools/check_documents.py --write`.

The Human Trafficking Case Data Standard is the work of IOM (github.com/UNMigration/HTCDS, commit
`3c2f6537cd76c3305975aa5eef7a1bf26fe20a30`, 2023-01-24, CC BY 4.0; to be used in accordance with the
mandate and values of IOM, which endorses nothing here). IOM publishes neither a JSON Schema nor a
CSV profile; these are ours: [htcds-2.0.schema.json](htcds-2.0.schema.json) (JSON Schema, draft
2020-12) and [htcds-2.0.table-schema.json](htcds-2.0.table-schema.json) (Frictionless Table Schema).

* An empty cell is the only missing value. `NA` is Namibia.
* Several codes in one value are separated by semicolons, in submissions of the XForm by spaces.
* Submissions that ODK Central or KoboToolbox exported as CSV or XLSX are read, with the names of
  the form as header. What they put beside the answers (`SubmissionDate`, `KEY`, `start`, `_uuid`,
  `meta/…` and so on) and a column for each choice beside the one of the answer are passed over, and
  spaces separate codes there. In any other table such a column is refused.
* In CSV an apostrophe before `=`, `+`, `-` or `@` keeps spreadsheets from running a text; one is
  taken away on reading.
* Codes may be given by value name or label, in any case; countries with two or three letters or by
  name (English, Spanish, Portuguese); languages with two or three letters.
* Several events, plans or comments of one record lie as a JSON list in
  `ayni_HistoricTraffickingEvents`, `ayni_SupportPlans`, `ayni_CaseComments`; a single one in the
  standard's own fields.

## Fields

*identity* and *told* go out only when they are asked for.

| field | label | type | core | |
|---|---|---|---|---|
"""
BESIDE = """
## Beside IC-TIP

IC-TIP (International Classification for Administrative Data on Trafficking in Persons, UN
Statistical Commission, 2025; ICS-TIP was its working version of 2023) names four units in its
official summary: TIP event, victim, perpetrator, reporting entity. Its codes were not reached; the
column stays empty until the technical secretariat fills it, in
`ayni/statistics/htcds/data/ic_tip.csv`. The unit is our proposal.

| HTCDS field | unit (proposed) | IC-TIP code |
|---|---|---|
"""


def words() -> str:
    """The tables of fields, and the one beside IC-TIP."""
    from ayni.statistics.htcds import fields, ic_tip

    told = [
        f"| `{one.name}` | {one.label} | {f'{one.kind} (ours)' if one.is_own else one.type} | "
        f"{'core' if one.core else ''} | {'deprecated' if one.deprecated else one.holds} |\n"
        for one in fields.fields().values()
    ]
    beside = [
        f"| `{row.htcds_field}` | {row.unit_proposed} | {row.ic_tip_code} |\n"
        for row in ic_tip.table()
    ]
    return HEAD + "".join(told) + BESIDE + "".join(beside)


if __name__ == "__main__":
    begin()
    from ayni.statistics.htcds import profile

    match sys.argv[1]:
        case "json":
            printed = json.dumps(profile.json_schema(), ensure_ascii=False, indent=1) + "\n"
        case "csv":
            printed = json.dumps(profile.table_schema(), ensure_ascii=False, indent=1) + "\n"
        case _:
            printed = words()
    sys.stdout.write(printed)
