"""Codes of what a member of the public answers, each with its words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

INFORMANTS = (
    ("direct_victim", _("It is about me")),
    ("indirect_victim", _("It is about a relative or a friend")),
    ("citizen", _("It is about somebody else")),
    ("institution", _("I write for an organisation or an authority")),
)
YES_NO_UNKNOWN = (("yes", _("Yes")), ("no", _("No")), ("unknown", _("I do not know")))
AGES = (
    ("child", _("Under 18")),
    ("adult", _("18 or older")),
    ("unknown", _("I do not know")),
)
METHODS = (
    ("none", _("Do not contact me")),
    ("call", _("Call me by telephone")),
    ("message", _("Send a message to my telephone")),
    ("e_mail", _("Write me an e-mail")),
    ("person", _("Through a person I trust")),
)
