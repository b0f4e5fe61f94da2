"""The access log: route, method, status and time. Never an address as it was typed, for a person
may have typed a name into it; never a query, a body or who asked."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string

from ayni.config.readable import is_readable
from ayni.watch import api as watch

log = logging.getLogger("ayni.access")
# What pages and nodes use. TRACE would give back what a proxy added; no page knows the others.
_METHODS = ("GET", "HEAD", "POST", "OPTIONS")
# Asked by machines at the address of one process: a load balancer, a container engine, Prometheus.
# They name no host of ours, and nothing of what is answered there depends on the name.
_BY_ADDRESS = frozenset({"/health", "/watch/ready", "/watch/metrics"})
_SESSION = re.compile(r"[0-9a-z]{32}")


class AccessLog:
    """One line for each request that reached the application."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, then log."""
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        ids = {
            "route": match.route if match is not None else "none",
            "method": request.method if request.method in {"GET", "POST", "HEAD"} else "other",
            "status": response.status_code,
            "ms": round((time.perf_counter() - began) * 1000, 1),
        }
        log.info("request", extra={"ids": ids})
        watch.count_request(
            route=(match.view_name if match is not None else None) or "none",
            method=str(ids["method"]),
            status=response.status_code,
            seconds=time.perf_counter() - began,
        )
        return response


class Understood:
    """Turns away, before anything else looks at it, what no browser sends here: a form in another
    encoding than UTF-8 or without the boundary of its parts, another host (but where machines
    look), another method. A session cookie that cannot be one is left out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or 400 with a page that asks for nothing of the request."""
        if request.method not in _METHODS:
            return HttpResponseNotAllowed(_METHODS)
        if request.path_info in _BY_ADDRESS:
            request.META["HTTP_HOST"] = settings.ALLOWED_HOSTS[0]
        if not (is_readable(request) and _is_our_host(request)):
            return HttpResponse(render_to_string("400.html"), status=400)
        if not _SESSION.fullmatch(request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")):
            request.COOKIES.pop(settings.SESSION_COOKIE_NAME, None)
        return self.get_response(request)


def _is_our_host(request: HttpRequest) -> bool:
    try:
        request.get_host()
    except DisallowedHost:
        return False
    return True
