"""Run the database rooms' tests on Debian's PostgreSQL, in a private folder.

Any PostgreSQL 15 or newer must do; the embedded one is newer than what many ministries run.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tools import in_memory

# Rooms whose tests ask PostgreSQL itself; tests/conftest.py marks those that do.
ROOMS = (
    "audit", "cases", "cooperation", "exchange", "members", "protocol", "statistics", "vault",
)  # fmt: skip
_ALL = ["-m", "database_room", "-n", "3", "--dist", "loadgroup"]
_TESTS = Path(__file__).resolve().parent.parent / "tests"


def places() -> list[str]:
    """Where a test can be marked as of a database room: the others are not even read."""
    marked = [
        file
        for file in sorted(_TESTS.rglob("test_*.py"))
        if file.parent.name not in ROOMS and "database_room" in file.read_text("utf-8")
    ]
    rooms = (folder for folder in sorted(_TESTS.rglob("*/")) if folder.name in ROOMS)
    return [str(place.relative_to(_TESTS.parent)) for place in (*rooms, *marked)]


def main() -> int:
    """Exit code of pytest; 0 with a sentence where Debian's PostgreSQL is not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not found:
        sys.stderr.write(
            "ayni: the tests on Debian's PostgreSQL are skipped; to run them: "
            "apt-get install postgresql\n"
        )
        return 0
    memory = in_memory.begin()
    try:
        return _run(found[-1])
    finally:
        if memory is not None:
            shutil.rmtree(memory, ignore_errors=True)


def _run(binaries: Path) -> int:
    folder = Path(tempfile.mkdtemp(prefix="ayni-pg-"))
    account: dict[str, object] = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        account = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        os.chown(folder, user.pw_uid, user.pw_gid)
    data = folder / "data"

    def run(name: str, *arguments: str) -> None:
        subprocess.run(
            [str(binaries / name), *arguments],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            **account,  # type: ignore[call-overload]
        )

    run("initdb", "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
    options = f"-k {folder} -c listen_addresses= -c fsync=off"
    run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        for statement in (
            "create role test_owner login createdb",
            "create role test_plain login",
        ):
            run("psql", "-h", str(folder), "-U", "postgres", "-qc", statement, "postgres")
        environment = {
            **os.environ,
            "AYNI_TEST_SUPERUSER_DATABASE_URL": f"postgresql://postgres@/postgres?host={folder}",
            "AYNI_TEST_OWNER_DATABASE_URL": f"postgresql://test_owner@/postgres?host={folder}",
            "AYNI_TEST_DATABASE_URL": f"postgresql://test_plain@/postgres?host={folder}",
        }
        tests = subprocess.run(
            [sys.executable, "-m", "pytest", *(sys.argv[1:] or [*_ALL, *places()]), "-q"],
            env=environment,
            check=False,
        )
        return tests.returncode
    finally:
        run("pg_ctl", "-D", str(data), "-m", "fast", "stop")
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
