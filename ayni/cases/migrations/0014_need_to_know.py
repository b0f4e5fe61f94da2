"""Need to know: of an institution's cases the database shows those that are open to the officer.

Restrictive policies narrow whatever else lets a row be seen; what may be written is as before. The
setting `ayni.reach` is "all", an officer's id, or nothing (`members.reach_of`).
"""

import ayni.lib.identifiers
import ayni.vault.fields
import datetime
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

from ayni.members.security import guard

_REACH = "(select coalesce(current_setting('ayni.reach', true), ''))"
# A case that nobody has taken is seen, so that somebody can take it; the verbs open it to nobody.
_CASE = f"""
{_REACH} = 'all' or {_REACH} <> '' and (
  assigned_to_id is null
  or assigned_to_id::text = {_REACH}
  or exists (
    select 1 from cases_caseaccess a
    where a.case_id = cases_case.id and a.officer_id::text = {_REACH}
      and a.ended_at is null and (a.until is null or a.until > now())
  )
)
"""
# Asked of cases_case, whose own policy holds there.
_CHILD = f"{_REACH} = 'all' or {{null}} exists (select 1 from cases_case c where {{which}})"
_RULES = {
    "case": _CASE,
    "person": _CHILD.format(null="", which="c.person_id = cases_person.id"),
    "stepform": _CHILD.format(null="case_id is null or", which="c.id = case_id"),
    "consent": _CHILD.format(null="", which="c.id = case_id"),
    "handover": _CHILD.format(null="", which="c.id = case_id"),
}


def _narrow(table: str, rule: str) -> migrations.RunSQL:
    name = f"cases_{table}"
    return migrations.RunSQL(
        f"create policy {name}_need_to_know on {name} as restrictive using ({rule}) with check (true)",
        f"drop policy {name}_need_to_know on {name}",
    )


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0013_expiring'),
        ('members', '0002_reminded_on'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CaseAccess',
            fields=[
                ('id', models.UUIDField(default=ayni.lib.identifiers.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject', models.UUIDField(editable=False)),
                ('kind', models.CharField(choices=[('colleague', 'colleague'), ('emergency', 'emergency')], max_length=9)),
                ('at', models.DateTimeField()),
                ('by', models.UUIDField()),
                ('until', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('seen_at', models.DateTimeField(null=True)),
                ('seen_by', models.UUIDField(null=True)),
                ('reason', ayni.vault.fields.SealedField(default=None, null=True)),
                ('withheld', ayni.vault.fields.SealedField(default=None, null=True)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='accesses', to='cases.case')),
                ('institution', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='members.institution')),
                ('officer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('kind', 'emergency'), ('seen_at__isnull', True)), fields=['institution', 'at'], name='cases_access_unseen')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'colleague'), ('until__isnull', True)), models.Q(('kind', 'emergency'), ('until__gt', models.F('at')), ('until__isnull', False), ('until__lte', django.db.models.expressions.CombinedExpression(models.F('at'), '+', models.Value(datetime.timedelta(seconds=10800)))), models.Q(('reason__isnull', False), ('ended_at__isnull', False), _connector='OR')), _connector='OR'), name='cases_access_emergency_short'), models.CheckConstraint(condition=models.Q(models.Q(('seen_at__isnull', True), ('seen_by__isnull', True)), models.Q(('seen_at__isnull', False), ('seen_by__isnull', False)), _connector='OR'), name='cases_access_seen_by_whom'), models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True), ('kind', 'colleague')), fields=('case', 'officer'), name='cases_access_colleague_once')],
            },
        ),
        guard("cases_caseaccess"),
        *[_narrow(table, rule) for table, rule in _RULES.items()],
    ]
