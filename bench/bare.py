"""A bare signed-in page with one query: what every page costs before it shows anything."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from ayni.config.urls import urlpatterns as real
from ayni.members import api as members


@login_required
def bare(request: HttpRequest) -> HttpResponse:
    """The base template and the number of institutions."""
    members.Institution.objects.count()
    return render(request, "base.html")


urlpatterns = [path("bare", bare), *real]
