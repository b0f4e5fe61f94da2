"""What holds for every request: pages travel compressed and nothing is kept by the browser; the
database is asked on behalf of the officer's institution; pages come in the reader's language."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import render
from django.utils import timezone, translation

from ayni.lib import nothing_secret
from ayni.lib.errors import NotAllowed
from ayni.members import api as members

Handler = Callable[[HttpRequest], HttpResponse]


# Nothing of the device is asked for; nothing of another origin is loaded, framed or shared with.
_CLOSED = {
    "Cache-Control": "no-store, private",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Origin-Agent-Cluster": "?1",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer", "autoplay", "bluetooth", "browsing-topics", "camera",
            "display-capture", "geolocation", "gyroscope", "hid", "local-fonts", "magnetometer",
            "microphone", "midi", "payment", "picture-in-picture", "screen-wake-lock", "serial",
            "usb", "xr-spatial-tracking",
        )
    ),
    "X-Permitted-Cross-Domain-Policies": "none",
}  # fmt: skip


class NothingKept:
    """Pages are not stored by the browser or by anything between (shared computers), and share
    nothing with another site (OWASP Secure Headers)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Forbid storing, except for the page assets, which whitenoise answers before."""
        response = self.get_response(request)
        for name, value in _CLOSED.items():
            response.setdefault(name, value)
        return response


class WayBack:
    """An address that is only a button (such as after signing in again on the way to it) leads back
    to the page on which the button stands, instead of to an empty one."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; in the place of an empty "not allowed" a page with a way back."""
        response = self.get_response(request)
        if not (response.status_code == 405 and request.method == "GET" and not response.content):
            return response
        above = request.path.rstrip("/").rpartition("/")[0] or "/"
        page = render(request, "405.html", {"above": above}, status=405)
        page["Allow"] = response["Allow"]
        return page


class Compressed(GZipMiddleware):
    """Pages travel compressed: a case page of 40 KB is one of 7 on a consulate's slow line.

    Only answers into which the request itself can put no words: who chooses a part of a page and
    sees the sizes of many answers could guess the rest (BREACH). Django adds a random length.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        """Compress the answer to a plain GET, if it is a page; with a query only where the page
        said that it holds nothing to be guessed."""
        page = response.headers.get("Content-Type", "").startswith("text/html")
        asked = request.META.get("QUERY_STRING") and not nothing_secret.is_marked(response)
        if request.method != "GET" or asked or not page:
            return response
        compressed: HttpResponseBase = super().process_response(request, response)
        return compressed


class ReadersLanguage(LocaleMiddleware):
    """The language of the node's cookie, else of the officer, else of the browser, else Spanish."""


class OnBehalf:
    """Row-level security: a signed-in officer's request sees the rows of one institution, and of
    its cases those that are open to the officer."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Set institution and time zone for this request only; nobody's for those not signed in."""
        user = request.user
        if not isinstance(user, members.User):
            return self.get_response(request)
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language()
        zone = user.institution.time_zone if user.institution else "UTC"
        with (
            members.acting(user.institution_id, reach=_reach(user)),
            timezone.override(ZoneInfo(zone)),
        ):
            return self.get_response(request)


def _reach(user: members.User) -> str:
    """Which cases the database shows; none to an account that was stopped."""
    try:
        return members.reach_of(by=members.actor_of(user))
    except NotAllowed:
        return ""
