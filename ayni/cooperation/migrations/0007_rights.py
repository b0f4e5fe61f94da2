"""Requests of persons about their own data; the rows are guarded as all others."""

import ayni.lib.identifiers
import ayni.vault.fields
import django.db.models.deletion
from django.db import migrations, models

from ayni.members.security import guard


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0013_expiring'),
        ('cooperation', '0006_pauses'),
        ('members', '0002_reminded_on'),
    ]

    operations = [
        migrations.CreateModel(
            name='RightsRequest',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('direction', models.CharField(choices=[('own', 'own'), ('in', 'in')], max_length=3)),
                ('about', models.UUIDField(null=True)),
                ('shared_id', models.CharField(blank=True, max_length=32)),
                ('right', models.CharField(choices=[('access', 'To receive a copy of her or his data'), ('correction', 'To have something corrected'), ('erasure', 'To have it erased'), ('objection', 'That it is no longer used')], max_length=12)),
                ('fields', models.JSONField(default=list)),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.CharField(max_length=8)),
                ('due_at', models.DateTimeField()),
                ('decision', models.CharField(blank=True, max_length=8)),
                ('reason', models.CharField(blank=True, max_length=12)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.CharField(blank=True, max_length=64)),
                ('asked', ayni.vault.fields.SealedField(default=None, null=True)),
                ('answer', ayni.vault.fields.SealedField(default=None, null=True)),
                ('case', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
            ],
            options={
                'ordering': ['due_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='RightsCopy',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('about', models.UUIDField()),
                ('shared_id', models.CharField(max_length=32)),
                ('counterpart_state', models.CharField(max_length=12)),
                ('counterpart_institution', models.CharField(max_length=60)),
                ('by_letter', models.BooleanField(default=False)),
                ('due_at', models.DateTimeField(null=True)),
                ('onward', models.PositiveSmallIntegerField(default=0)),
                ('decision', models.CharField(blank=True, max_length=8)),
                ('reason', models.CharField(blank=True, max_length=12)),
                ('answered_at', models.DateTimeField(null=True)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='copies', to='cooperation.rightsrequest')),
            ],
            options={
                'ordering': ['counterpart_state', 'counterpart_institution', 'id'],
            },
        ),
        migrations.AddConstraint(
            model_name='rightsrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('answered_at__isnull', True), ('direction', 'own')), fields=('case', 'right'), name='cooperation_right_once'),
        ),
        migrations.AddConstraint(
            model_name='rightsrequest',
            constraint=models.UniqueConstraint(condition=models.Q(('direction', 'in')), fields=('institution', 'shared_id'), name='cooperation_right_shared'),
        ),
        migrations.AddConstraint(
            model_name='rightsrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('about__isnull', True), ('case__isnull', False), ('direction', 'own')), models.Q(('about__isnull', False), ('direction', 'in'), models.Q(('shared_id', ''), _negated=True)), _connector='OR'), name='cooperation_right_of_whom'),
        ),
        migrations.AddConstraint(
            model_name='rightsrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('decision', ''), ('reason', '')), models.Q(('answered_at__isnull', False), models.Q(('decision', ''), _negated=True), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='cooperation_right_answered'),
        ),
        migrations.AddConstraint(
            model_name='rightscopy',
            constraint=models.UniqueConstraint(fields=('institution', 'shared_id'), name='cooperation_right_copy_once'),
        ),
        migrations.AddConstraint(
            model_name='rightscopy',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('answered_at__isnull', True), ('decision', ''), ('reason', '')), models.Q(('answered_at__isnull', False), models.Q(('decision', ''), _negated=True), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='cooperation_right_copy_answered'),
        ),
        guard("cooperation_rightsrequest"),
        guard("cooperation_rightscopy"),
    ]
