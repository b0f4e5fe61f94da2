"""How it stands with a file that an officer gave at a page, and what leads where. Pure data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class UploadState(StrEnum):
    """`waiting` for the job, being read (`reading`), being written (`keeping`); then `refused` (the
    rows have problems, nothing was kept), `done`, or `stopped` (it could not be gone on with)."""

    WAITING = "waiting"
    READING = "reading"
    KEEPING = "keeping"
    REFUSED = "refused"
    DONE = "done"
    STOPPED = "stopped"


class UploadAct(StrEnum):
    """What the job does (the first six; `wait`: another import has to end first), and that its
    officer takes the rows without a problem."""

    BEGIN = "begin"
    WAIT = "wait"
    KEEP = "keep"
    REFUSE = "refuse"
    FINISH = "finish"
    STOP = "stop"
    TAKE_ROWS = "take_rows"


class WhyStopped(StrEnum):
    """Why a job could not go on: it was broken off again and again, who gave the file may take no
    records in any more, or the key of the file is gone (a backup was brought back)."""

    BROKEN = "broken"
    NOT_ALLOWED = "not_allowed"
    GONE = "gone"


WORKING = (UploadState.WAITING, UploadState.READING, UploadState.KEEPING)
# In these its officer may have it destroyed; a job that reads it is not cut off.
MAY_BE_FORGOTTEN = (
    UploadState.WAITING, UploadState.REFUSED, UploadState.DONE, UploadState.STOPPED,
)  # fmt: skip
# Act -> (from where, to where). A job that was killed begins again from wherever it was.
WAYS: Mapping[UploadAct, tuple[tuple[UploadState, ...], UploadState]] = {
    UploadAct.BEGIN: (WORKING, UploadState.READING),
    UploadAct.WAIT: ((UploadState.READING,), UploadState.WAITING),
    UploadAct.KEEP: (WORKING, UploadState.KEEPING),
    UploadAct.REFUSE: (WORKING, UploadState.REFUSED),
    UploadAct.FINISH: (WORKING, UploadState.DONE),
    UploadAct.STOP: (WORKING, UploadState.STOPPED),
    UploadAct.TAKE_ROWS: ((UploadState.REFUSED,), UploadState.WAITING),
}
