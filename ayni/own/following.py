"""What follows for the person when she takes a consent back, and what does not, per purpose. Pure
words."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ayni.cases import api as cases
from ayni.lib.errors import Text

_Purpose = cases.vocabulary.Purpose

STOPS: dict[str, Text] = {
    _Purpose.INTERVIEW: _("Nobody may ask you to talk about it because of this consent."),
    _Purpose.ASSIST: _("The officer sees that you no longer agree."),
    _Purpose.REFER: _("Nothing more is sent under it. What is waiting to be sent does not leave."),
    _Purpose.PROSECUTION: _("Nothing more is handed over under it."),
    _Purpose.STATISTICS: _("From now on you are not counted."),
}
STAYS: dict[str, Text] = {
    _Purpose.INTERVIEW: _(
        "What is written down stays written down. You can ask that it is erased."
    ),
    _Purpose.ASSIST: _("What is written down stays written down. You can ask that it is erased."),
    _Purpose.REFER: _("What was sent before stays there. You can ask that it is erased there too."),
    _Purpose.PROSECUTION: _("What was handed over before stays with the prosecution."),
    _Purpose.STATISTICS: _("Tables that were published before are not changed."),
}
