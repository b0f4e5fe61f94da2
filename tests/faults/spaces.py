"""Namespaces of its own for a run: a loopback, a packet wire and small disks that nobody else sees,
and that are gone with it.

Root has them, and so has an ordinary user whom the machine lets make some (Linux, user namespaces);
elsewhere the run goes on without, and names the faults that it leaves out.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

_INSIDE = "AYNI_FAULTS_INSIDE"  # the second time that this run begins


def enter(module: str, arguments: Sequence[str]) -> str:
    """Begin again in namespaces of our own: then this does not return. "" when we are inside, or
    why there are none here."""
    if os.environ.pop(_INSIDE, ""):
        done = _run(["ip", "link", "set", "lo", "up"])
        return "" if not done else f"no loopback of its own: {done}"
    tool = shutil.which("unshare")
    if tool is None or shutil.which("ip") is None:
        return "there is no unshare or ip here"
    own = [] if os.geteuid() == 0 else ["--user", "--map-current-user", "--keep-caps"]
    line = [tool, *own, "--net", "--mount"]
    refused = _run([*line, "true"])
    if refused:
        return f"no namespaces for this account: {refused}"
    os.environ[_INSIDE] = "1"
    os.execv(tool, [*line, sys.executable, "-m", module, *arguments])  # noqa: S606 - this run


def _run(line: list[str]) -> str:
    """Why a command fails, or ""."""
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stderr.strip() or "it failed"
