"""Alarms about officers who opened more than is usual; rows of one institution only."""

import ayni.lib.identifiers
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from ayni.members.security import guard


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0014_need_to_know'),
        ('members', '0002_reminded_on'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ReadingAlarm',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('role', models.CharField(max_length=40)),
                ('day', models.DateField()),
                ('reading', models.CharField(choices=[('cases', 'cases'), ('identities', 'identities'), ('searches', 'searches'), ('closed', 'closed')], max_length=12)),
                ('times', models.PositiveIntegerField()),
                ('allowed', models.PositiveIntegerField()),
                ('noticed_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(null=True)),
                ('seen_by', models.UUIDField(null=True)),
                ('finding', models.CharField(blank=True, choices=[('work', 'work'), ('asked', 'asked'), ('incident', 'incident')], max_length=10)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('officer', 'day', 'reading'), name='cases_one_alarm_a_day'), models.CheckConstraint(condition=models.Q(('times__gt', models.F('allowed'))), name='cases_alarm_beyond'), models.CheckConstraint(condition=models.Q(models.Q(('finding', ''), ('seen_at__isnull', True), ('seen_by__isnull', True)), models.Q(('seen_at__isnull', False), ('seen_by__isnull', False), models.Q(('finding', ''), _negated=True)), _connector='OR'), name='cases_alarm_seen_with_finding')],
            },
        ),
        guard("cases_readingalarm"),
    ]
