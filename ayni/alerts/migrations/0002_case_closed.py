"""A case that was closed is one more reason of a recall."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alerts', '0001_initial'),
    ]

    operations = [
        migrations.AlterField(
            model_name='alert',
            name='recall_reason',
            field=models.CharField(blank=True, choices=[('found', 'The person was found'), ('safety', 'For the safety of the person'), ('wish', 'The person does not want to be looked for'), ('mistake', 'It was issued by mistake'), ('closed', 'The case was closed')], max_length=10),
        ),
    ]
