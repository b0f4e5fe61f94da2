"""Opening a wrapped master key when a command begins: asked at the terminal if nothing gives it,
and refused with a sentence that says what to do."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ayni.lib.errors import Misconfigured
from ayni.node.words import gettext as _
from ayni.vault import custody
from ayni.vault.errors import CustodyMissing, CustodyUnclear, CustodyWrong
from ayni.vault.wrapping import Kind


@contextmanager
def opening(home: Path) -> Iterator[None]:
    """Whatever opens the master key within may need a passphrase or PIN. Raises `Misconfigured`."""
    try:
        kind = custody.kind_of(home)
        if kind in (Kind.PASSPHRASE, Kind.TOKEN) and not custody.is_given(kind) and _is_asked():
            keep(kind, _ask(kind))
        yield
    except CustodyMissing as missing:
        setting, credential = custody.GIVEN[Kind(str(missing))]
        raise Misconfigured(
            _(
                "the master key of this node is wrapped (%(kind)s) and nothing opens it: name a "
                "private file in %(setting)s, give systemd's credential %(credential)s, or start "
                "at a terminal"
            )
            % {"kind": missing, "setting": setting, "credential": credential}
        ) from None
    except CustodyWrong as wrong:
        raise Misconfigured(
            _(
                "the master key does not open: the passphrase, key file or PIN that was given is "
                "not the one it was wrapped with (%(what)s)"
            )
            % {"what": wrong}
        ) from None
    except CustodyUnclear as unclear:
        raise Misconfigured(
            _(
                "it is not clear which master key holds: %(why)s. Nothing starts before that is "
                "cleared: docs/how-to/keys.md"
            )
            % {"why": unclear}
        ) from None


def _is_asked() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()


def _ask(kind: Kind) -> bytes:
    asked = (
        _("Passphrase of the master key: ")
        if kind is Kind.PASSPHRASE
        else _("PIN of the token with the master key: ")
    )
    return getpass.getpass(asked).encode()


def keep(kind: Kind, secret: bytes) -> None:
    """Give a passphrase or PIN to this process and to those that it starts, in memory: a file that
    has no name, of which the processes of this account are told."""
    descriptor = os.memfd_create("ayni", os.MFD_CLOEXEC)
    os.fchmod(descriptor, 0o600)
    os.write(descriptor, secret)
    os.environ[custody.GIVEN[kind][0]] = f"/proc/{os.getpid()}/fd/{descriptor}"
