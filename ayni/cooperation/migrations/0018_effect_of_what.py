"""What a room above sent under a consent that ended has its effect noted as a referral has."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cooperation', '0017_legal_basis'),
    ]

    operations = [
        migrations.AddField(
            model_name='consenteffect',
            name='what',
            field=models.CharField(blank=True, choices=[('assessment', 'joint assessment of a return')], default='', max_length=12),
            preserve_default=False,
        ),
    ]
