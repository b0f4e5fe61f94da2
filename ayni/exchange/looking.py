"""Files of other nodes at which the software of this node failed each time: read by the
administrator, and looked at once more.

Ids and codes only: what is in a file, and what it is called, stays sealed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange.chunk_tasks import ask_to_look_at
from ayni.exchange.chunks import MOST_LOOKS
from ayni.exchange.held import Hold, Stream
from ayni.exchange.reasons import Words
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.members.api import Permission

MOST_SHOWN = 50
_WHY = _("The software of this node failed each time it looked at what is in this file.")
_DO = _(
    "Until it is mended nobody here can open the file, and its sender waits. Send the number of "
    "the file and the log of that time to whoever maintains the software. Then let it be looked at "
    "again."
)


@dataclass(frozen=True, slots=True)
class FileAside:
    """One file that is whole here and was not judged. `came`: when its last part did; `looks`: how
    often the node looked at it; `failed`: the class of the last error, empty if a look was cut
    off."""

    attachment: str
    message: str
    peer: str
    came: datetime
    looks: int
    failed: str
    words: Words


def _rows() -> QuerySet[Stream]:
    return Stream.objects.filter(hold=Hold.WHOLE, looked_at=None, looks__gte=MOST_LOOKS)


def files_aside_count() -> int:
    """How many files stand aside, of all nodes together."""
    return _rows().count()


def files_aside(*, by: Actor) -> list[FileAside]:
    """The files that stand aside, the longest waiting first, 50 at most. Raises `NotAllowed`."""
    members.check_may(by, Permission.NODE_RUN)
    return [
        FileAside(
            attachment=row.id,
            message=row.message,
            peer=row.peer,
            came=row.moved_at,
            looks=row.looks,
            failed=row.look_failed,
            words=Words(_WHY, _DO),
        )
        for row in _rows().order_by("moved_at", "id")[:MOST_SHOWN]
    ]


def look_once_more(*, by: Actor, attachment: str) -> None:
    """Let a job look at a file that stands aside once more; if it fails again, the file stands
    aside again. Raises `NotAllowed`, `NotFound`, and `WrongState` for one that stands aside no
    more."""
    members.check_may(by, Permission.NODE_RUN)
    with audit.act(by=by, verb="exchange.look_once_more", subject=attachment):
        row = Stream.objects.select_for_update().filter(id=attachment).first()
        if row is None:
            raise NotFound
        if row.hold != Hold.WHOLE or row.looked_at is not None or row.looks < MOST_LOOKS:
            raise WrongState(_("This file does not stand aside any more."))
        row.looks, row.look_after = MOST_LOOKS - 1, None
        row.save(update_fields=["looks", "look_after"])
        ask_to_look_at(attachment)
