"""Accounts are made by the node's administrator; nobody signs up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.http import HttpRequest

from ayni.config import second_step
from ayni.members import api as members


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """django-allauth as a ministry needs it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an officer is added by the administrator with institution and role."""
        return False

    def is_reauthentication_required(self, *, app: str) -> bool:
        """Before something of the account is changed, unless the officer has just signed in."""
        request = context.request
        user = request.user
        if isinstance(user, members.User) and second_step.is_fresh(request, user):
            return False
        return bool(super().is_reauthentication_required(app=app))

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No "signed in as …" line: a shared screen need not say who was here."""
