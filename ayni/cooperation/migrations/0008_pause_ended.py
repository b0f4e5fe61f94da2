"""A pause that one side ended before its time."""


from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cooperation', '0007_rights'),
    ]

    operations = [
        migrations.AddField(
            model_name='pause',
            name='end_reason',
            field=models.CharField(blank=True, choices=[('arrived', 'What was awaited is here'), ('urgent', 'It cannot wait any longer'), ('situation_changed', 'The situation changed'), ('safety_of_person', 'For the safety of the person'), ('mistake', 'The pause was agreed on by mistake')], max_length=20),
        ),
        migrations.AddField(
            model_name='pause',
            name='ended_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='pause',
            name='ended_by',
            field=models.CharField(blank=True, choices=[('out', 'out'), ('in', 'in')], max_length=3),
        ),
        migrations.AddConstraint(
            model_name='pause',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('end_reason', ''), ('ended_at__isnull', True), ('ended_by', '')), models.Q(('ended_at__gte', models.F('since')), ('ended_at__isnull', False), ('ended_at__lt', models.F('until')), ('standing', 'agreed'), models.Q(('ended_by', ''), _negated=True), models.Q(('end_reason', ''), _negated=True)), _connector='OR'), name='cooperation_pause_ended_once_agreed'),
        ),
    ]
