"""An officer at the terminal of a node: who runs it opens and decides nothing."""

from __future__ import annotations

import getpass
import sys

from django.conf import settings
from django.core.management.base import CommandError
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ayni.audit.api import Actor
from ayni.lib.errors import NotFound
from ayni.members import api as members


def officer_here(email: str) -> Actor:
    """The officer, who has shown password and number. Says the same for nobody and for a wrong
    one."""
    if not email:
        raise CommandError(_("Name the officer on whose behalf with --officer."))
    try:
        officer = members.user_by_email(email)
    except NotFound:
        officer = None
    password, written = _asked()
    prove = import_string(settings.AYNI_OFFICER_PROOF)
    if officer is None or not prove(officer, password=password, written=written):
        raise CommandError(
            _("Password or number is wrong, or this officer has no app that shows numbers.")
        )
    return members.actor_of(officer)


def _asked() -> tuple[str, str]:
    """Password and number: asked at a terminal, else two lines of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(_("Password: ")), getpass.getpass(_("Number of the app: ")).strip()
    return sys.stdin.readline().rstrip("\r\n"), sys.stdin.readline().strip()
