"""An officer shows at the terminal that she or he is there: whoever runs a node acts for nobody."""

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


def officer(email: str) -> Actor:
    """The officer, who has shown password and number. Says the same for nobody and for a wrong
    one. Raises `CommandError`."""
    if not email:
        raise CommandError(_("Name the officer on whose behalf with --officer."))
    try:
        found = members.user_by_email(email)
    except NotFound:
        found = None
    password, written = _asked()
    prove = import_string(settings.AYNI_OFFICER_PROOF)
    if found is None or not prove(found, password=password, written=written):
        raise CommandError(
            _("Password or number is wrong, or this officer has no app that shows numbers.")
        )
    return members.actor_of(found)


def _asked() -> tuple[str, str]:
    """Password and number: asked at a terminal, else two lines of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(_("Password: ")), getpass.getpass(_("Number of the app: ")).strip()
    return sys.stdin.readline().rstrip("\r\n"), sys.stdin.readline().strip()
