"""What is known of a person who fears this node's own state is found by its institution only."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0007_links_and_forms")]

    operations = [
        migrations.AddField("searchtoken", "own_only", models.BooleanField(default=False)),
    ]
