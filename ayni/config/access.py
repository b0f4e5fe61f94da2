"""The access log: route, method, status and time. Never an address as it was typed, for a person
may have typed a name into it; never a query, a body or who asked."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

log = logging.getLogger("ayni.access")


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
        return response
