"""Reading the environment: a value in doubt stops the node with a sentence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from ayni.lib.errors import Misconfigured


def text(name: str, default: str | None = None) -> str:
    """The value of a variable. Raises `Misconfigured` if it is absent and has no default."""
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise Misconfigured(f"{name} is not set; see docs/reference/settings.md")
    return value


def given(name: str) -> bool:
    """Whether the variable is set to something."""
    return bool(os.environ.get(name, "").strip())


def number(name: str, default: int) -> int:
    """A whole number. Raises `Misconfigured` for anything else."""
    value = os.environ.get(name, "").strip()
    if not value:
        return default
    if not value.isdecimal():
        raise Misconfigured(f"{name} must be a whole number")
    return int(value)


def flag(name: str, *, default: bool = False) -> bool:
    """`true` or `false`. Raises `Misconfigured` for anything else."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in {"true", "false"}:
        raise Misconfigured(f"{name} must be true or false")
    return value == "true"


def secret(name: str, file: Path) -> str:
    """A secret from the file named by NAME_FILE, or from `file`.

    Raises `Misconfigured` if there is none or others can read it.
    """
    path = Path(os.environ.get(f"{name}_FILE", "") or file)
    if not path.is_file():
        raise Misconfigured(f"{name}: no secret file {path.name}; run `ayni node init`")
    if path.stat().st_mode & 0o077:
        raise Misconfigured(f"{name}: {path.name} can be read by others; chmod 600 and renew it")
    return path.read_text("ascii").strip()


def database(name: str) -> dict[str, Any]:
    """Django's settings for a `postgresql://` address. Raises `Misconfigured` if it is not one."""
    address = text(name)
    if not address.startswith(("postgresql://", "postgres://")):
        raise Misconfigured(f"{name} must begin with postgresql://")
    try:
        parts = conninfo_to_dict(address)
    except ProgrammingError:
        raise Misconfigured(f"{name} is not a PostgreSQL address") from None
    known = {"dbname", "user", "password", "host", "port"}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.get("dbname", ""),
        "USER": parts.get("user", ""),
        "PASSWORD": parts.get("password", ""),
        "HOST": parts.get("host", ""),
        "PORT": str(parts.get("port", "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {key: value for key, value in parts.items() if key not in known},
    }
