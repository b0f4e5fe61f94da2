"""By when the removal of an alert is confirmed, on both sides."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0003_answers'),
    ]

    operations = [
        migrations.AddField(
            model_name='alertcopy',
            name='due_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='receivedalert',
            name='due_at',
            field=models.DateTimeField(null=True),
        ),
    ]
