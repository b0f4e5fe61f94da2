"""States are taken off a protection by two officers; the rows are guarded as all others."""

import ayni.lib.identifiers
import ayni.vault.fields
import django.db.models.deletion
from django.db import migrations, models

from ayni.members.security import guard


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0009_newest_first'),
        ('cooperation', '0004_search_before_accepting'),
        ('members', '0002_reminded_on'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProtectionEnd',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.CharField(max_length=64)),
                ('decided_at', models.DateTimeField(null=True)),
                ('decided_by', models.CharField(blank=True, max_length=64)),
                ('agreed', models.BooleanField(default=False)),
                ('content', ayni.vault.fields.SealedField(default=None, null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cases.case')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('decided_at__isnull', True)), fields=('case',), name='cooperation_protection_end_once'), models.CheckConstraint(condition=models.Q(('agreed', False), models.Q(('decided_at__isnull', False), models.Q(('decided_by', models.F('asked_by')), _negated=True)), _connector='OR'), name='cooperation_protection_end_two_officers')],
            },
        ),
        guard("cooperation_protectionend"),
    ]
