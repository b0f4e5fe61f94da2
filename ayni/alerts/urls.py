"""Addresses of this room. None holds anything about a person."""

from __future__ import annotations

from django.urls import path

from ayni.alerts import views

app_name = "alerts"
urlpatterns = [
    path("", views.listed, name="list"),
    path("cases/<uuid:case_id>/new", views.new, name="new"),
    path("received/<uuid:received_id>", views.received, name="received"),
    path("<uuid:missing_id>", views.alert, name="alert"),
    path("<uuid:missing_id>/agree", views.agree, name="agree"),
    path("<uuid:missing_id>/issue", views.issue, name="issue"),
    path("<uuid:missing_id>/recall", views.recall, name="recall"),
]
