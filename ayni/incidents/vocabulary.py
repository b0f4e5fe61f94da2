"""Words of the register: what happened, which kinds of data, what was done."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ayni.incidents.duty import Standing
from ayni.lib.errors import Text

KINDS: dict[str, Text] = {
    "read": _("Somebody read or received what was not for him or her"),
    "lost": _("Data were lost or cannot be reached"),
    "changed": _("Data were changed without right"),
    "device": _("A computer, telephone or paper was lost or stolen"),
    "account": _("Somebody else used an account"),
    "attack": _("The node was attacked from outside"),
    "other": _("Something else"),
}
# The classes of fields (ayni/vault/fields.py), as people say them, and what is kept apart.
CLASSES: dict[str, Text] = {
    "identity": _("Names, birth, documents"),
    "contact": _("Telephones, addresses, safe words"),
    "narrative": _("What the person told"),
    "health": _("Health and needs"),
    "whereabouts": _("Where the person is or is going"),
    "children": _("Data of children"),
    "accused": _("Data of accused persons"),
    "officers": _("Data of officers"),
    "keys": _("Keys, passwords or backups"),
    "none": _("No personal data"),
}
STANDINGS: dict[str, Text] = {
    Standing.UNDECIDED: _("To be decided: tell the authority or not"),
    Standing.TO_TELL_AUTHORITY: _("The authority is to be told"),
    Standing.TO_TELL_PERSONS: _("The persons are to be told"),
    Standing.TO_CLOSE: _("To be closed"),
    Standing.CLOSED: _("Closed"),
}
STEP_KINDS: dict[str, Text] = {
    "recorded": _("Recorded"),
    "note": _("What was done"),
    "decided": _("Decided"),
    "authority_told": _("The authority was told"),
    "persons_told": _("The persons were told"),
    "closed": _("Closed"),
}
