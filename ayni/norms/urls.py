"""Addresses of the regulatory framework. They hold codes of states and instruments only."""

from __future__ import annotations

from django.urls import path, re_path

from ayni.norms import ground_views, views

app_name = "norms"

urlpatterns = [
    path("", views.start, name="start"),
    path("states/<slug:code>/", views.state, name="state"),
    path("instruments/<slug:ident>/", views.instrument, name="instrument"),
    path("between/", views.pair, name="pair"),
    path("common-ground/", ground_views.ground, name="ground"),
    re_path(r"^common-ground\.(?P<ending>csv|json)$", ground_views.ground_file, name="ground-file"),
]
