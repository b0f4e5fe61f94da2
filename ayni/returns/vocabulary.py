"""Codes of this room, each with its words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Text
from ayni.returns.rules import Answer, Standing

STANDINGS: dict[Standing, tuple[Text, str]] = {
    Standing.DRAFT: (_("Draft: nothing has left"), "grey"),
    Standing.OURS: (_("Waits for our signature"), "yellow"),
    Standing.THEIRS: (_("Waits for their signature"), "yellow"),
    Standing.BOTH_YES: (_("Both say yes"), "green"),
    Standing.NO: (_("One says no: there is no return"), "red"),
    Standing.OVER: (_("Over: look at it together anew"), "grey"),
    Standing.STOPPED: (_("Stopped: its consent holds no more"), "grey"),
}
ANSWERS: dict[str, Text] = {
    Answer.YES: _("Yes, a return is safe"),
    Answer.NO: _("No, it is not"),
    "": _("Has not signed"),
}
