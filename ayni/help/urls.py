"""Addresses of the public pages. The language stands in the address, so no cookie is needed."""

from __future__ import annotations

from django.urls import path, re_path

from ayni.help import views

app_name = "help"
_LANGUAGE = r"^(?P<language>es|pt|en)/"

urlpatterns = [
    path("", views.start, name="start"),
    re_path(_LANGUAGE + r"$", views.now, name="now"),
    re_path(_LANGUAGE + r"in/(?P<country>[a-z]{2})/$", views.country, name="country"),
    re_path(_LANGUAGE + r"write/$", views.write, name="write"),
    re_path(_LANGUAGE + r"what-happens/$", views.what_happens, name="what_happens"),
]
