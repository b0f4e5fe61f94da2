"""`make bench-backup`: a full backup of many cases, and a working node made from it. Prints JSON.

The commands are those of an administrator; the node restored has to show a case to an officer.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.measuring import say

LIMITS = {"backup": 120.0, "restore": 300.0}  # seconds


def _fill(cases: int) -> str:
    """One of the cases of a new node of this size."""
    from ayni.node import home as homes

    with homes.ready(homes.resolve()):
        from ayni.members import api as members
        from bench import filling

        officers = filling.officers(1)
        with members.acting(officers[0].institution_id):
            model = filling.story(officers[0])
            filling.copies(model, [officers[0].id], first=1, count=cases - 1)
        homes.close_connections()
        return str(model.id)


def _ayni(*line: str, home: Path) -> dict[str, Any]:
    kept = {k: v for k, v in os.environ.items() if "DATABASE_URL" not in k}
    done = subprocess.run(
        [sys.executable, "-m", "ayni.node.command", *line],
        env={**kept, "AYNI_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _shows(case: str, home: Path) -> dict[str, Any]:
    """What the restored node holds: its number of cases, and the status of one case's page."""
    code = f"""
import json, sys
from ayni.node import home as homes
with homes.ready(homes.resolve()):
    from ayni.cases.models import Case
    from ayni.members import api as members
    from ayni.members.models import User
    from bench.measuring import sessions, signed_in
    officer = User.objects.get(email="officer0@ar.example")
    with members.acting(officer.institution_id):
        count = Case.objects.count()
        (key,) = sessions([officer])
    signed_in("ar.localhost", key)("/cases/{case}")
    homes.close_connections()
    json.dump({{"cases": count, "case_page": "shown"}}, sys.stdout)
"""
    kept = {k: v for k, v in os.environ.items() if "DATABASE_URL" not in k}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**kept, "AYNI_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def measure(cases: int, folder: Path) -> dict[str, Any]:
    """Seconds of the backup and the restore, and what the restored node shows."""
    one, other = folder / "one", folder / "two"
    os.environ["AYNI_HOME"] = str(one)
    case = _fill(cases)
    secret, public = folder / "secret", folder / "public"
    places = ["--folder", str(folder / "data"), "--keyring-folder", str(folder / "keys")]
    made = subprocess.run(
        [sys.executable, "-m", "ayni.node.command", "backup", "key", str(secret)],
        stdout=subprocess.PIPE, text=True, check=True,
    )  # fmt: skip
    public.write_text(made.stdout)
    say("backup")
    begun = time.monotonic()
    copied = _ayni("backup", "make", "--json", "--recipients", str(public), *places, home=one)
    backup = time.monotonic() - begun
    say("restore")
    begun = time.monotonic()
    back = _ayni("restore", "--json", "--identity", str(secret), *places, home=other)
    restore = time.monotonic() - begun
    return {
        "cases": cases,
        "backup_seconds": round(backup, 1),
        "restore_seconds": round(restore, 1),
        "database_copy_bytes": copied["database_bytes"],
        "keyring_copy_bytes": copied["keyring_bytes"],
        "audit_entries_checked": back["audit_entries"],
        "restored": _shows(case, other),
    }


def main() -> int:
    """Print the result as JSON; 0 if both limits held and nothing was lost."""
    parser = argparse.ArgumentParser(prog="bench.backup")
    parser.add_argument("--cases", type=int, default=100_000)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="ayni-b-"))
    os.environ.update(AYNI_NODE="ar")
    try:
        found = measure(options.cases, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    found["ok"] = (
        found["backup_seconds"] <= LIMITS["backup"]
        and found["restore_seconds"] <= LIMITS["restore"]
        and found["restored"]["cases"] == options.cases
    )
    sys.stdout.write(json.dumps(found, indent=1) + "\n")
    return 0 if found["ok"] else 1


if __name__ == "__main__":
    raise SystemExit(main())
