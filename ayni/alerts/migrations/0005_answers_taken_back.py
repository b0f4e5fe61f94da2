"""What was answered to an alert is taken back, on both sides."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0004_removal_due'),
    ]

    operations = [
        migrations.AddField(
            model_name='alertanswer',
            name='own_subject',
            field=models.UUIDField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name='alertanswer',
            name='sequence',
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='alertanswer',
            name='withdrawn_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='alertanswer',
            name='withdrawal',
            field=models.CharField(blank=True, default='', max_length=32),
        ),
        migrations.AddField(
            model_name='alertanswer',
            name='due_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='alertanswer',
            name='removed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='alertanswer',
            name='confirmed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='alertanswer',
            name='untold',
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name='alertcopy',
            name='answers_after',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='alertcopy',
            name='unconfirmed',
            field=models.JSONField(default=list),
        ),
        migrations.AddConstraint(
            model_name='alertanswer',
            constraint=models.CheckConstraint(condition=models.Q(('withdrawn_at__isnull', True), models.Q(('content__isnull', True), ('sent_at__isnull', False)), _connector='OR'), name='alerts_withdrawn_is_gone'),
        ),
    ]
