"""Why a release is corrected or withdrawn. What was before gave no reason: "other" stands there."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models
from django.db.models import Q

from ayni.statistics.releasing.reasons import WhyCorrected, WhyWithdrawn

_PROPOSED = (
    "population", "source", "origin", "mode", "method", "declared", "about", "proposed_by",
    "proposed_at", "corrects_id",
)
_STAYS = """
create or replace function statistics_release_stays() returns trigger language plpgsql as $$
begin
    if {changed}
       or (old.sha256 <> '' and new.sha256 <> old.sha256)
       or (old.published_at is not null and (new.published_at is distinct from old.published_at
           or new.key <> old.key or new.version <> old.version)) then
        raise exception 'what was proposed, checked or published is not changed';
    end if;
    return new;
end $$;
"""


def _stays(*names: str) -> str:
    return _STAYS.format(changed=" or ".join(f"new.{n} is distinct from old.{n}" for n in names))


class Migration(migrations.Migration):
    dependencies: ClassVar = [("statistics", "0010_release_aside")]
    operations: ClassVar = [
        migrations.AddField(
            model_name="release",
            name="reason",
            field=models.CharField(
                blank=True, choices=[(w.value, w.value) for w in WhyCorrected], default="",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="release",
            name="withdrawn_for",
            field=models.CharField(
                blank=True, choices=[(w.value, w.value) for w in WhyWithdrawn], default="",
                max_length=20,
            ),
        ),
        migrations.AddField(
            model_name="release", name="withdrawn_by", field=models.UUIDField(null=True)
        ),
        migrations.AddField(
            model_name="release", name="withdrawn_at", field=models.DateTimeField(null=True)
        ),
        migrations.RunSQL(
            "update statistics_release set reason = 'other' where corrects_id is not null;"
            "update statistics_release set withdrawn_for = 'other' where state = 'withdrawn';",
            migrations.RunSQL.noop,
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=Q(corrects__isnull=True, reason="")
                | (Q(corrects__isnull=False) & ~Q(reason="")),
                name="statistics_release_corrects_and_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="release",
            constraint=models.CheckConstraint(
                condition=(Q(state="withdrawn") & ~Q(withdrawn_for=""))
                | (~Q(state="withdrawn") & Q(withdrawn_for="")),
                name="statistics_release_withdrawn_says_why",
            ),
        ),
        migrations.RunSQL(_stays(*_PROPOSED, "reason"), _stays(*_PROPOSED)),
    ]  # fmt: skip
