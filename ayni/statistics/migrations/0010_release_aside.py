from __future__ import annotations

from typing import ClassVar

from django.db import migrations

import ayni.vault.fields


class Migration(migrations.Migration):
    dependencies: ClassVar = [("statistics", "0009_ledger_stays")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="releaseinput",
            name="aside",
            field=ayni.vault.fields.SealedField(default=None, null=True),
        ),
    ]
