"""Addresses of this room. They hold codes of states, rules and functions, and days."""

from __future__ import annotations

from django.urls import path

from ayni.agenda import meeting_views, views, writing_views

app_name = "agenda"
urlpatterns = [
    path("", views.platform, name="platform"),
    path("handings-over/<slug:day>", views.handing, name="handing"),
    path("hand-over", writing_views.hand_over, name="hand-over"),
    path("presidencies/new", writing_views.term, name="term-new"),
    path("presidencies/<slug:day>", writing_views.term, name="term"),
    path("rules/<slug:code>", writing_views.rule, name="rule"),
    path("organisations/new", writing_views.party, name="party-new"),
    path("organisations/<str:key>", writing_views.party, name="party"),
    path("meetings/call", meeting_views.call, name="meeting-call"),
    path("meetings/<slug:key>", meeting_views.meeting, name="meeting"),
    path("meetings/<slug:key>/attendance", meeting_views.attendance, name="meeting-attendance"),
    path("meetings/<slug:key>/decision", meeting_views.decision, name="meeting-decision"),
    path("focal-points/<slug:function>", writing_views.office, name="office"),
]
