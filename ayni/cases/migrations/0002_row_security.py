"""Rows are seen and written only on behalf of their institution."""

from __future__ import annotations

from django.db import migrations

from ayni.members.security import guard


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        guard(f"cases_{name}")
        for name in (
            "notice", "noticereferral", "noticeperson", "person", "case", "stepform", "consent",
            "handover",
        )
    ]  # fmt: skip
