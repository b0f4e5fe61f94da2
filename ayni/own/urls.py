"""Addresses of this room. One page only for the person: what she looks at stands in no address."""

from __future__ import annotations

from django.urls import path, re_path

from ayni.own import delay_views, officer_views, views

app_name = "own"
urlpatterns = [
    path("", views.start, name="start"),
    re_path(r"^(?P<language>es|pt|en)/$", views.page, name="page"),
    path("delays", delay_views.delays, name="delays"),
    path("delays/<uuid:delay_id>", delay_views.review, name="delay-review"),
    path("cases/<uuid:case_id>/delays", delay_views.delays_of_case, name="delays-of-case"),
    path("cases/<uuid:case_id>/code", officer_views.code, name="code"),
]
