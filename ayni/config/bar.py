"""The bar of signed-in people: which pages each role is offered. A page that this node does not
have, or that the role may not open, is left out."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ayni.lib.errors import NotAllowed, Text
from ayni.members import api as members
from ayni.members.api import Permission

# Name of the page, what the bar says, the permission that opens it (None: every officer). The words
# are short: in each language they are to stand on one line of 1100 pixels.
PAGES: tuple[tuple[str, Text, Permission | None], ...] = (
    ("desk:home", pgettext_lazy("bar", "What is due"), None),
    ("desk:cases", _("Cases"), Permission.CASE_READ),
    ("desk:search", _("Search"), Permission.NOTICE_TAKE),
    ("cooperation:inbox", _("Referrals"), Permission.REFERRAL_ANSWER),
    ("cooperation:clocks", _("Clocks"), Permission.STATE_CLOCKS_READ),
    ("support:list", _("Support"), None),
    ("desk:opened", pgettext_lazy("bar", "Access"), Permission.AUDIT_READ),
    ("desk:retention", pgettext_lazy("bar", "Erasure"), Permission.RETENTION_DECIDE),
    ("incidents:list", _("Incidents"), Permission.INCIDENT_KEEP),
    ("cooperation:transfers", pgettext_lazy("bar", "Transfers"), Permission.TRANSFERS_READ),
    ("statistics:figures", pgettext_lazy("bar", "Figures"), None),
    ("watch:status", _("State of the node"), Permission.NODE_RUN),
    ("norms:start", pgettext_lazy("bar", "Framework"), None),
    ("agenda:platform", _("The platform"), None),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """One link of the bar."""

    href: str
    text: Text
    current: bool


def bar(request: HttpRequest) -> dict[str, list[Entry]]:
    """`bar`: the links for this officer; empty for those not signed in."""
    # An error page may be drawn before anybody was recognised.
    user = getattr(request, "user", AnonymousUser())
    try:
        by = members.actor_of(user)
    except NotAllowed:
        return {"bar": []}
    entries = []
    for name, text, permission in PAGES:
        if permission is not None and not members.may(by, permission):
            continue
        try:
            href = reverse(name)
        except NoReverseMatch:
            continue
        entries.append(Entry(href, text, request.path == href))
    return {"bar": entries}
