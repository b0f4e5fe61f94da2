"""What each entry says of its key sheet and of taking its line back stands beside it, so that the
database can tell which lines count."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import migrations, models

_OPEN = "alter table gazette_entry disable trigger gazette_entry_append_only"
_CLOSE = "alter table gazette_entry enable trigger gazette_entry_append_only"
_ROWS = 2_000  # at once


def fill(apps: Any, schema_editor: Any) -> None:
    """Read from each document what it says. The guard of the table rests meanwhile, in this
    transaction and under a lock that nobody else writes through."""
    entries = apps.get_model("gazette", "Entry").objects.using(schema_editor.connection.alias)
    schema_editor.execute("lock table gazette_entry in access exclusive mode")
    schema_editor.execute(_OPEN)
    rows = []
    for each in entries.only("id", "document").iterator(chunk_size=_ROWS):
        body = json.loads(each.document)["body"]
        each.sheet, each.withdrawn = body["sheet"], body["withdrawn"]
        rows.append(each)
        if len(rows) == _ROWS:
            entries.bulk_update(rows, ["sheet", "withdrawn"])
            rows = []
    entries.bulk_update(rows, ["sheet", "withdrawn"])
    schema_editor.execute(_CLOSE)


def leave(apps: Any, schema_editor: Any) -> None:
    """The columns go; what was signed stays."""


class Migration(migrations.Migration):
    dependencies: ClassVar = [("gazette", "0003_answers")]
    operations: ClassVar = [
        migrations.AddField("entry", "sheet", models.PositiveIntegerField(null=True)),
        migrations.AddField("entry", "withdrawn", models.BooleanField(null=True)),
        migrations.RunPython(fill, leave),
        migrations.AlterField("entry", "sheet", models.PositiveIntegerField()),
        migrations.AlterField("entry", "withdrawn", models.BooleanField()),
        migrations.AddIndex(
            "entry",
            models.Index(
                fields=["subject"], condition=models.Q(withdrawn=True), name="gazette_taken_back"
            ),
        ),
    ]
