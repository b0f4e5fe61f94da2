"""Files with a referral or request; guarded as all rows of an institution."""

import ayni.lib.identifiers
import ayni.vault.fields
import django.db.models.deletion
from django.db import migrations, models

from ayni.members.security import guard


class Migration(migrations.Migration):

    dependencies = [
        ('cooperation', '0012_ratings'),
        ('members', '0004_signing_in'),
    ]

    operations = [
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('about', models.UUIDField(db_index=True)),
                ('direction', models.CharField(choices=[('out', 'out'), ('in', 'in')], max_length=3)),
                ('stream', models.CharField(max_length=32, unique=True)),
                ('standing', models.CharField(choices=[('draft', 'draft'), ('sent', 'sent'), ('arrived', 'arrived'), ('coming', 'coming'), ('ready', 'ready'), ('refused', 'refused'), ('removed', 'removed')], max_length=8)),
                ('reason', models.CharField(blank=True, max_length=20)),
                ('message', models.CharField(blank=True, db_index=True, max_length=32)),
                ('written_by', models.CharField(blank=True, max_length=64)),
                ('second_officer', models.CharField(blank=True, max_length=64)),
                ('created_at', models.DateTimeField()),
                ('sent_at', models.DateTimeField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
                ('content', ayni.vault.fields.SealedField(default=None, null=True)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
            ],
            options={
                'ordering': ['created_at', 'id'],
                'constraints': [models.CheckConstraint(condition=models.Q(('second_officer', ''), models.Q(('second_officer', models.F('written_by')), _negated=True), _connector='OR'), name='cooperation_attachment_two_officers')],
            },
        ),
        guard("cooperation_attachment"),
    ]
