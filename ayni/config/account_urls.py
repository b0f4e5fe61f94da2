"""Addresses under /account/: of django-allauth only what officers need here.

An account is made by the node's administrator. Nobody signs up, and nobody changes by himself the
address to which a new password would be sent: with that, whoever finds an open session could take
the account over. A name that allauth's own pages ask for leads to "not found".
"""

from __future__ import annotations

from typing import Any, NoReturn

from allauth.account.urls import urlpatterns as _offered
from django.http import Http404, HttpRequest
from django.urls import URLPattern, include, path

from ayni.config import conduct_views, sign_ins_views

OPEN = frozenset(
    {
        "account_login",
        "account_logout",
        "account_inactive",
        "account_reauthenticate",
        "account_change_password",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
    }
)


def closed(request: HttpRequest, **_parts: Any) -> NoReturn:
    """Raise `Http404`: this node does not offer it."""
    raise Http404


urlpatterns = [
    offered
    if offered.name in OPEN
    else URLPattern(offered.pattern, closed, offered.default_args, offered.name)
    for offered in _offered
] + [
    path("2fa/", include("ayni.config.second_step_urls")),
    path("sign-ins/", sign_ins_views.sign_ins, name="sign_ins"),
    path("conduct/", conduct_views.conduct, name="conduct"),
    path("ministry/", include("ayni.config.ministry_urls")),
]
