"""How a consent ended: withdrawn, as all until now, or its time over."""

import ayni.vault.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cooperation', '0013_attachments'),
    ]

    operations = [
        migrations.AddField(
            model_name='consenteffect',
            name='cause',
            field=ayni.vault.fields.internal(
                models.CharField(
                    choices=[
                        ('withdrawn', 'The consent was withdrawn'),
                        ('expired', 'The time of the consent is over'),
                    ],
                    default='withdrawn',
                    max_length=9,
                )
            ),
        ),
    ]
