"""Addresses of the regulatory framework. They hold codes of states and instruments only."""

from __future__ import annotations

from django.urls import path

from ayni.norms import views

app_name = "norms"

urlpatterns = [
    path("", views.start, name="start"),
    path("states/<slug:code>/", views.state, name="state"),
    path("instruments/<slug:ident>/", views.instrument, name="instrument"),
    path("between/", views.pair, name="pair"),
]
