"""Addresses of this room. None holds anything about a person."""

from __future__ import annotations

from django.urls import path

from ayni.returns import plan_views, views

app_name = "returns"
urlpatterns = [
    path("", views.listed, name="list"),
    path("cases/<uuid:case_id>", views.of_case, name="case"),
    path("cases/<uuid:case_id>/propose", views.propose, name="propose"),
    path("<uuid:assessment_id>/plan", plan_views.write, name="plan-new"),
    path("plans/<uuid:plan_id>", plan_views.plan, name="plan"),
    path("plans/<uuid:plan_id>/agree", plan_views.agree, name="plan-agree"),
    path("plans/<uuid:plan_id>/answer", plan_views.answer, name="plan-answer"),
    path("plans/<uuid:plan_id>/boarded", plan_views.boarded, name="plan-boarded"),
    path("plans/<uuid:plan_id>/arrival", plan_views.arrival, name="plan-arrival"),
    path("plans/<uuid:plan_id>/stop", plan_views.stop, name="plan-stop"),
    path("<uuid:assessment_id>", views.assessment, name="assessment"),
    path("<uuid:assessment_id>/agree", views.agree, name="agree"),
    path("<uuid:assessment_id>/sign", views.sign, name="sign"),
]
