"""Alerts about missing persons; the rows are guarded as all others."""

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
            name='Alert',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('created_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('draft', 'draft'), ('issued', 'issued'), ('recalled', 'recalled'), ('cancelled', 'cancelled')], max_length=10)),
                ('why_unasked', models.CharField(choices=[('reported', 'She or he was reported missing, and nobody knows where to ask'), ('contact_lost', 'We were in contact, and it broke off')], max_length=16)),
                ('written_by', models.CharField(max_length=64)),
                ('second_officer', models.CharField(blank=True, max_length=64)),
                ('as_child', models.BooleanField(default=True)),
                ('two_needed', models.BooleanField(default=True)),
                ('issuer_kind', models.CharField(max_length=20)),
                ('basis', models.CharField(max_length=80)),
                ('fields', models.JSONField(default=list)),
                ('until', models.DateTimeField()),
                ('issued_at', models.DateTimeField(null=True)),
                ('recalled_at', models.DateTimeField(null=True)),
                ('recall_reason', models.CharField(blank=True, choices=[('found', 'The person was found'), ('safety', 'For the safety of the person'), ('wish', 'The person does not want to be looked for'), ('mistake', 'It was issued by mistake')], max_length=10)),
                ('content', ayni.vault.fields.SealedField(default=None, null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
            ],
            options={
                'ordering': ['-created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='AlertCopy',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('recipient_state', models.CharField(max_length=12)),
                ('recipient_institution', models.CharField(max_length=60)),
                ('conversation', models.CharField(max_length=32)),
                ('stopped', models.CharField(blank=True, max_length=60)),
                ('told_at', models.DateTimeField(null=True)),
                ('removed_at', models.DateTimeField(null=True)),
                ('removed_fields', models.JSONField(default=list)),
                ('why_removed', models.CharField(blank=True, choices=[('recalled', 'It was taken back'), ('expired', 'Its time was over')], max_length=10)),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('alert', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='copies', to='alerts.alert')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
            ],
            options={
                'ordering': ['recipient_state', 'recipient_institution', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ReceivedAlert',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('conversation', models.CharField(max_length=32)),
                ('sender_state', models.CharField(max_length=12)),
                ('sender_institution', models.CharField(max_length=60)),
                ('received_at', models.DateTimeField()),
                ('until', models.DateTimeField()),
                ('fields', models.JSONField(default=list)),
                ('removed_at', models.DateTimeField(null=True)),
                ('why_removed', models.CharField(blank=True, choices=[('recalled', 'It was taken back'), ('expired', 'Its time was over')], max_length=10)),
                ('content', ayni.vault.fields.SealedField(default=None, null=True)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
            ],
            options={
                'ordering': ['-received_at', 'id'],
            },
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('issued_at__isnull', True), ('state__in', ['draft', 'cancelled'])), models.Q(('issued_at__isnull', False), ('state__in', ['issued', 'recalled'])), _connector='OR'), name='alerts_issued_at'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('recalled_at__isnull', False), ('state', 'recalled'), models.Q(('recall_reason', ''), _negated=True)), models.Q(models.Q(('state', 'recalled'), _negated=True), ('recall_reason', ''), ('recalled_at__isnull', True)), _connector='OR'), name='alerts_recalled_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('issued_at__isnull', True), models.Q(('until__gt', models.F('issued_at')), ('until__lte', django.db.models.expressions.CombinedExpression(models.F('issued_at'), '+', models.Value(datetime.timedelta(days=30))))), _connector='OR'), name='alerts_end'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('issued_at__isnull', True), ('as_child', False), ('issuer_kind', 'child_authority'), _connector='OR'), name='alerts_child_authority_only'),
        ),
        migrations.AddConstraint(
            model_name='alert',
            constraint=models.CheckConstraint(condition=models.Q(('issued_at__isnull', True), models.Q(('as_child', False), ('two_needed', False)), models.Q(models.Q(('second_officer', ''), _negated=True), models.Q(('second_officer', models.F('written_by')), _negated=True)), _connector='OR'), name='alerts_two_officers'),
        ),
        migrations.AddConstraint(
            model_name='alertcopy',
            constraint=models.UniqueConstraint(fields=('alert', 'recipient_state', 'recipient_institution'), name='alerts_copy_once'),
        ),
        migrations.AddConstraint(
            model_name='alertcopy',
            constraint=models.UniqueConstraint(fields=('institution', 'conversation'), name='alerts_copy_conversation'),
        ),
        migrations.AddConstraint(
            model_name='alertcopy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('confirmed_at__isnull', True), ('removed_at__isnull', True), ('why_removed', '')), models.Q(('confirmed_at__isnull', False), ('removed_at__isnull', False), models.Q(('why_removed', ''), _negated=True)), _connector='OR'), name='alerts_copy_confirmed'),
        ),
        migrations.AddConstraint(
            model_name='receivedalert',
            constraint=models.UniqueConstraint(fields=('institution', 'conversation'), name='alerts_received_once'),
        ),
        migrations.AddConstraint(
            model_name='receivedalert',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('removed_at__isnull', True), ('why_removed', '')), models.Q(('content__isnull', True), ('removed_at__isnull', False), models.Q(('why_removed', ''), _negated=True)), _connector='OR'), name='alerts_removed_is_gone'),
        ),
        guard("alerts_alert"),
        guard("alerts_alertcopy"),
        guard("alerts_receivedalert"),
    ]
