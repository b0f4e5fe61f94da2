"""The tree of errors. A class decides; the text is for people and never holds a person's data."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


class AyniError(Exception):
    """Root of all errors of Ayni."""

    code = "error"


class Refused(AyniError):
    """A request that is understood and not granted; `reason` may be shown to whoever asked.

    `reason` is a translatable sentence. `params` are ids and codes only.
    """

    code = "refused"
    reason: Text = _("This is not possible.")

    def __init__(self, reason: Text | None = None, **params: object) -> None:
        if reason is not None:
            self.reason = reason
        self.params: Mapping[str, object] = params
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.reason)


class NotFound(Refused):
    """What was asked for does not exist, or the asker may not know that it does."""

    code = "not_found"
    reason = _("Not found, or not yours to see.")


class NotAllowed(Refused):
    """The actor may not do this."""

    code = "not_allowed"
    reason = _("Your role does not allow this.")


class WrongState(Refused):
    """The thing is in a state from which this step does not lead anywhere."""

    code = "wrong_state"
    reason = _("This step is not possible now.")


class Stale(Refused):
    """Someone else changed the thing meanwhile; nothing was overwritten."""

    code = "stale"
    reason = _("Someone else changed this while you were writing. Nothing was overwritten.")


class Misconfigured(AyniError):
    """The node cannot be trusted to run as it is set up; it refuses to start."""

    code = "misconfigured"
