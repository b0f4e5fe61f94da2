"""Travel plans; the rows are guarded as all others."""

import ayni.lib.identifiers
import ayni.returns.plans
import ayni.vault.fields
import django.db.models.deletion
from django.db import migrations, models

from ayni.members.security import guard


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0017_arrived'),
        ('members', '0004_signing_in'),
        ('returns', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='TravelPlan',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('direction', models.CharField(choices=[('out', 'out'), ('in', 'in')], max_length=3)),
                ('counterpart_state', models.CharField(max_length=12)),
                ('counterpart_institution', models.CharField(max_length=60)),
                ('conversation', models.CharField(max_length=32)),
                ('number', models.PositiveSmallIntegerField()),
                ('created_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('departs_at', models.DateTimeField()),
                ('arrives_at', models.DateTimeField()),
                ('kept_until', models.DateTimeField()),
                ('emptied_at', models.DateTimeField(null=True)),
                ('digest', models.CharField(max_length=64)),
                ('alone', models.BooleanField()),
                ('written_by', models.CharField(blank=True, max_length=64)),
                ('second_officer', models.CharField(blank=True, max_length=64)),
                ('as_child', models.BooleanField(default=False)),
                ('consent_id', models.UUIDField(null=True)),
                ('reply', models.CharField(blank=True, choices=[('accept', 'accept'), ('change', 'change')], max_length=10)),
                ('change', models.JSONField(default=list)),
                ('replied_at', models.DateTimeField(null=True)),
                ('replied_by', models.CharField(blank=True, max_length=64)),
                ('boarded_at', models.DateTimeField(null=True)),
                ('arrival', models.CharField(blank=True, choices=[('arrived', 'arrived'), ('not_arrived', 'not_arrived')], max_length=12)),
                ('arrival_at', models.DateTimeField(null=True)),
                ('arrival_role', models.CharField(blank=True, max_length=40)),
                ('condition', models.CharField(blank=True, max_length=20)),
                ('replaced_at', models.DateTimeField(null=True)),
                ('stopped_at', models.DateTimeField(null=True)),
                ('why_stopped', models.CharField(blank=True, choices=[('person_decided', 'person_decided'), ('withdrawn', 'withdrawn'), ('feared_state', 'feared_state'), ('risk_changed', 'risk_changed'), ('not_boarded', 'not_boarded'), ('by_sender', 'by_sender'), ('draft_dropped', 'draft_dropped')], max_length=20)),
                ('content', ayni.vault.fields.SealedField(default=None, null=True)),
                ('told', ayni.vault.fields.SealedField(default=None, null=True)),
                ('assessment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plans', to='returns.assessment')),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
            ],
            options={
                'ordering': ['-created_at', '-number', 'id'],
                'constraints': [models.UniqueConstraint(fields=('institution', 'conversation', 'number'), name='returns_plan_once'), models.UniqueConstraint(condition=models.Q(('sent_at__isnull', True), ('stopped_at__isnull', True)), fields=('institution', 'conversation'), name='returns_plan_one_draft'), models.UniqueConstraint(condition=models.Q(('replaced_at__isnull', True), ('sent_at__isnull', False), ('stopped_at__isnull', True)), fields=('institution', 'conversation'), name='returns_plan_one_stands'), models.CheckConstraint(condition=models.Q(('arrives_at__gt', models.F('departs_at'))), name='returns_plan_arrives_later'), models.CheckConstraint(condition=models.Q(models.Q(('replied_at__isnull', True), ('reply', '')), models.Q(models.Q(('reply', ''), _negated=True), ('replied_at__isnull', False), ('sent_at__isnull', False)), _connector='OR'), name='returns_plan_replied'), models.CheckConstraint(condition=models.Q(models.Q(('arrival', ''), ('boarded_at__isnull', True)), ('reply', ayni.returns.plans.Reply['ACCEPT']), _connector='OR'), name='returns_plan_accepted_first'), models.CheckConstraint(condition=models.Q(models.Q(('arrival', ''), ('arrival_at__isnull', True), ('condition', '')), models.Q(('arrival', ayni.returns.plans.Arrival['ARRIVED']), ('arrival_at__isnull', False), models.Q(('condition', ''), _negated=True)), models.Q(('arrival', ayni.returns.plans.Arrival['MISSING']), ('arrival_at__isnull', False), ('condition', '')), _connector='OR'), name='returns_plan_arrival'), models.CheckConstraint(condition=models.Q(models.Q(('stopped_at__isnull', True), ('why_stopped', '')), models.Q(('stopped_at__isnull', False), models.Q(('why_stopped', ''), _negated=True)), _connector='OR'), name='returns_plan_stopped_why'), models.CheckConstraint(condition=models.Q(('sent_at__isnull', True), ('direction', 'in'), ('consent_id__isnull', False), _connector='OR'), name='returns_plan_under_consent'), models.CheckConstraint(condition=models.Q(('as_child', False), ('sent_at__isnull', True), ('direction', 'in'), models.Q(('alone', False), models.Q(('second_officer', ''), _negated=True), models.Q(('second_officer', models.F('written_by')), _negated=True)), _connector='OR'), name='returns_plan_child')],
            },
        ),
        guard("returns_travelplan"),
    ]
