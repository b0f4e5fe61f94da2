"""Forms of the second step: django-allauth's, with tries counted by `members` and our words."""

from __future__ import annotations

import hmac
import time
from typing import Any

from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from cryptography.exceptions import UnsupportedAlgorithm
from django import forms
from django.utils.translation import gettext_lazy as _

from ayni.config import second_step
from ayni.members import api as members

_NUMBER = {"autocomplete": "one-time-code", "inputmode": "numeric"}


def _plain(form: forms.Form, label: Any) -> None:
    form.fields["code"].label = label
    form.fields["code"].widget = forms.TextInput(attrs=dict(_NUMBER))


class _Counted:
    """Tries a number from an app or a code on paper, once each, and not too often."""

    fields: dict[str, forms.Field]
    cleaned_data: dict[str, Any]
    user: members.User
    authenticator: Authenticator

    def clean_code(self) -> str:
        """The code, if it is right. It counts once."""
        code = "".join(str(self.cleaned_data["code"]).split())
        try:
            right = members.try_second_step(
                by=members.actor_of(self.user), matches=lambda last: self._counter(code, last)
            )
        except members.TooManyTries as held:
            raise forms.ValidationError(str(held.reason)) from None
        if not right:
            raise forms.ValidationError(
                _("This number is wrong or was used already. Wait for the next one in the app.")
            )
        return code

    def _counter(self, code: str, last: int) -> int | None:
        rows = Authenticator.objects.filter(user=self.user)
        app = rows.filter(type=Authenticator.Type.TOTP).first()
        paper = rows.filter(type=Authenticator.Type.RECOVERY_CODES).first()
        if app is not None:
            secret = second_step.SecondSteps().decrypt(app.data["secret"])
            for counter in second_step.counters(time.time()):
                if counter > last and _same(second_step.number(secret, counter), code):
                    self._by(app)
                    return counter
        if paper is not None and paper.wrap().validate_code(code):
            self._by(paper)
            return last
        return None

    def _by(self, row: Authenticator) -> None:
        row.user = self.user
        self.authenticator = row


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


class SecondStepForm(_Counted, AuthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The second step of a sign-in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, _("Number from the app, or a code from your paper"))

    @property
    def has_passkey(self) -> bool:
        """Whether the officer may use a passkey instead."""
        return second_step.has_passkey(self.user)

    @property
    def shown_number(self) -> str:
        """The number that signs in here, if this is a demonstration."""
        return second_step.number_of_demonstration(self.user)


class AgainForm(_Counted, ReauthenticateForm):  # type: ignore[misc]  # allauth has no types
    """The second step once more, before something of the account is changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, _("Number from the app, or a code from your paper"))


class AppForm(ActivateTOTPForm):  # type: ignore[misc]  # allauth has no types
    """The first number of an app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _plain(self, _("Number that the app shows now"))

    @property
    def secret_in_groups(self) -> str:
        """The secret as somebody types it who cannot use the picture."""
        return " ".join(self.secret[i : i + 4] for i in range(0, len(self.secret), 4))


# What libraries raise over an answer that no browser gives.
_ODD = (AttributeError, IndexError, KeyError, TypeError, ValueError, UnsupportedAlgorithm)


def _refused() -> forms.ValidationError:
    return forms.ValidationError(_("The passkey was not used. Try again, or use the other way."))


class _Understood:
    """A browser's answer that nobody understands is refused like a wrong one."""

    def clean_credential(self) -> Any:
        """The passkey that was used."""
        try:
            return super().clean_credential()  # type: ignore[misc]
        except forms.ValidationError:
            raise
        except _ODD:
            raise _refused() from None


class PasskeySignIn(_Understood, LoginWebAuthnForm):  # type: ignore[misc]
    """Signing in by a passkey alone."""


class PasskeyStep(_Understood, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey after the password."""


class PasskeyAgain(_Understood, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey once more, before something of the account is changed."""


class PasskeyForm(AddWebAuthnForm):  # type: ignore[misc]  # allauth has no types
    """A new passkey; only one that asks for a PIN, a finger or a face: it signs in by itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Where this passkey is, such as: work laptop")
        self.fields["name"].required = True
        self.fields["name"].max_length = 60
        self.initial["name"] = ""
        self.fields["passwordless"].widget = forms.HiddenInput()

    def clean_passwordless(self) -> bool:
        """Always: what is not verified by the device is refused."""
        return True

    def clean(self) -> Any:
        """The new passkey."""
        try:
            return super().clean()
        except forms.ValidationError:
            raise
        except _ODD:
            raise _refused() from None
