"""The address with which an officer sets a first password, or a new one: it works once."""

from __future__ import annotations

import os

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.conf import settings
from django.urls import reverse

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.config import demonstration
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.members.api import Permission, User


def invite(*, by: Actor, officer: User) -> str:
    """An address with which this officer sets a password. It ends with its use, and after
    PASSWORD_RESET_TIMEOUT seconds. Raises `NotAllowed` for one who has left.

    Whoever has the address has the account until then: it is shown once and kept nowhere.
    """
    if by.kind is audit.ActorKind.USER:
        members.check_may(by, Permission.NODE_RUN)
    if not officer.is_active:
        raise NotAllowed
    with audit.act(by=by, verb="members.invite", subject=officer.id):
        key = default_token_generator.make_token(officer)
    path = reverse(
        "account_reset_password_from_key",
        kwargs={"uidb36": user_pk_to_url_str(officer), "key": key},
    )
    return f"{address()}{path}"


def address() -> str:
    """The address of this node as officers type it, without a slash at the end."""
    host = str(settings.AYNI_HOST)
    if not demonstration.is_local(host):
        return f"https://{host}"
    place = os.environ.get("AYNI_BIND_OFFICERS", "") or os.environ.get("AYNI_LISTEN", "")
    port = place.strip().rpartition(":")[2] or "8000"
    return f"http://{host}:{port}"
