"""Rows are seen and written only on behalf of their institution."""

from __future__ import annotations

from django.db import migrations

from ayni.members.security import guard


class Migration(migrations.Migration):
    dependencies = [("statistics", "0001_initial")]

    operations = [guard("statistics_load"), guard("statistics_finding")]
