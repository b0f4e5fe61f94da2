"""Where what a test run throws away lies: in memory, where there is enough.

Every test that commits begins with a copy of the database, four hundred new files. On a disk
without a journal ext4 then looks for inodes that were not deleted lately, one by one: a third of
the processor time of the whole run was spent there.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - the point of it
_ENOUGH = 6 * 2**30  # bytes; a whole run needs less than two thirds of it
_LEFT = 10 * 2**30  # bytes of memory that must be free besides the browsers'


def _free() -> int:
    for line in Path("/proc/meminfo").read_text("ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return 0


def begin() -> Path | None:
    """Point TMPDIR of this process and its children to a new folder in memory, which the caller
    removes; None, and nothing is changed, where TMPDIR is set already or memory is short."""
    if "TMPDIR" in os.environ or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return None
    if os.statvfs(_MEMORY).f_flag & os.ST_NOEXEC:  # a copy of PostgreSQL must run there
        return None
    if shutil.disk_usage(_MEMORY).free < _ENOUGH or _free() < _LEFT:
        return None
    folder = Path(tempfile.mkdtemp(prefix="ayni-", dir=_MEMORY))
    folder.chmod(0o1777)  # as /tmp: what lies in it closes itself
    os.environ["TMPDIR"] = str(folder)
    tempfile.tempdir = None  # it is looked for once
    return folder
