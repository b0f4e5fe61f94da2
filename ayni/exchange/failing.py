"""Where this node's software fails at a message: is it the message, or the moment?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import InterfaceError, OperationalError

from ayni.lib.errors import AyniError

# Of the node and the moment: no database, a deadlock, no room on the disk, no memory. The message
# is not kept then; its sender sends it again, and it may be applied the next time.
OF_THE_MOMENT = (OperationalError, InterfaceError, OSError, MemoryError)


class SoftwareFailed(AyniError):
    """The software of a room ended with an error at a message, and would again: it stands aside
    until that is mended. `cause` is the error."""

    code = "software_failed"

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


class NotNow(AyniError):
    """This node could not keep a message at this moment; it has to come again. `cause`: why."""

    code = "failed"

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


def judged(cause: Exception) -> SoftwareFailed | NotNow:
    """What an error at a message, none of ours, means for it."""
    return NotNow(cause) if isinstance(cause, OF_THE_MOMENT) else SoftwareFailed(cause)


class FailedAt(AyniError):
    """The software of this node failed at one of the messages that were to leave, before anything
    left: the attempt is undone. Its `conversation` waits, and nothing else. `cause`: the error."""

    code = SoftwareFailed.code

    def __init__(self, message: str, conversation: str, cause: Exception) -> None:
        super().__init__()
        self.message, self.conversation, self.cause = message, conversation, cause


@contextmanager
def at_one(message: str, conversation: str) -> Iterator[None]:
    """Whatever fails in here is a fault of our software at this message: raises `FailedAt`. What is
    of the moment concerns every message, and passes."""
    try:
        yield
    except OF_THE_MOMENT:
        raise
    except Exception as wrong:
        raise FailedAt(message, conversation, wrong) from wrong
