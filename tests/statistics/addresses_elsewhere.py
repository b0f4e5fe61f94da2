"""Addresses of a node that is not Argentina's: the same but for Línea 145."""

from __future__ import annotations

from django.urls import include, path

from ayni.config import urls as here
from ayni.statistics import urls as statistics

_figures = [each for each in statistics.urlpatterns if not str(each.name).startswith("linea145")]
urlpatterns = [
    path("statistics/", include((_figures, "statistics"))),
    *(each for each in here.urlpatterns if getattr(each, "app_name", "") != "statistics"),
]
handler403 = here.handler403
