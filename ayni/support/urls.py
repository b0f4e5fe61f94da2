"""Addresses of this room. None holds anything about a person: a state's code, a random key."""

from __future__ import annotations

from django.urls import path

from ayni.support import act_views, views

app_name = "support"
urlpatterns = [
    path("", views.listed, name="list"),
    path("figures", views.figures, name="figures"),
    path("ask", act_views.ask, name="ask"),
    path("<slug:owner>/<slug:key>", views.need, name="need"),
    path("<slug:owner>/<slug:key>/change", act_views.change, name="change"),
    path("<slug:owner>/<slug:key>/offer", act_views.offer, name="offer"),
    path("<slug:owner>/<slug:key>/accept/<slug:state>", act_views.accept, name="accept"),
    path("<slug:owner>/<slug:key>/close", act_views.close, name="close"),
    path("<slug:owner>/<slug:key>/propose", act_views.propose, name="propose"),
    path("<slug:owner>/<slug:key>/act/<slug:act>", act_views.act, name="act"),
]
