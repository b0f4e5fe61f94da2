"""The settings file in a node's folder: `NAME=value`, one a line, as systemd and shells read it.

What the environment says stands above it. Addresses of databases hold passwords and never stand in
it: NAME_FILE names a private file.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from ayni.lib.errors import Misconfigured
from ayni.node.words import gettext as _

FILE = "settings"
# docs/reference/settings.md says what each means; a test compares.
NAMES = frozenset(
    {
        "AYNI_BACKUP_KEYRING_TO", "AYNI_BACKUP_RECIPIENTS", "AYNI_BACKUP_TO",
        "AYNI_DATA_PROTECTION_CONTACT", "AYNI_RIGHTS_DAYS",
        "AYNI_BIND_NODES", "AYNI_BIND_OFFICERS", "AYNI_BIND_PUBLIC", "AYNI_EMAIL_BACKEND",
        "AYNI_ATTACHMENTS_GB_PER_PEER",
        "AYNI_FETCHES",
        "AYNI_FREE_MEGABYTES", "AYNI_PEER_HELD_MEGABYTES", "AYNI_PEER_MEGABYTES_A_DAY",
        "AYNI_PEER_MEGABYTES_A_MINUTE",
        "AYNI_PEER_MESSAGES_A_MINUTE", "AYNI_PEER_PUBLISHED_MEGABYTES",
        "AYNI_HOST", "AYNI_HOST_NODES", "AYNI_HOST_PUBLIC", "AYNI_LISTEN", "AYNI_MAIL_FROM",
        "AYNI_MASTER_KEY_FILE", "AYNI_MASTER_PASSPHRASE_FILE",
        "AYNI_METRICS_TOKEN_FILE", "AYNI_NODE", "AYNI_OIDC_CLIENT_ID", "AYNI_OIDC_ISSUER",
        "AYNI_OIDC_NAME", "AYNI_OIDC_SECRET_FILE", "AYNI_OWNER_DATABASE_URL_FILE",
        "AYNI_OUTLINE_FILE",
        "AYNI_PROXIES", "AYNI_RETENTION_MONTHS", "AYNI_TLS_CERTIFICATE", "AYNI_TLS_KEY",
        "AYNI_SMTP_HOST", "AYNI_SMTP_PASSWORD_FILE", "AYNI_SMTP_PORT",
        "AYNI_SMTP_TLS", "AYNI_SMTP_USER", "AYNI_TOKEN_MODULE", "AYNI_TOKEN_PIN_FILE",
        "AYNI_UNTAKEN_MONTHS",
        "AYNI_WEB_WORKERS", "DATABASE_URL_FILE",
        "DJANGO_SECRET_KEY_FILE",
    }
)  # fmt: skip
_LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")


def parse(text: str, *, where: str = FILE) -> dict[str, str]:
    """The settings in the text of a file. Raises `Misconfigured` with file, line and reason.

    Empty lines and lines that begin with # say nothing; one pair of quotes around a value is not
    part of it; an empty value is as good as no line.
    """
    found: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.strip()
        if not bare or bare.startswith("#"):
            continue
        match = _LINE.fullmatch(bare)
        if match is None:
            raise Misconfigured(
                _("%(where)s, line %(number)s: write NAME=value, one a line")
                % {"where": where, "number": number}
            )
        name, value = match.group(1), match.group(2).strip()
        if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
            value = value[1:-1]
        if name not in NAMES:
            raise Misconfigured(
                _(
                    "%(where)s, line %(number)s: %(name)s does not belong here; "
                    "docs/reference/settings.md lists all settings"
                )
                % {"where": where, "number": number, "name": name}
            )
        if name in found:
            raise Misconfigured(
                _("%(where)s, line %(number)s: %(name)s stands there twice")
                % {"where": where, "number": number, "name": name}
            )
        found[name] = value
    return {name: value for name, value in found.items() if value}


def written(settings: Mapping[str, str], *, heading: str) -> str:
    """The text of a file that says these settings. Raises `Misconfigured` for a value that is not
    one plain line."""
    for name, value in settings.items():
        if not value.isprintable():
            raise Misconfigured(_("%(name)s must be one line") % {"name": name})
    lines = [f"# {heading}", *(f"{name}={value}" for name, value in sorted(settings.items()))]
    return "\n".join(lines) + "\n"


def use(home: Path) -> None:
    """Put the settings of a node's folder into the environment, below what stands there already.

    Raises `Misconfigured` for a file that cannot be read or understood, or that others may write:
    it decides whom the node trusts.
    """
    path = home / FILE
    try:
        if not path.exists():
            return
        if path.stat().st_mode & 0o022:
            raise Misconfigured(
                _("%(path)s can be written by others: chmod go-w it, and read through what it says")
                % {"path": path}
            )
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise Misconfigured(_("%(path)s cannot be read") % {"path": path}) from None
    for name, value in parse(text, where=str(path)).items():
        if not os.environ.get(name, "").strip() and not _is_given_otherwise(name):
            os.environ[name] = value


def _is_given_otherwise(name: str) -> bool:
    """An address in the environment stands above the file that the settings name for it."""
    return name.endswith("DATABASE_URL_FILE") and bool(
        os.environ.get(name.removesuffix("_FILE"), "").strip()
    )
