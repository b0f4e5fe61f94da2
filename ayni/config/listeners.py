"""Three doors of a node that may listen at three addresses: for the public, for officers, for other
nodes. A process that serves one of them knows no page of the others.

A ministry opens the first to the internet, the second to its own network and the third to ten
machines. Which process serves which door stands in AYNI_DOORS; the supervisor sets it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from ayni.config.doors import DOORS, Door, Who
from ayni.config.environment import DoorName

Listener = DoorName
ALL = frozenset(Listener)
_PUBLIC, _OFFICERS, _NODES = Listener.PUBLIC, Listener.OFFICERS, Listener.NODES

# Rooms whose pages are for everybody; whatever else anybody may open belongs to signing in.
_PUBLIC_ROOMS = ("help", "own")
# Pages for everybody of rooms whose other pages are for officers.
_PUBLIC_PAGES = frozenset(
    {
        "agenda:public",
        "agenda:public-start",
        "statistics:published",
        "statistics:published-file",
        "statistics:published-release",
        "statistics:published-start",
    }
)
# Pages that more than one door needs.
_SHARED: dict[str, frozenset[DoorName]] = {
    "health": ALL,
    "watch:ready": ALL,
    "set_language": frozenset({_PUBLIC, _OFFICERS}),
}


def listeners(name: str, door: Door) -> frozenset[DoorName]:
    """The doors at which a route is served."""
    if name in _SHARED:
        return _SHARED[name]
    if door.who is Who.NODES:
        return frozenset({_NODES})
    room = name.partition(":")[0]
    if door.who is Who.ANYBODY and (room in _PUBLIC_ROOMS or name in _PUBLIC_PAGES):
        return frozenset({_PUBLIC})
    return frozenset({_OFFICERS})


def public_help() -> str:
    """Where the public help pages are, as seen from a page of this process; empty if they are
    served nowhere that this process knows."""
    if _PUBLIC in settings.AYNI_DOORS:
        return reverse("help:start")
    if settings.AYNI_HOST_PUBLIC != settings.AYNI_HOST:
        return f"https://{settings.AYNI_HOST_PUBLIC}{reverse('help:start')}"
    return ""


class OneDoor:
    """Answers 404 for a route of a door that this process does not serve, before anything else
    looks at the request; the bare name of the public door leads to the help pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing before the route is known, but for the bare name."""
        served = settings.AYNI_DOORS
        if request.path_info == "/" and _PUBLIC in served and _OFFICERS not in served:
            return HttpResponseRedirect(reverse("help:start"))
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Raise `Http404` for a route that is not served here."""
        match = request.resolver_match
        door = DOORS.get(match.view_name) if match is not None else None
        if match is None or door is None:
            return None  # refused to all further in
        if not listeners(match.view_name, door) & settings.AYNI_DOORS:
            raise Http404
        return None
