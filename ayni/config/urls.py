"""Addresses. No address holds personal data: searches are sent by POST."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from ayni.lib.gallery import gallery


def health(request: HttpRequest) -> HttpResponse:
    """Whether this process answers; says nothing about data."""
    return JsonResponse({"node": settings.AYNI_NODE, "ok": True})


urlpatterns = [
    path("health", health, name="health"),
    path("gallery", gallery, name="gallery"),
    path("language/", include("django.conf.urls.i18n")),
    path("account/", include("ayni.config.account_urls")),
]
for _room, _prefix in (
    ("exchange", "exchange/"),
    ("help", "help/"),
    ("norms", "norms/"),
    ("gazette", "published/"),
    ("cases", "cases/"),
    ("cooperation", "cooperation/"),
    ("alerts", "alerts/"),
    ("returns", "returns/"),
    ("support", "support/"),
    ("own", "own/"),
    ("statistics", "statistics/"),
    ("watch", "watch/"),
    ("incidents", "incidents/"),
    ("protocol", "platform/protocol/"),
    ("agenda", "platform/"),
    ("desk", ""),
):
    if _room in settings.ROOMS and find_spec(f"ayni.{_room}.urls"):
        urlpatterns.append(path(_prefix, include(f"ayni.{_room}.urls")))

handler403 = "ayni.config.closed.forbidden"
