"""The form of signing in."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import LoginForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from ayni.lib import pace


class SignIn(LoginForm):  # type: ignore[misc]  # allauth has no types
    """allauth's form with our words, and without grey words in the boxes that repeat the label and
    vanish as soon as somebody writes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].label = _("E-mail address")
        for field in self.fields.values():
            field.widget.attrs.pop("placeholder", None)


def place_of(request: HttpRequest) -> str | None:
    """From where somebody tries a password, as axes counts it: an address, of an IPv6 network its
    first one."""
    return pace.place(request.META.get("REMOTE_ADDR", "")).partition("/")[0] or None
