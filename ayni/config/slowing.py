"""How many requests each door takes from one asker: 429 and Retry-After above it.

The public door is not slowed down here: its pages are always readable, notices are slowed down by
`help`, numbers on paper by `own`, passwords by allauth and axes.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render

from ayni.config.doors import DOORS
from ayni.config.environment import DoorName
from ayni.config.listeners import listeners
from ayni.lib.pace import Counter, Pace, place
from ayni.members import api as members

# An officer reads a page in seconds; ten a second for long is a machine. A network of officers
# shares one address before they have signed in.
OFFICERS = Counter(Pace(burst=600, every=0.1))
# A restored node is told at once what it missed; what is refused here comes again later.
NODES = Counter(Pace(burst=2000, every=0.01))
_AT_MOST = 600


class Slowing:
    """Refuses what comes too fast, once the route and who asks are known."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; whoever is told to wait is told how long, also where a library says so."""
        response = self.get_response(request)
        if response.status_code == 429:
            response.setdefault("Retry-After", "60")
        return response

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """None, or 429."""
        match = request.resolver_match
        door = DOORS.get(match.view_name) if match is not None else None
        if match is None or door is None:
            return None
        served = listeners(match.view_name, door)
        if served == {DoorName.NODES}:
            seconds = NODES.wait(place(request.META.get("REMOTE_ADDR", "")), time.monotonic())
            return _refused(JsonResponse({"refused": "too_fast"}), seconds) if seconds else None
        if served != {DoorName.OFFICERS}:
            return None
        user = request.user
        known = isinstance(user, members.User)
        asker = str(user.pk) if known else place(request.META.get("REMOTE_ADDR", ""))
        seconds = OFFICERS.wait(asker, time.monotonic())
        return _refused(render(request, "429.html"), seconds) if seconds else None


def _refused(answer: HttpResponse, seconds: float) -> HttpResponse:
    answer.status_code = 429
    answer["Retry-After"] = str(min(math.ceil(seconds), _AT_MOST))
    return answer
