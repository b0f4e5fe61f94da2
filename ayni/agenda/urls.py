"""Addresses of this room. They hold codes of states, rules and functions, and days."""

from __future__ import annotations

from django.urls import path

from ayni.agenda import views, writing_views

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
    path("focal-points/<slug:function>", writing_views.office, name="office"),
]
