"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from ayni.watch import node_views, views

app_name = "watch"
urlpatterns = [
    path("", views.status, name="status"),
    path("nodes/<slug:code>", node_views.node, name="node"),
    path("metrics", views.metrics, name="metrics"),
    path("ready", views.ready, name="ready"),
]
