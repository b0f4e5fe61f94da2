"""`{% load desk %}`: words of the protocol in the reader's language."""

from __future__ import annotations

from django import template
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ayni.protocol import api as protocol

register = template.Library()

_NOTICE_PAGES = {
    "new": _("New notice"),
    "triage": _("Triage"),
    "decide": _("Decision"),
    "case": _("Open a case"),
}
_PAGES = {
    "hand-over": _("Hand over at the end of the shift"),
    "new": _("Record a consent"),
    "risk": _("Assess the risk"),
    "person": _("Details of the person"),
    "told": _("What she or he told and needs"),
    "assign": _("Assign or hand over"),
    "close": _("Close the case"),
    "reopen": _("Open the case again"),
    "change": _("Something changed"),
    "journey": _("Plan the journey"),
    "refer": _("Refer to another institution"),
    "request": _("Send a request to the other state"),
    "protect": _("Protect from a state"),
}


@register.filter
def here(text: protocol.Text) -> str:
    """A text of the definition in the reader's language."""
    return text.in_language(get_language() or "es")


@register.filter
def page_name(path: str) -> str:
    """What a page is for, by its address; for forms that were begun."""
    last = path.rstrip("/").rsplit("/", 1)[-1]
    if path.startswith("/notices/"):
        return str(_NOTICE_PAGES.get(last, _("Notice")))
    return str(_PAGES.get(last, _("A step of the protocol")))
