"""Attachments: sealed chunks, all of one size, kept as they are (what is sealed cannot be compressed)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('exchange', '0007_peers_word'),
    ]

    operations = [
        migrations.CreateModel(
            name='Stream',
            fields=[
                ('id', models.CharField(max_length=32, primary_key=True, serialize=False)),
                ('peer', models.CharField(blank=True, max_length=12)),
                ('message', models.CharField(blank=True, max_length=32)),
                ('hold', models.CharField(choices=[('filling', 'filling'), ('held', 'held'), ('going', 'going'), ('arrived', 'arrived'), ('stopped', 'stopped'), ('waiting', 'waiting'), ('coming', 'coming'), ('whole', 'whole'), ('removed', 'removed')], max_length=8)),
                ('reason', models.CharField(blank=True, max_length=60)),
                ('chunks', models.PositiveIntegerField(default=0)),
                ('have', models.PositiveIntegerField(default=0)),
                ('there', models.PositiveIntegerField(default=0)),
                ('begun_at', models.DateTimeField()),
                ('moved_at', models.DateTimeField()),
                ('failures', models.PositiveIntegerField(default=0)),
                ('next_attempt', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['peer', 'hold'], name='exchange_stream_peer')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('hold__in', ['whole', 'going', 'arrived', 'held']), _negated=True), models.Q(('chunks__gt', 0), ('have', models.F('chunks'))), _connector='OR'), name='exchange_stream_whole'), models.CheckConstraint(condition=models.Q(models.Q(('hold', 'removed'), _negated=True), ('have', 0), _connector='OR'), name='exchange_stream_removed')],
            },
        ),
        migrations.CreateModel(
            name='Chunk',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('sealed', models.BinaryField()),
                ('stream', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='exchange.stream')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('stream', 'number'), name='exchange_chunk_once')],
            },
        ),
        migrations.RunSQL(
            sql=(
                "alter table exchange_chunk alter column sealed set storage external;"
                "alter table exchange_chunk add constraint exchange_chunk_size"
                " check (octet_length(sealed) = 262160);"
            ),
            reverse_sql="alter table exchange_chunk drop constraint exchange_chunk_size;",
        ),
    ]
