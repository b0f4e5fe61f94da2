"""Reading the environment: a value in doubt stops the node with a sentence."""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from ayni.config.words import gettext as _
from ayni.lib.errors import Misconfigured
from ayni.statistics.charts.outline import BadOutline, read_outline

LAST_BACKUP = "last-backup.json"  # in AYNI_HOME: when the last copies were made


def text(name: str, default: str | None = None) -> str:
    """The value of a variable. Raises `Misconfigured` if it is absent and has no default."""
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise Misconfigured(
            _("%(name)s is not set; see docs/reference/settings.md") % {"name": name}
        )
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
        raise Misconfigured(_("%(name)s must be a whole number") % {"name": name})
    return int(value)


def flag(name: str, *, default: bool = False) -> bool:
    """`true` or `false`. Raises `Misconfigured` for anything else."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value not in {"true", "false"}:
        raise Misconfigured(_("%(name)s must be true or false") % {"name": name})
    return value == "true"


def secret(name: str, file: Path) -> str:
    """A secret from the file named by NAME_FILE, or from `file`.

    Raises `Misconfigured` if there is none or others can read it.
    """
    path = Path(os.environ.get(f"{name}_FILE", "") or file)
    if not path.is_file():
        raise Misconfigured(
            _("%(name)s: no secret file %(file)s; run `ayni node init`")
            % {"name": name, "file": path.name}
        )
    if path.stat().st_mode & 0o077:
        raise Misconfigured(
            _("%(name)s: %(file)s can be read by others; chmod 600 and renew it")
            % {"name": name, "file": path.name}
        )
    return path.read_text("ascii").strip()


def secret_if_there(name: str, file: Path) -> str:
    """As `secret`; empty where neither the file nor NAME_FILE is there."""
    return secret(name, file) if given(f"{name}_FILE") or file.is_file() else ""


def outline(name: str, states: Sequence[str]) -> str:
    """A file with an outline for the maps that has all of these states; empty where none is named.

    Raises `Misconfigured`, which says where in the file and what.
    """
    path = os.environ.get(name, "").strip()
    if path:
        try:
            read_outline(Path(path).read_text("utf-8"), [code.upper() for code in states])
        except (OSError, UnicodeDecodeError):
            raise Misconfigured(_("%(name)s: the file cannot be read") % {"name": name}) from None
        except BadOutline as wrong:
            raise Misconfigured(f"{name}: {wrong}") from None
    return path


class DoorName(StrEnum):
    """The three doors of a node, which may listen at three addresses."""

    PUBLIC = "public"
    OFFICERS = "officers"
    NODES = "nodes"


def doors(name: str) -> frozenset[DoorName]:
    """The doors that a process serves: names with spaces between; all, if none is named.

    Raises `Misconfigured` for a name that is none.
    """
    named = os.environ.get(name, "").split()
    try:
        return frozenset(DoorName(each) for each in named) or frozenset(DoorName)
    except ValueError:
        raise Misconfigured(
            _("%(name)s may name public, officers and nodes only") % {"name": name}
        ) from None


def networks(name: str, default: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Addresses or networks with commas between. Raises `Misconfigured` for anything else."""
    try:
        return tuple(ip_network(each.strip()) for each in text(name, default).split(","))
    except ValueError:
        raise Misconfigured(
            _("%(name)s must hold addresses or networks with commas between") % {"name": name}
        ) from None


def database(name: str) -> dict[str, Any]:
    """Django's settings for a `postgresql://` address. Raises `Misconfigured` if it is not one."""
    address = text(name)
    if not address.startswith(("postgresql://", "postgres://")):
        raise Misconfigured(_("%(name)s must begin with postgresql://") % {"name": name})
    try:
        parts = conninfo_to_dict(address)
    except ProgrammingError:
        raise Misconfigured(_("%(name)s is not a PostgreSQL address") % {"name": name}) from None
    options = {"prepare_threshold": 2}  # of `exchange/prepared.py`; Django's own are never prepared
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
        "OPTIONS": options | {key: value for key, value in parts.items() if key not in known},
    }
