"""Nothing that an officer typed is lost, and nothing is done twice.

* A form that is sent when the sign-in has expired, or whose page was open too long, is kept sealed
  for its author and stands in the page again after signing in. Who the author is says a field of
  the form that only this node can make; on a shared computer nobody else is offered it.
* A form whose sender may not do this any more is kept in the same way, and the page says so.
* A form that one officer began and another sends, on a shared computer, is kept for the first and
  is nobody's act.
* The second click of a double click waits for the first and is led to where that one led.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from ayni.cases import api as cases
from ayni.lib.errors import NotFound
from ayni.members import api as members

Handler = Callable[[HttpRequest], HttpResponse]
_SALT = "ayni.author"
_LONGEST = 24 * 60 * 60
_TOO_LONG = "ayni.page_open_too_long"
_WAIT, _STEP = 10.0, 0.1
_NOT_KEPT = frozenset({"csrfmiddlewaretoken", "keep_draft", "author", "password", "app_number"})
# Pages where people sign in, or are no officers: nothing of these is kept.
_OTHERS = ("/account/", "/help/", "/exchange/", "/language/")


class TypedIsKept:
    """Keeps what was sent without a sign-in; answers a double click once."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and keep or forget what was typed."""
        user = request.user if isinstance(request.user, members.User) else None
        if request.method != "POST" or request.path.startswith(_OTHERS):
            response = self.get_response(request)
        elif user is None:
            response = self.get_response(request)
            if _leads_to_sign_in(response) and keep(request):
                messages.info(request, _("What you had written is kept. Sign in to go on."))
        elif _somebody_elses(request, user):
            # A form of one officer, sent from the browser of another: it is not this one's act.
            keep(request)
            response = render(request, "not_yours.html", status=403)
        else:
            response = self._once(request, user)
            refused = response.status_code == HTTPStatus.FORBIDDEN and _TOO_LONG not in request.META
            if refused and keep(request):
                # The permission was taken away while the form was open.
                response = render(request, "taken_away.html", status=HTTPStatus.FORBIDDEN)
        return response

    def _once(self, request: HttpRequest, user: members.User) -> HttpResponse:
        """The first time a form arrives it is worked on; a second time leads where that one led."""
        if not _as_shown(request):
            return self.get_response(request)
        key = _key(request)
        deadline = time.monotonic() + _WAIT
        while (led := cases.begin_form(author=user, key=key)) is not None:
            if led:
                return HttpResponseRedirect(led)
            if time.monotonic() > deadline:
                return render(request, "busy.html", status=409)
            time.sleep(_STEP)
        led_to = ""
        try:
            response = self.get_response(request)
            if isinstance(response, HttpResponseRedirect):
                led_to = response.url[:300]
                cases.drop_draft(author_id=user.id, form=request.path)
        finally:
            cases.end_form(author=user, key=key, led_to=led_to)
        return response


def _somebody_elses(request: HttpRequest, user: members.User) -> bool:
    if request.content_type != "application/x-www-form-urlencoded":
        return False
    writer = _author(request)
    return writer is not None and writer != user


def _as_shown(request: HttpRequest) -> bool:
    """Whether this is a page's form: each page that is shown has a token of its own, so that two
    equal requests are two clicks on one page."""
    is_form = request.content_type == "application/x-www-form-urlencoded"
    return (
        is_form
        and "HX-Request" not in request.headers
        and b"csrfmiddlewaretoken=" in request.body
        and b"keep_draft=" not in request.body
    )


def _key(request: HttpRequest) -> bytes:
    session = str(request.session.session_key)
    return hashlib.sha256(f"{session} {request.path} ".encode() + request.body).digest()


def keep(request: HttpRequest) -> bool:
    """Keep what was sent for the officer to whom the form was shown; True if it is kept."""
    if request.content_type != "application/x-www-form-urlencoded":
        return False
    writer = _author(request)
    if writer is None:
        return False
    typed = {k: v for k, v in request.POST.lists() if k not in _NOT_KEPT}
    return cases.save_draft(author=writer, form=request.path, answers=typed)


def _leads_to_sign_in(response: HttpResponse) -> bool:
    return isinstance(response, HttpResponseRedirect) and response.url.startswith(
        resolve_url(settings.LOGIN_URL)
    )


def author(request: HttpRequest) -> dict[str, object]:
    """`author`: what a form carries to say who was shown it (a context processor)."""
    user = request.user
    if not isinstance(user, members.User):
        return {"author": ""}
    return {"author": SimpleLazyObject(lambda: signing.dumps(str(user.id), salt=_SALT))}


def _author(request: HttpRequest) -> members.User | None:
    """The officer to whom this form was shown, less than a day ago; also one whose account was
    stopped meanwhile: what was typed is there if it is opened again."""
    try:
        said = signing.loads(request.POST.get("author", ""), salt=_SALT, max_age=_LONGEST)
        return members.user(UUID(said))
    except (signing.BadSignature, ValueError, NotFound):
        return None


def page_open_too_long(request: HttpRequest, reason: str = "", **_more: Any) -> HttpResponse:
    """The page's token does not fit any more (signed in anew meanwhile): nothing is done, what was
    typed is kept for its author."""
    request.META[_TOO_LONG] = True
    kept = not request.path.startswith(_OTHERS) and keep(request)
    return render(
        request, "403_csrf.html", {"kept": kept, "page": request.path if kept else ""}, status=403
    )
