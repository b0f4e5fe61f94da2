"""A bare signed-in page with one query: what every page costs before it shows anything."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from ayni.config.doors import DOORS, Door, Who
from ayni.config.urls import urlpatterns as real
from ayni.members import api as members


@login_required
def bare(request: HttpRequest) -> HttpResponse:
    """The base template and the number of institutions."""
    members.Institution.objects.count()
    return render(request, "base.html")


# The row that every route needs; this one exists only where the benchmark runs.
DOORS["bare"] = Door(Who.SIGNED_IN)

urlpatterns = [path("bare", bare, name="bare"), *real]
