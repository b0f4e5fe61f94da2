"""Since when a consent holds no more, withdrawn or over: a name for both."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('cooperation', '0014_endings'),
    ]

    operations = [
        migrations.RenameField('consenteffect', 'withdrawn_at', 'ended_at'),
    ]
