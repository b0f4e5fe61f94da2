"""What somebody answered about her situation, where a source says that it is to be asked."""

from __future__ import annotations

from django.db import migrations

import ayni.vault.fields


class Migration(migrations.Migration):
    dependencies = [("cases", "0018_written_by_nobody")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="circumstances",
            field=ayni.vault.fields.SealedField(default=None, null=True),
        ),
    ]
