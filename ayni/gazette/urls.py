"""Addresses of what is published."""

from __future__ import annotations

from django.urls import path

from ayni.gazette import views

app_name = "gazette"

urlpatterns = [path("", views.published, name="published")]
