"""What is published for all: public to every member, so no policy by institution guards it; no row
of it is ever changed or removed."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Comparison',
            fields=[
                ('node', models.CharField(max_length=12, primary_key=True, serialize=False)),
                ('asked_at', models.DateTimeField(null=True)),
                ('told_at', models.DateTimeField(null=True)),
                ('agreed_at', models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name='Subject',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('owner', models.CharField(max_length=12)),
                ('kind', models.CharField(max_length=61)),
                ('key', models.CharField(max_length=100)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('owner', 'kind', 'key'), name='gazette_one_subject')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('version', models.PositiveIntegerField()),
                ('digest', models.CharField(max_length=64, unique=True)),
                ('document', models.TextField()),
                ('source', models.CharField(max_length=12)),
                ('received_at', models.DateTimeField()),
                ('subject', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='gazette.subject')),
            ],
            options={
                'indexes': [models.Index(fields=['subject', 'version'], name='gazette_versions')],
                'constraints': [models.CheckConstraint(condition=models.Q(('version__gte', 1)), name='gazette_from_one')],
            },
        ),
    ]
