"""Generated documents are what their command would write now. `--write` brings them up to date."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"

# Document → the command that prints it.
GENERATED = {
    "docs/reference/permissions.md": ("python", "tools/permissions_table.py"),
    "docs/reference/commands.md": ("python", "tools/commands_reference.py"),
    "docs/reference/alerts.yml": ("python", "tools/alert_rules.py"),
    "docs/reference/kinds.json": ("python", "tools/kinds_document.py"),
    "docs/reference/htcds-2.0.schema.json": ("python", "tools/htcds_profile.py", "json"),
    "docs/reference/htcds-2.0.table-schema.json": ("python", "tools/htcds_profile.py", "csv"),
    "docs/reference/htcds.md": ("python", "tools/htcds_profile.py", "words"),
    "docs/reference/protocol.md": (
        "ayni",
        "protocol",
        "document",
        "ayni/protocol/definitions/reference/1.0/protocol.yaml",
    ),
}


def main() -> int:
    """1 if a document is stale."""
    stale = []
    for name, (program, *arguments) in GENERATED.items():
        made = subprocess.run(
            [str(BIN / program), *arguments], cwd=ROOT, capture_output=True, check=False
        )
        if made.returncode:
            stale.append(name)
            sys.stdout.write(made.stderr.decode(errors="replace"))
            continue
        path = ROOT / name
        if path.exists() and path.read_bytes() == made.stdout:
            continue
        if "--write" in sys.argv:
            path.write_bytes(made.stdout)
        else:
            stale.append(name)
    for name in stale:
        sys.stdout.write(f"{name} is stale: python tools/check_documents.py --write\n")
    return 1 if stale else 0


if __name__ == "__main__":
    raise SystemExit(main())
