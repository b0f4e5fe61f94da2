"""Addresses of this room."""

from __future__ import annotations

from django.urls import path

from ayni.incidents import views

app_name = "incidents"
urlpatterns = [
    path("", views.listed, name="list"),
    path("new", views.new, name="new"),
    path("<uuid:incident_id>", views.incident, name="incident"),
    path("<uuid:incident_id>/note", views.note, name="note"),
    path("<uuid:incident_id>/decide", views.decide, name="decide"),
    path("<uuid:incident_id>/authority", views.authority, name="authority"),
    path("<uuid:incident_id>/persons", views.persons, name="persons"),
    path("<uuid:incident_id>/close", views.close, name="close"),
]
