"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from ayni.watch import views

app_name = "watch"
urlpatterns = [
    path("", views.status, name="status"),
    path("metrics", views.metrics, name="metrics"),
    path("ready", views.ready, name="ready"),
]
