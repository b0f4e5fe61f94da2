"""Accounts are made by the node's administrator; nobody signs up."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Accounts(DefaultAccountAdapter):  # type: ignore[misc]
    """django-allauth as a ministry needs it."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: an officer is added by the administrator with institution and role."""
        return False

    def add_message(self, *args: Any, **kwargs: Any) -> None:
        """No "signed in as …" line: a shared screen need not say who was here."""
