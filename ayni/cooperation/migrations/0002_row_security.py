"""Rows are seen and written only on behalf of their institution. Clocks and the register of
transfers hold no person and are read across the node."""

from __future__ import annotations

from django.db import migrations

from ayni.members.security import guard


class Migration(migrations.Migration):
    dependencies = [("cooperation", "0001_initial")]

    operations = [
        guard(f"cooperation_{name}") for name in ("referral", "request", "event", "letter")
    ]
