"""Addresses of this room. None holds anything about a person."""

from __future__ import annotations

from django.urls import path

from ayni.returns import views

app_name = "returns"
urlpatterns = [
    path("", views.listed, name="list"),
    path("cases/<uuid:case_id>", views.of_case, name="case"),
    path("cases/<uuid:case_id>/propose", views.propose, name="propose"),
    path("<uuid:assessment_id>", views.assessment, name="assessment"),
    path("<uuid:assessment_id>/agree", views.agree, name="agree"),
    path("<uuid:assessment_id>/sign", views.sign, name="sign"),
]
