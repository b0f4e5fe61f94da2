"""Signing in by a ministry's own sign-on, and linking the own account to it.

Nobody is sent there by a form's answer: the policy of our pages (`form-action 'self'`) stays as
strict as it is, and a page in between says where it leads (ADR 0031).
"""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ReauthenticationRequired
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.internal import statekit
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ayni.config import ministry_provider
from ayni.config.ministry_provider import NotLinked, NotReached, NotUnderstood, Stopped
from ayni.lib.errors import Refused
from ayni.members import api as members

log = logging.getLogger("ayni.ministry")
View = Callable[[HttpRequest], HttpResponse]
_SIGN_IN, _LINK = "login", "connect"


class Lost(Refused):
    """Whoever comes back did not leave from this browser, or long ago, or was here already."""

    code = "sign_on_lost"
    reason = gettext_lazy(
        "It was begun more than 10 minutes ago, in another browser, or was used already."
    )


class Declined(Refused):
    """At the ministry's own pages nobody was signed in; `why` only if the provider had a reason."""

    code = "sign_on_declined"
    reason = gettext_lazy("On the pages of your ministry the sign-in was not completed.")


@dataclass(frozen=True, slots=True)
class _Told:
    status: int
    to_do: Promise


_AGAIN = gettext_lazy("Begin again, or sign in with your password.")
_TOLD: Mapping[type[Refused], _Told] = {
    NotReached: _Told(
        503, gettext_lazy("Try again in some minutes, or sign in with your password.")
    ),
    NotUnderstood: _Told(
        502, gettext_lazy("Sign in with your password, and tell your administrator.")
    ),
    NotLinked: _Told(
        403,
        gettext_lazy(
            "Sign in with your e-mail address and your password. Then open “My account” and link "
            "it: once, and from then on it signs you in."
        ),
    ),
    Stopped: _Told(403, gettext_lazy("Speak with the administrator of this node.")),
    Lost: _Told(400, _AGAIN),
    Declined: _Told(403, _AGAIN),
    members.SignOnLinked: _Told(
        409,
        gettext_lazy(
            "One sign-on signs in one account. If you have two accounts here, take the other link "
            "away first; if not, tell your administrator."
        ),
    ),
    members.LastWayIn: _Told(
        409,
        gettext_lazy(
            "Sign out, choose “Forgot your password?”, set a password, and come back to this page."
        ),
    ),
}


def _with_ministry(view: View) -> View:
    """Not found where no sign-on is set up; a refusal becomes a page that says what to do."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        ministry_provider.of_this_node()
        try:
            return view(request)
        except tuple(_TOLD) as refusal:
            return _refused(request, refusal)

    return answer


def _refused(request: HttpRequest, refusal: Refused) -> HttpResponse:
    told = _TOLD[type(refusal)]
    log.warning("ministry_refused", extra={"ids": {"code": refusal.code, **refusal.params}})
    context = {"reason": refusal.reason, "to_do": told.to_do}
    page = render(request, "account/ministry_refused.html", context, status=told.status)
    if told.status == 503:
        page["Retry-After"] = str(ministry_provider.DOWN)
    return page


@_with_ministry
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Lead to the ministry's own sign-on."""
    return _lead(request, _SIGN_IN, next_url=get_next_redirect_url(request))


@_with_ministry
@login_required
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """Whether the own account is linked; a button that links it or takes the link away."""
    since = members.sign_on_linked_at(
        _officer(request).id, issuer=ministry_provider.of_this_node().issuer
    )
    return render(request, "account/ministry.html", {"since": since})


@_with_ministry
@login_required
@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def link(request: HttpRequest) -> HttpResponse:
    """Lead to the ministry's own sign-on; whoever comes back from there is linked."""
    officer = _officer(request)
    issuer = ministry_provider.of_this_node().issuer
    if members.sign_on_linked_at(officer.id, issuer=issuer) is not None:
        raise members.SignOnLinked(user=officer.pk)
    return _lead(request, _LINK, officer=str(officer.pk))


@_with_ministry
@login_required
@require_POST
@reauthentication_required  # type: ignore[untyped-decorator]  # allauth has no types
def unlink(request: HttpRequest) -> HttpResponse:
    """Take the link away; the password stays."""
    officer = _officer(request)
    issuer = ministry_provider.of_this_node().issuer
    if members.sign_on_linked_at(officer.id, issuer=issuer) is not None:
        members.unlink_sign_on(by=members.actor_of(officer))
        messages.success(request, _("The link was taken away. You sign in with your password."))
    return redirect("account_ministry")


@_with_ministry
@require_GET
def come_back(request: HttpRequest) -> HttpResponse:
    """Whoever comes back from the ministry's own sign-on is signed in, or linked."""
    adapter = ministry_provider.MinistryAdapter(request, ministry_provider.of_this_node().issuer)
    state = _state(request)
    if request.GET.get("iss", adapter.provider_id) != adapter.provider_id:
        raise NotUnderstood(why="iss")  # RFC 9207
    if "code" not in request.GET:
        raise Declined
    linking = state["process"] == _LINK
    if linking and str(request.user.pk) != state["officer"]:
        raise Lost
    login = adapter.who(request, verifier=state["pkce_code_verifier"], nonce=state["nonce"])
    if linking:
        members.link_sign_on(
            by=members.actor_of(_officer(request)),
            issuer=adapter.provider_id,
            subject=login.account.uid,
        )
        messages.success(request, _("Linked. From now on it signs you in."))
        return redirect("account_ministry")
    login.state = {"process": _SIGN_IN, "next": state.get("next")}
    answer: HttpResponse = complete_social_login(request, login)
    return answer


def _officer(request: HttpRequest) -> members.User:
    user = request.user
    if not isinstance(user, members.User):
        raise ReauthenticationRequired
    return user


def _state(request: HttpRequest) -> dict[str, Any]:
    """What was noted in this session when the browser left; it serves once, for 10 minutes."""
    state: dict[str, Any] | None = statekit.unstash_state(
        request,
        provider_id=ministry_provider.of_this_node().issuer,
        state_id=request.GET.get("state", ""),
    )
    if state is None:
        raise Lost
    return state


def _lead(request: HttpRequest, process: str, **noted: Any) -> HttpResponse:
    """A page that leads on by itself, or by its link where a browser does not."""
    nonce = secrets.token_urlsafe(32)
    led = ministry_provider.provider(request).redirect(
        request, process, auth_params={"nonce": nonce}, nonce=nonce, **noted
    )
    page = render(request, "account/ministry_lead.html", {"address": led.url})
    page["Refresh"] = f"0; url={led.url}"
    return page
