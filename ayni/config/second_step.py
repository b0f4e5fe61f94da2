"""The second step of signing in: every officer has one, and every sign-in has passed it.

What an officer has (a passkey, an app that shows numbers, codes on paper) keeps django-allauth;
what is tried is counted by `members`. A sign-in that has not passed a second step reaches only the
pages on which a first one is set up, and only while the account has none: who signed in with a
password alone before the officer had one gets nothing by waiting.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

from allauth.account.authentication import get_authentication_records
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
)
from django.conf import settings
from django.contrib import auth
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from ayni.audit.api import Actor
from ayni.config.doors import DOORS, Who
from ayni.members import api as members
from ayni.vault import api as vault

Handler = Callable[[HttpRequest], HttpResponse]
STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Pages on which a first second step is set up.
SETTING_UP = frozenset(
    {
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_index",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
    }
)
_FRESH = 300  # seconds
_PASSED = "ayni_second_step"
_PLACE = "mfa_authenticator.data"


class SecondSteps(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """django-allauth's second step as a node needs it."""

    def encrypt(self, text: str) -> str:
        """Seal what makes an officer's numbers: whoever copies the database signs in as nobody."""
        return base64.b64encode(vault.node_sealer().seal(_PLACE, text)).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """The contrary of `encrypt`. Raises `Tampered`."""
        return str(vault.node_sealer().open(_PLACE, base64.b64decode(encrypted_text)))

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """To whom passkeys belong: the node's own host name, whatever a request says (WebAuthn
        level 2, section 5.4.2). A browser offers them to no other host."""
        return {"id": str(settings.AYNI_HOST), "name": self.get_totp_issuer()}

    def get_totp_issuer(self) -> str:
        """What an app calls this node."""
        return f"Ayni {str(settings.AYNI_NODE).upper()}"

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last one: then the next sign-in would ask for a password only."""
        others = _strong(authenticator.user).exclude(pk=authenticator.pk)
        return bool(others.exists())


def _strong(user: members.User) -> Any:
    return Authenticator.objects.filter(user=user, type__in=STRONG)


def has_one(user: members.User) -> bool:
    """Whether an officer has set up a second step."""
    return bool(_strong(user).exists())


def has_passkey(user: members.User) -> bool:
    """Whether an officer has a passkey."""
    return bool(_strong(user).filter(type=Authenticator.Type.WEBAUTHN).exists())


def mark_passed(session: SessionBase, user: members.User) -> None:
    """Note in a session that its officer has passed a second step, or has set up the first one."""
    session[_PASSED] = str(user.pk)


def has_passed(request: HttpRequest, user: members.User) -> bool:
    """Whether this sign-in of the officer has passed a second step."""
    if request.session.get(_PASSED) == str(user.pk):
        return True
    if _shown(request, user, "mfa"):
        mark_passed(request.session, user)
        return True
    return False


def _shown(request: HttpRequest, user: members.User, method: str) -> list[float]:
    """When this officer showed in this session, by a method, who it is; seconds of `time.time`."""
    records = get_authentication_records(request, user)
    return [float(record["at"]) for record in records if record.get("method") == method]


def is_fresh(request: HttpRequest, user: members.User) -> bool:
    """Whether the officer has just signed in: then nobody asks again before a change."""
    times = _shown(request, user, "mfa") + _shown(request, user, "password")
    return bool(times) and 0 <= time.time() - max(times) < _FRESH


def counters(now: float) -> range:
    """Which numbers of an app are good now: this half minute's and its neighbours' (RFC 6238,
    section 6: clocks differ)."""
    present = int(now) // app_settings.TOTP_PERIOD
    return range(present - 1, present + 2)


def number(secret: str, counter: int) -> str:
    """The number that an app shows for a counter (RFC 6238)."""
    return str(format_hotp_value(hotp_value(secret, counter)))


def secret_of(user: members.User) -> str | None:
    """The secret of an officer's app, if there is one."""
    row = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    return SecondSteps().decrypt(row.data["secret"]) if row is not None else None


def give_app(user: members.User) -> None:
    """Set up an app for an officer of a demonstration, whose sign-in page shows its number."""
    TOTP.activate(user, generate_totp_secret())


def number_of_demonstration(user: members.User) -> str:
    """The next number that signs in an officer of a demonstration; empty on a real node."""
    secret = secret_of(user) if settings.AYNI_DEMO and user.is_demo else None
    if secret is None:
        return ""
    last = members.last_counter(user.id)
    # None that ends while somebody still types it.
    left = [counter for counter in counters(time.time())[1:] if counter > last]
    return number(secret, left[0]) if left else ""


def proves(officer: members.User, *, password: str, written: str) -> bool:
    """Whether whoever types a command is this officer: the password, and the number that the app
    shows now; a wrong one of either is counted and recorded alike. Nobody proves herself who could
    not work at a page. Raises `TooManyTries`; a passkey needs a page."""
    secret = secret_of(officer)
    if not officer.is_active or secret is None or not members.has_accepted_conduct(officer):
        return False
    known = officer.check_password(password)

    def matches(last: int) -> int | None:
        if not known:
            return None
        good = [counter for counter in counters(time.time()) if counter > last]
        return next((c for c in good if constant_time_compare(number(secret, c), written)), None)

    return members.try_second_step(by=members.actor_of(officer), matches=matches)


def reset(*, by: Actor, officer: members.User) -> None:
    """An officer lost every second step: remove them and end every sign-in; the next sign-in asks
    for a new one. Raises `NotAllowed`, `NotFound`."""
    members.reset_second_step(by=by, user_id=officer.id, forget=_forget)


def _forget(officer: members.User) -> None:
    Authenticator.objects.filter(user=officer).delete()


class SecondStep:
    """Keeps a sign-in without a second step, and an officer without the code of conduct, to the
    pages that mend it."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing before the route is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """None, or the way to what is missing."""
        match, user = request.resolver_match, request.user
        name = match.view_name if match is not None else ""
        door = DOORS.get(name)
        if not isinstance(user, members.User) or door is None or door.who is Who.ANYBODY:
            return None
        if not has_passed(request, user):
            if has_one(user):
                auth.logout(request)
                return HttpResponseRedirect(reverse(settings.LOGIN_URL))
            return None if name in SETTING_UP else HttpResponseRedirect(reverse("mfa_index"))
        if members.has_accepted_conduct(user) or _of_the_account(name):
            return None
        return HttpResponseRedirect(reverse("conduct"))


def _of_the_account(name: str) -> bool:
    return name in {"conduct", "sign_ins"} or name.startswith(("account_", "mfa_"))
