"""Addresses of a ministry's own sign-on; not found where none is set up."""

from __future__ import annotations

from django.urls import path

from ayni.config import ministry_views

urlpatterns = [
    path("", ministry_views.page, name="account_ministry"),
    path("sign-in/", ministry_views.sign_in, name="account_ministry_sign_in"),
    path("link/", ministry_views.link, name="account_ministry_link"),
    path("unlink/", ministry_views.unlink, name="account_ministry_unlink"),
    path("return/", ministry_views.come_back, name="account_ministry_return"),
]
