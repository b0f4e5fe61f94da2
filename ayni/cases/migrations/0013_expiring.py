"""Records whose time is over: blocked rows are seen only where `ayni.blocked` says so."""

import ayni.vault.fields
from django.conf import settings
from django.db import migrations, models

# Restrictive: it narrows whatever else lets a row be seen. What may be written is as before.
_HIDE = """
create policy cases_{table}_blocked on cases_{table} as restrictive
  using (blocked_at is null or current_setting('ayni.blocked', true) = 'seen')
  with check (true);
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0012_coded_contact'),
        ('members', '0002_reminded_on'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='case',
            name='blocked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='erased_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='held_until',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='case',
            name='hold_reason',
            field=ayni.vault.fields.SealedField(default=None, null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='blocked_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='erased_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='held_until',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='notice',
            name='hold_reason',
            field=ayni.vault.fields.SealedField(default=None, null=True),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('blocked_at__isnull', True), ('closed_at__isnull', False), _connector='OR'), name='cases_case_closed_then_blocked'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(('erased_at__isnull', True), ('blocked_at__isnull', False), _connector='OR'), name='cases_case_blocked_then_erased'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('erased_at__isnull', True), ('blocked_at__isnull', False), _connector='OR'), name='cases_notice_blocked_then_erased'),
        ),
        *[
            migrations.RunSQL(
                _HIDE.format(table=table),
                f"drop policy cases_{table}_blocked on cases_{table}",
            )
            for table in ("case", "notice")
        ],
    ]
