"""Pauses of a due time, agreed on by both sides; the rows are guarded as all others."""

import ayni.lib.identifiers
import django.db.models.deletion
from django.db import migrations, models

from ayni.members.security import guard


class Migration(migrations.Migration):

    dependencies = [
        ('cooperation', '0005_protection_end'),
        ('members', '0002_reminded_on'),
    ]

    operations = [
        migrations.AddField(
            model_name='clock',
            name='paused_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='referral',
            name='paused_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='request',
            name='paused_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='secretariatclock',
            name='paused_until',
            field=models.DateTimeField(null=True),
        ),
        migrations.CreateModel(
            name='Pause',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('about', models.UUIDField(db_index=True)),
                ('shared_id', models.CharField(max_length=32)),
                ('direction', models.CharField(choices=[('out', 'out'), ('in', 'in')], max_length=3)),
                ('reason', models.CharField(choices=[('awaiting_documents', 'Documents are awaited'), ('awaiting_authority', "An authority's answer is awaited"), ('person_not_found', 'The person cannot be found'), ('situation_changed', 'The situation changed'), ('safety_of_person', 'For the safety of the person')], max_length=20)),
                ('asked_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('standing', models.CharField(choices=[('asked', 'asked'), ('agreed', 'agreed'), ('refused', 'refused')], default='asked', max_length=8)),
                ('since', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('over', models.BooleanField(default=False)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
            ],
            options={
                'ordering': ['asked_at', 'id'],
                'constraints': [models.UniqueConstraint(fields=('institution', 'shared_id'), name='cooperation_pause_once'), models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('since__isnull', True), ('standing', 'asked')), models.Q(('answered_at__isnull', False), ('since__isnull', True), ('standing', 'refused')), models.Q(('answered_at__isnull', False), ('since__isnull', False), ('standing', 'agreed')), _connector='OR'), name='cooperation_pause_only_agreed'), models.CheckConstraint(condition=models.Q(('asked_at__lt', models.F('until')), models.Q(('since__isnull', True), ('since__lt', models.F('until')), _connector='OR')), name='cooperation_pause_ends')],
            },
        ),
        guard("cooperation_pause"),
    ]
