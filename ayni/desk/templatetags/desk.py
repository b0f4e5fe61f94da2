"""`{% load desk %}`: words of the protocol in the reader's language."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language

from ayni.protocol import api as protocol

register = template.Library()


@register.filter
def here(text: protocol.Text) -> str:
    """A text of the definition in the reader's language."""
    return text.in_language(get_language() or "es")
