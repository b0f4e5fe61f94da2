"""Answers to alerts: seen, or found; the rows are guarded as all others."""

import ayni.lib.identifiers
import ayni.vault.fields
import django.db.models.deletion
from django.db import migrations, models

from ayni.members.security import guard


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0002_case_closed'),
        ('members', '0004_signing_in'),
    ]

    operations = [
        migrations.CreateModel(
            name='AlertAnswer',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('direction', models.CharField(choices=[('out', 'out'), ('in', 'in')], max_length=3)),
                ('outcome', models.CharField(choices=[('seen', 'seen'), ('found', 'found')], max_length=5)),
                ('ground', models.CharField(choices=[('not_met', 'not_met'), ('agreed', 'agreed'), ('authority', 'authority')], max_length=9)),
                ('as_child', models.BooleanField(default=True)),
                ('answers_kind', models.CharField(max_length=20)),
                ('asks_kind', models.CharField(max_length=20)),
                ('fields', models.JSONField(default=list)),
                ('created_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('dropped_at', models.DateTimeField(null=True)),
                ('written_by', models.CharField(blank=True, max_length=64)),
                ('second_officer', models.CharField(blank=True, max_length=64)),
                ('content', ayni.vault.fields.SealedField(default=None, null=True)),
                ('copy', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='alerts.alertcopy')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
                ('received', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='alerts.receivedalert')),
            ],
            options={
                'ordering': ['-created_at', 'id'],
                'constraints': [
                    models.CheckConstraint(condition=models.Q(models.Q(('copy__isnull', True), ('direction', 'out'), ('received__isnull', False)), models.Q(('copy__isnull', False), ('direction', 'in'), ('received__isnull', True), ('sent_at__isnull', False)), _connector='OR'), name='alerts_answer_of_what'),
                    models.CheckConstraint(condition=models.Q(('sent_at__isnull', True), ('dropped_at__isnull', True), _connector='OR'), name='alerts_answer_sent_or_dropped'),
                    models.CheckConstraint(condition=models.Q(('sent_at__isnull', True), ('as_child', False), models.Q(('answers_kind', 'child_authority'), ('asks_kind', 'child_authority')), _connector='OR'), name='alerts_answer_child_authorities'),
                    models.CheckConstraint(condition=models.Q(('sent_at__isnull', True), ('as_child', False), ('direction', 'in'), models.Q(models.Q(('second_officer', ''), _negated=True), models.Q(('second_officer', models.F('written_by')), _negated=True)), _connector='OR'), name='alerts_answer_two_officers'),
                    models.CheckConstraint(condition=models.Q(models.Q(('outcome', 'found'), _negated=True), models.Q(('as_child', False), ('ground', 'agreed')), models.Q(('as_child', True), ('ground', 'authority')), _connector='OR'), name='alerts_found_rests_on_her_word'),
                ],
            },
        ),
        guard("alerts_alertanswer"),
    ]
