"""`make check`: runs every check, changes nothing, and counts what failed at the end."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
_AT_ONCE = min(4, os.cpu_count() or 1)

# Addresses of package indexes and mirrors, and lock files that name where a package came from.
_INDEX = re.compile(
    r"https?://[^\s\"']*/simple\b|\"resolved\"\s*:\s*\"https?:|^--?(extra-)?index-url"
)


def no_index_address() -> list[str]:
    """Tracked files that name a package index."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    bad = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if not path.is_file() or name == "tools/check_all.py":
            continue
        for number, line in enumerate(path.read_bytes().splitlines(), 1):
            if _INDEX.search(line.decode("utf-8", "replace")):
                bad.append(f"{name}:{number}: an address of a package index")
    return bad


def _environment() -> dict[str, str]:
    """Settings for commands that read the code only; no database is asked."""
    home = Path(tempfile.mkdtemp(prefix="ayni-check-"))
    (home / "secrets").mkdir(mode=0o700)
    key = home / "secrets" / "django.key"
    key.touch(mode=0o600)
    key.write_text(secrets.token_urlsafe(40))
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"
    return {
        **os.environ,
        "AYNI_NODE": "ar",
        "AYNI_HOME": str(home),
        "DATABASE_URL": nowhere,
        "AYNI_OWNER_DATABASE_URL": nowhere,
        "DJANGO_SETTINGS_MODULE": "ayni.config.settings",
    }


def main() -> int:
    """Number of failed checks, at most 1 as exit code."""
    python = str(BIN / "python")
    checks: list[tuple[str, list[str]]] = [
        ("format", [str(BIN / "ruff"), "format", "--check", "--quiet", "."]),
        ("lint", [str(BIN / "ruff"), "check", "--quiet", "."]),
        ("types", [str(BIN / "mypy")]),
        ("import map", [str(BIN / "lint-imports")]),
        (
            "migrations",
            [python, "-W", "ignore", "-m", "django", "makemigrations", "--check", "--dry-run"],
        ),
    ]
    if list(ROOT.glob("ayni/**/templates/**/*.html")) + list(ROOT.glob("ayni/templates/**/*.html")):
        checks.append(("templates", [str(BIN / "djlint"), "ayni", "--lint", "--quiet"]))
    for name, tool in (
        ("translations", "check_translations.py"),
        ("generated documents", "check_documents.py"),
        ("asvs table", "check_asvs.py"),
        ("licences", "licences.py"),
    ):
        if (ROOT / "tools" / tool).exists():
            checks.append((name, [python, f"tools/{tool}"]))
    environment = _environment()
    failed = []

    def run(command: list[str]) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False)

    # Side by side, told in their order: none writes anything.
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(run, [command for _name, command in checks]))
    for (name, _command), done in zip(checks, answers, strict=True):
        ok = done.returncode == 0
        sys.stdout.write(f"{'ok  ' if ok else 'FAIL'} {name}\n")
        if not ok:
            failed.append(name)
            sys.stdout.write((done.stdout + done.stderr).decode(errors="replace") + "\n")
    addresses = no_index_address()
    sys.stdout.write(f"{'FAIL' if addresses else 'ok  '} no index address\n")
    if addresses:
        failed.append("no index address")
        sys.stdout.write("\n".join(addresses) + "\n")
    sys.stdout.write(f"{len(failed)} checks failed\n")
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
