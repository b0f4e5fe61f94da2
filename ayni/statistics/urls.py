"""Addresses of this room. None holds anything about a person: filters are codes and years. Línea
145 is Argentina's: another node has no such page."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, path, re_path

from ayni.statistics import api, htcds_views, views
from ayni.statistics.pages import public_views
from ayni.statistics.pages import views as pages

app_name = "statistics"
urlpatterns: list[URLPattern] = [
    path("figures", pages.figures, name="figures"),
    path("figures/<slug:board>", pages.figures, name="figures-of"),
    path("figures/<slug:board>/<slug:part>/<slug:kind>", pages.file, name="figures-file"),
    path("htcds/import", htcds_views.take_in, name="htcds-import"),
    path("htcds/export", htcds_views.give_out, name="htcds-export"),
    path("published/", public_views.start, name="published-start"),
    re_path(r"^published/(?P<language>es|pt|en)/$", public_views.published, name="published"),
]
if settings.AYNI_NODE == api.STATE:
    urlpatterns += [
        path("linea145", views.linea145, name="linea145"),
        path("linea145/rows/<slug:figure>", views.rows, name="linea145-rows"),
        path("linea145/log", views.log_list, name="linea145-logs"),
        path("linea145/log/<uuid:load_id>", views.log, name="linea145-log"),
        path("linea145/log/<uuid:load_id>/file", views.log_file, name="linea145-log-file"),
    ]
