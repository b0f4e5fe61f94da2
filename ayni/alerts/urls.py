"""Addresses of this room. None holds anything about a person."""

from __future__ import annotations

from django.urls import path

from ayni.alerts import answer_views, views

app_name = "alerts"
urlpatterns = [
    path("", views.listed, name="list"),
    path("cases/<uuid:case_id>/new", views.new, name="new"),
    path("received/<uuid:received_id>", views.received, name="received"),
    path("received/<uuid:received_id>/seen", answer_views.seen, name="seen"),
    path("received/<uuid:received_id>/found", answer_views.found, name="found"),
    path("answers/<uuid:answer_id>", answer_views.answer, name="answer"),
    path("answers/<uuid:answer_id>/agree", answer_views.agree, name="answer-agree"),
    path("answers/<uuid:answer_id>/send", answer_views.send, name="answer-send"),
    path("answers/<uuid:answer_id>/drop", answer_views.drop, name="answer-drop"),
    path("answers/<uuid:answer_id>/withdraw", answer_views.withdraw, name="answer-withdraw"),
    path("<uuid:missing_id>", views.alert, name="alert"),
    path("<uuid:missing_id>/agree", views.agree, name="agree"),
    path("<uuid:missing_id>/issue", views.issue, name="issue"),
    path("<uuid:missing_id>/recall", views.recall, name="recall"),
]
