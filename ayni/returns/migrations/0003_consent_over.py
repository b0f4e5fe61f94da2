"""That its consent is over is one more reason why a plan is stopped."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('returns', '0002_travel_plans'),
    ]

    operations = [
        migrations.AlterField(
            model_name='travelplan',
            name='why_stopped',
            field=models.CharField(blank=True, choices=[('person_decided', 'person_decided'), ('withdrawn', 'withdrawn'), ('consent_over', 'consent_over'), ('feared_state', 'feared_state'), ('risk_changed', 'risk_changed'), ('not_boarded', 'not_boarded'), ('by_sender', 'by_sender'), ('draft_dropped', 'draft_dropped')], max_length=20),
        ),
    ]
