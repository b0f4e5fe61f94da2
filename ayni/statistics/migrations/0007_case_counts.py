"""What each case adds to the tallies, and which has changed: seen by their institution only."""

import ayni.vault.fields
import django.db.models.deletion
from django.db import migrations, models

from ayni.members.security import guard


class Migration(migrations.Migration):

    dependencies = [
        ('members', '0006_statistician'),
        ('statistics', '0006_sums_over_states'),
    ]

    operations = [
        migrations.CreateModel(
            name='ChangedCase',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('case_id', models.UUIDField()),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
            ],
        ),
        migrations.CreateModel(
            name='CaseCount',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('lost', models.BooleanField(default=False)),
                ('added', ayni.vault.fields.SealedField(default=None, null=True)),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('added__isnull', True), ('lost', True)), models.Q(('added__isnull', False), ('lost', False)), _connector='OR'), name='statistics_lost_or_known')],
            },
        ),
        guard("statistics_casecount"),
        guard("statistics_changedcase"),
    ]
