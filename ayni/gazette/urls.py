"""Addresses of what is published."""

from __future__ import annotations

from django.urls import path

from ayni.gazette import verified_views, views

app_name = "gazette"

urlpatterns = [
    path("", views.published, name="published"),
    path("verified", verified_views.verified, name="verified"),
]
