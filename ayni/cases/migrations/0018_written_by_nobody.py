"""What a message of the other side settles may have been written by no officer of this node."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0017_arrived")]

    operations = [
        migrations.AlterField(
            model_name="stepform", name="written_by", field=models.UUIDField(null=True)
        ),
    ]
