"""Joint assessments before a return; the rows are guarded as all others."""

import ayni.lib.identifiers
import ayni.vault.fields
import datetime
import django.db.models.deletion
import django.db.models.expressions
from django.db import migrations, models

from ayni.members.security import guard


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('cases', '0017_arrived'),
        ('members', '0004_signing_in'),
    ]

    operations = [
        migrations.CreateModel(
            name='Assessment',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('direction', models.CharField(choices=[('out', 'out'), ('in', 'in')], max_length=3)),
                ('counterpart_state', models.CharField(max_length=12)),
                ('counterpart_institution', models.CharField(max_length=60)),
                ('conversation', models.CharField(max_length=32)),
                ('about', models.CharField(max_length=32)),
                ('created_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('until', models.DateTimeField()),
                ('digest', models.CharField(max_length=64)),
                ('written_by', models.CharField(blank=True, max_length=64)),
                ('second_officer', models.CharField(blank=True, max_length=64)),
                ('as_child', models.BooleanField(default=False)),
                ('consent_id', models.UUIDField(null=True)),
                ('ours', models.CharField(blank=True, choices=[('yes', 'yes'), ('no', 'no')], max_length=3)),
                ('ours_by', models.CharField(blank=True, max_length=64)),
                ('ours_at', models.DateTimeField(null=True)),
                ('theirs', models.CharField(blank=True, choices=[('yes', 'yes'), ('no', 'no')], max_length=3)),
                ('theirs_at', models.DateTimeField(null=True)),
                ('content', ayni.vault.fields.SealedField(default=None, null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
            ],
            options={
                'ordering': ['-created_at', 'id'],
                'constraints': [models.UniqueConstraint(fields=('institution', 'conversation'), name='returns_assessment_once'), models.CheckConstraint(condition=models.Q(models.Q(('ours', ''), ('ours_at__isnull', True), ('ours_by', '')), models.Q(models.Q(('ours', ''), _negated=True), ('ours_at__isnull', False), models.Q(('ours_by', ''), _negated=True)), _connector='OR'), name='returns_ours_signed'), models.CheckConstraint(condition=models.Q(models.Q(('theirs', ''), ('theirs_at__isnull', True)), models.Q(models.Q(('theirs', ''), _negated=True), ('sent_at__isnull', False), ('theirs_at__isnull', False)), _connector='OR'), name='returns_theirs_signed'), models.CheckConstraint(condition=models.Q(('sent_at__isnull', True), models.Q(('until__gt', models.F('sent_at')), ('until__lte', django.db.models.expressions.CombinedExpression(models.F('sent_at'), '+', models.Value(datetime.timedelta(days=30))))), _connector='OR'), name='returns_end'), models.CheckConstraint(condition=models.Q(('sent_at__isnull', True), ('direction', 'in'), ('consent_id__isnull', False), _connector='OR'), name='returns_under_consent'), models.CheckConstraint(condition=models.Q(('sent_at__isnull', True), ('direction', 'in'), ('as_child', False), models.Q(models.Q(('second_officer', ''), _negated=True), models.Q(('second_officer', models.F('written_by')), _negated=True)), _connector='OR'), name='returns_child_two_officers')],
            },
        ),
        guard("returns_assessment"),
    ]
