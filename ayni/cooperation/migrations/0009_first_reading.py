"""Which roles have read a referral or request; guarded as all rows of an institution."""

import django.db.models.deletion
from django.db import migrations, models

from ayni.members.security import guard


class Migration(migrations.Migration):

    dependencies = [
        ('cooperation', '0008_pause_ended'),
        ('members', '0002_reminded_on'),
    ]

    operations = [
        migrations.CreateModel(
            name='FirstReading',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('about', models.UUIDField()),
                ('role', models.CharField(max_length=40)),
                ('at', models.DateTimeField()),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
            ],
            options={
                'ordering': ['at', 'id'],
                'constraints': [models.UniqueConstraint(fields=('about', 'role'), name='cooperation_first_reading')],
            },
        ),
        guard("cooperation_firstreading"),
    ]
