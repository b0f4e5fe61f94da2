"""What a state adopted, as it published it: kept with the subjects opened under it, never changed."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


_KEEP = """
create trigger protocol_adoption_stays before update or delete on protocol_adoption
    for each row execute function protocol_refuse();
"""
_UNDO = "drop trigger protocol_adoption_stays on protocol_adoption;"


class Migration(migrations.Migration):

    dependencies = [
        ('protocol', '0003_posts'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='adoption',
            name='protocol_adopted_once_by_a_state',
        ),
        migrations.AddField(
            model_name='adoption',
            name='act',
            field=models.TextField(blank=True),
        ),
        migrations.AddField(
            model_name='adoption',
            name='entry',
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AddField(
            model_name='adoption',
            name='parameters',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='adoption',
            name='reservations',
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name='run',
            name='adoption',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='protocol.adoption'),
        ),
        migrations.AlterField(
            model_name='stepevent',
            name='kind',
            field=models.CharField(choices=[('opened', 'opened'), ('changed', 'changed'), ('planned', 'planned'), ('closed', 'closed'), ('reopened', 'reopened'), ('corrected', 'corrected'), ('moved', 'moved'), ('started', 'started'), ('done', 'done'), ('declined', 'declined'), ('waived', 'waived'), ('paused', 'paused'), ('resumed', 'resumed')], max_length=10),
        ),
        migrations.AddConstraint(
            model_name='adoption',
            constraint=models.UniqueConstraint(condition=models.Q(('entry', ''), _negated=True), fields=('entry',), name='protocol_adoption_kept_once'),
        ),
        migrations.RunSQL(_KEEP, _UNDO),
    ]
