"""Rooms above that count cases hear which one has changed (`config/wiring.py`, `CASE_CHANGED`)."""

from __future__ import annotations

from django.conf import settings
from django.utils.module_loading import import_string

from ayni.cases.models import Case


def tell_changed(case: Case) -> None:
    """Say, in the transaction of the verb, that what is counted of this case may be another now."""
    for path in settings.AYNI_CASE_CHANGED:
        import_string(path)(case=case)
