"""How long a sign-in lasts: 30 minutes after the last page that was asked for, 12 hours at most.

The server counts, not the cookie: a cookie copied to another device ends at the same moment. What a
page sends by itself (the draft kept every 20 seconds) is no sign that somebody sits there.

A cookie that comes from another kind of browser or system than the sign-in ends it everywhere.
That stops who carries a cookie away, not who also imitates the browser: what the sign-in asks for,
and the short time, are the real walls.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib import auth, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.translation import gettext as _

from ayni.lib import clock
from ayni.members import api as members

Handler = Callable[[HttpRequest], HttpResponse]
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# A sign-in seen less than this ago is not written again: one line of the database a minute.
_AGAIN = timedelta(minutes=1)
_BEGAN, _SEEN, _DEVICE = "ayni_began", "ayni_seen", "ayni_device"
_VERSION = re.compile(r"[\d._]+")


class Sitting:
    """Ends a sign-in that nobody used for long, or that lasted long enough."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; a sign-in whose time is over is ended first, so that nothing is done with it."""
        ended = _signed_in(request) and over(_read(request), clock.now())
        moved = _signed_in(request) and not ended and _is_elsewhere(request)
        if moved:
            members.note_sign_in_ended(
                by=members.actor_of(request.user), sign_in="cookie", why="device"
            )
        if ended or moved:
            auth.logout(request)
        elif _signed_in(request) and not _by_itself(request):
            _write(request)
        response = self.get_response(request)
        if moved and not _by_itself(request):
            messages.info(request, _("You were signed out: this sign-in came from another device."))
        if ended and not _by_itself(request) and _leads_to_sign_in(response):
            messages.info(
                request,
                _(
                    "You were signed out: a sign-in ends after 30 minutes without "
                    "a page, and after 12 hours."
                ),
            )
        elif _signed_in(request) and _BEGAN not in request.session:
            # Signed in by this request: it counts from here, even if no second one ever follows.
            _write(request)
        return response


def over(sitting: tuple[datetime, datetime] | None, now: datetime) -> bool:
    """Whether a sign-in (when it began, when it was last used) is over; one not yet counted is not.

    A moment in the future counts like one in the past: a clock that was set back lengthens nothing
    by more than the time itself.
    """
    if sitting is None:
        return False
    began, seen = sitting
    return abs(now - seen) >= IDLE or abs(now - began) >= LONGEST


def _signed_in(request: HttpRequest) -> bool:
    return isinstance(request.user, members.User)


def _by_itself(request: HttpRequest) -> bool:
    # Also the page to which the answer to a kept draft leads; no click of ours travels this way.
    return "HX-Request" in request.headers


def _read(request: HttpRequest) -> tuple[datetime, datetime] | None:
    began, seen = request.session.get(_BEGAN), request.session.get(_SEEN)
    if began is None or seen is None:
        return None
    return datetime.fromtimestamp(began, UTC), datetime.fromtimestamp(seen, UTC)


def kind_of_device(said: str) -> str:
    """Browser and system without their versions, which change under an open sign-in."""
    return _VERSION.sub("", said)[:200]


def _is_elsewhere(request: HttpRequest) -> bool:
    kept = request.session.get(_DEVICE)
    return kept is not None and kept != kind_of_device(request.headers.get("User-Agent", ""))


def _write(request: HttpRequest) -> None:
    now, sitting = clock.now(), _read(request)
    if sitting is None:
        request.session[_BEGAN] = now.timestamp()
        request.session[_DEVICE] = kind_of_device(request.headers.get("User-Agent", ""))
    elif now - sitting[1] < _AGAIN:
        return
    request.session[_SEEN] = now.timestamp()


def _leads_to_sign_in(response: HttpResponse) -> bool:
    return isinstance(response, HttpResponseRedirect) and response.url.startswith(
        resolve_url(settings.LOGIN_URL)
    )
