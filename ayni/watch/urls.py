"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from ayni.watch import aside_views, node_views, resting_views, views

app_name = "watch"
urlpatterns = [
    path("", views.status, name="status"),
    path("nodes/<slug:code>", node_views.node, name="node"),
    path("set-aside", aside_views.listed, name="set-aside"),
    path("set-aside/again", aside_views.again, name="set-aside-again"),
    path("resting", resting_views.listed, name="resting"),
    path("resting/go-on", resting_views.go_on, name="resting-go-on"),
    path("metrics", views.metrics, name="metrics"),
    path("ready", views.ready, name="ready"),
]
