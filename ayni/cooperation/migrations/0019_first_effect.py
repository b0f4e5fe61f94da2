"""What a receiver said first, and when, stays when it destroys later what it had kept."""

from django.db import migrations, models

_EFFECTS = [('destroyed', 'Destroyed: nobody can read them any more'), ('partly', 'Destroyed in part'), ('kept', 'Still kept')]
_REASONS = [('law_keeps', 'A law obliges us to keep or to use them'), ('proceedings', 'They are needed in a proceeding'), ('own_consent', 'She or he agreed here as well, and that still holds'), ('others', 'They are also about somebody else')]


class Migration(migrations.Migration):

    dependencies = [
        ('cooperation', '0018_effect_of_what'),
    ]

    operations = [
        migrations.AddField('consenteffect', 'first_effect', models.CharField(blank=True, choices=_EFFECTS, default='', max_length=10), preserve_default=False),
        migrations.AddField('consenteffect', 'first_reason', models.CharField(blank=True, choices=_REASONS, default='', max_length=12), preserve_default=False),
        migrations.AddField('consenteffect', 'first_at', models.DateTimeField(null=True)),
        # What was overwritten before this is not known any more: what is known counts as the first.
        migrations.RunSQL(
            "update cooperation_consenteffect set first_effect = effect, first_reason = reason,"
            " first_at = effect_at",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            'consenteffect',
            models.CheckConstraint(
                condition=models.Q(effect="", first_effect="", first_reason="", first_at=None)
                | ~models.Q(effect="")
                & ~models.Q(first_effect="")
                & models.Q(first_at__isnull=False, first_at__lte=models.F("effect_at")),
                name='cooperation_effect_first',
            ),
        ),
    ]
