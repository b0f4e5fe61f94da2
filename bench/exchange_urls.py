"""The node's addresses and the bare request."""

from __future__ import annotations

from django.urls import path

from ayni.config.doors import DOORS, Door, Who
from ayni.config.urls import handler403
from ayni.config.urls import urlpatterns as real
from bench.exchange_room import bare

# Under /exchange/: its body is read as a message is, not as a form (`ayni.config.patience`).
# The row that every route needs; this one exists only where the benchmark runs.
DOORS["bench-bare"] = Door(Who.NODES)
__all__ = ["handler403", "urlpatterns"]

urlpatterns = [path("exchange/bench-bare", bare, name="bench-bare"), *real]
