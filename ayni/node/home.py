"""A node's folder and its database, ready for Django: what every subcommand does first."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import sys
from collections.abc import Iterator
from pathlib import Path

from ayni.lib.errors import Misconfigured
from ayni.node.postgres import OWNER, PLAIN, Server
from ayni.vault.master import (
    make_master_key,
    make_private_folder,
    read_private,
    secrets_folder,
    write_private,
)

NODES = re.compile(r"^(ar|bo|br|cl|co|ec|pe|py|uy|ve|secretariat)$")
DEMO_MARK = "demonstration"


def say(text: str) -> None:
    """Progress, on standard error: standard output is for programs."""
    sys.stderr.write(f"ayni: {text}\n")
    sys.stderr.flush()


def node_home() -> Path:
    """AYNI_HOME, made private. Raises `Misconfigured` for a node or home in doubt."""
    node = os.environ.get("AYNI_NODE", "")
    if not NODES.fullmatch(node):
        raise Misconfigured("AYNI_NODE must be the code of a state (ar, bo, … ve) or `secretariat`")
    raw = os.environ.get("AYNI_HOME", "").strip()
    if not raw:
        raise Misconfigured("AYNI_HOME is not set: name the folder of this node's data")
    home = Path(raw).resolve()
    os.environ["AYNI_HOME"] = str(home)
    make_private_folder(home)
    _check_demo(home)
    return home


def _check_demo(home: Path) -> None:
    """A demonstration and a real node never share a home, and a demonstration stays local."""
    demo = os.environ.get("AYNI_DEMO", "false").lower() == "true"
    host = os.environ.get("AYNI_HOST", f"{os.environ['AYNI_NODE']}.localhost")
    local = host == "localhost" or host.endswith(".localhost")
    marked = (home / DEMO_MARK).exists()
    if demo and not local:
        raise Misconfigured("a demonstration runs on *.localhost only")
    if marked and not demo:
        raise Misconfigured("this is the home of a demonstration; a real node needs its own")
    if demo and not marked and any((home / name).exists() for name in ("keyring", "postgresql")):
        raise Misconfigured("this is the home of a real node; a demonstration needs its own")
    if demo and not marked:
        write_private(home / DEMO_MARK, b"invented persons only\n")


def prepare_secrets(home: Path) -> bool:
    """Make master key and Django's key unless they are there; True for a new home."""
    make_private_folder(secrets_folder(home))
    key = secrets_folder(home) / "django.key"
    is_new = not key.exists()
    make_master_key(home)
    if is_new:
        write_private(key, secrets.token_urlsafe(48).encode())
    read_private(key)
    return is_new


@contextlib.contextmanager
def database(home: Path) -> Iterator[Server | None]:
    """The two addresses in the environment; the embedded server while it is needed.

    Raises `Misconfigured` if only one of the two addresses is given.
    """
    names = ("DATABASE_URL", "AYNI_OWNER_DATABASE_URL")
    given = [bool(os.environ.get(name)) for name in names]
    if all(given):
        yield None
        return
    if any(given):
        raise Misconfigured(f"set both {names[0]} and {names[1]}, or neither (embedded database)")
    server = Server(home)
    started = server.start()
    os.environ[names[0]] = server.url(PLAIN)
    os.environ[names[1]] = server.url(OWNER)
    try:
        yield server
    finally:
        for name in names:
            os.environ.pop(name, None)
        if started:
            _close_connections()
            server.stop()


def _close_connections() -> None:
    with contextlib.suppress(Exception):
        from django.db import connections

        connections.close_all()


def start_django(*, migrate: bool) -> None:
    """Load Django; bring tables and keys up to date."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "ayni.config.settings"
    import django

    django.setup()
    from ayni.vault import api as vault

    vault.prepare()
    if migrate:
        from django.core.management import call_command

        call_command("migrate", database="owner", verbosity=0, interactive=False)
