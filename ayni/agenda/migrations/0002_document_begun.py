# What is asked for already has no such time: the next node that is asked gets one.
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agenda", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="documentwanted",
            name="begun_at",
            field=models.DateTimeField(null=True),
        ),
    ]
