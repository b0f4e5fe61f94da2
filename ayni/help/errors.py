"""Why a notice from the public could not be taken."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Refused


class NobodyTakesNotices(Refused):
    """This node has no institution that takes notices from the public."""

    code = "nobody_takes_notices"
    reason = _("Nobody on this platform can take your message now. Please call one of the numbers.")
