"""Addresses under /account/2fa/: of django-allauth only what officers need here; a change of a
second step is recorded with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.base import views as base
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as paper
from allauth.mfa.totp import views as app
from allauth.mfa.webauthn import views as passkeys
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _

from ayni.config import second_step
from ayni.members import api as members

View = Callable[..., HttpResponse]


def changing(view: View) -> View:
    """A page that may change the officer's second step: in one transaction with its entry. A first
    one that is set up here counts as passed; the last one is not removed."""

    def page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if request.method != "POST" or not isinstance(user, members.User):
            return view(request, *args, **kwargs)
        with transaction.atomic():
            before = _kept(user)
            response = view(request, *args, **kwargs)
            after = _kept(user)
            strong = {kind for _pk, kind in after} & set(second_step.STRONG)
            if before - after and not strong:
                transaction.set_rollback(True)
                messages.error(request, _("This is your only second step. Add another one first."))
                return HttpResponseRedirect(reverse("mfa_index"))
            for change in _changes(before, after):
                members.note_second_step(by=members.actor_of(user), change=change)
        if {kind for _pk, kind in after - before} & set(second_step.STRONG):
            second_step.mark_passed(request.session, user)
        return response

    return page


Kept = set[tuple[int, str]]


def _kept(user: members.User) -> Kept:
    return set(Authenticator.objects.filter(user=user).values_list("pk", "type"))


def _changes(before: Kept, after: Kept) -> list[str]:
    """Words for the audit trail; new codes on paper replace the old ones in one change."""
    paper_codes = Authenticator.Type.RECOVERY_CODES
    found = ["added" for _pk, kind in after - before if kind != paper_codes]
    found += ["removed" for _pk, kind in before - after if kind != paper_codes]
    return [*found, *(["codes"] if any(k == paper_codes for _pk, k in after - before) else [])]


urlpatterns = [
    path("", base.index, name="mfa_index"),
    path("authenticate/", base.authenticate, name="mfa_authenticate"),
    path("reauthenticate/", base.reauthenticate, name="mfa_reauthenticate"),
    path("totp/activate/", changing(app.activate_totp), name="mfa_activate_totp"),
    path("totp/deactivate/", changing(app.deactivate_totp), name="mfa_deactivate_totp"),
    path("recovery-codes/", paper.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "recovery-codes/generate/",
        changing(paper.generate_recovery_codes),
        name="mfa_generate_recovery_codes",
    ),
    path("webauthn/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("webauthn/add/", changing(passkeys.add_webauthn), name="mfa_add_webauthn"),
    path("webauthn/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path(
        "webauthn/reauthenticate/",
        passkeys.reauthenticate_webauthn,
        name="mfa_reauthenticate_webauthn",
    ),
    path(
        "webauthn/keys/<int:pk>/remove/",
        changing(passkeys.remove_webauthn),
        name="mfa_remove_webauthn",
    ),
]
