import ayni.lib.identifiers
import ayni.vault.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('statistics', '0005_tally'),
    ]

    operations = [
        migrations.CreateModel(
            name='SumSeed',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('round', models.CharField(max_length=64)),
                ('state', models.CharField(max_length=12)),
                ('secret', ayni.vault.fields.SealedField(default=None, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('state', 'round'), name='statistics_one_secret_a_pair')],
            },
        ),
        migrations.CreateModel(
            name='SumShare',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('round', models.CharField(max_length=64)),
                ('state', models.CharField(max_length=12)),
                ('share', ayni.vault.fields.SealedField(default=None, null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('round', 'state'), name='statistics_one_part_a_state')],
            },
        ),
        migrations.CreateModel(
            name='StateSum',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('round', models.CharField(max_length=64, unique=True)),
                ('added_at', models.DateTimeField()),
                ('plausible', models.BooleanField()),
                ('row', ayni.vault.fields.SealedField(default=None, null=True)),
            ],
        ),
        migrations.CreateModel(
            name='SumGiven',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('round', models.CharField(max_length=64, unique=True)),
                ('population', models.CharField(max_length=60)),
                ('table', models.CharField(max_length=60)),
                ('first', models.DateField()),
                ('last', models.DateField()),
                ('states', models.JSONField()),
                ('given_at', models.DateTimeField()),
            ],
        ),
    ]
