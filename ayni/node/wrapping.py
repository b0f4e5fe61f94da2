"""`ayni keys wrap | change | unwrap`: the master key under a passphrase, a key file or a token."""

from __future__ import annotations

import argparse
import getpass
import os
from collections.abc import Sequence
from pathlib import Path

from ayni.lib.errors import AyniError
from ayni.node import home, unlocking
from ayni.node.home import say
from ayni.node.words import gettext as _
from ayni.vault import custody, token
from ayni.vault.custody import Custody
from ayni.vault.errors import CustodyWeak
from ayni.vault.master import read_private, write_private
from ayni.vault.wrapping import LEAST_KEY_FILE, LEAST_PASSPHRASE, Kind

_ACTOR = "node.keys"
_MADE = 64  # bytes of a key file made here


class NotWrapped(AyniError):
    """The master key stays as it was; the text says why."""

    code = "not_wrapped"


def wrap(arguments: Sequence[str]) -> None:
    """`ayni keys wrap`, and `ayni keys change`: the same with another custody."""
    parser = argparse.ArgumentParser(prog="ayni keys wrap")
    by = parser.add_mutually_exclusive_group(required=True)
    by.add_argument(
        "--passphrase", action="store_true",
        help=_("a passphrase, asked twice; --passphrase-file where nobody sits at a terminal"),
    )  # fmt: skip
    by.add_argument("--passphrase-file", type=Path, help=_("a private file that holds it"))
    by.add_argument(
        "--key-file", type=Path, help=_("a private file on another disk; made if it is not there")
    )
    by.add_argument("--token", help=_("label of a PKCS#11 token; its PIN is asked"))
    parser.add_argument("--key-label", default=token.KEY, help=_("label of the key in the token"))
    options = parser.parse_args(list(arguments))
    with home.ready(home.existing(), wrapping=True):
        from ayni.audit import api as audit

        node = home.existing()
        chosen = _chosen(options)
        try:
            with (
                unlocking.opening(node.home),
                audit.act(
                    by=audit.job(_ACTOR), verb="node.wrap_keys", subject=node.code,
                    kind=chosen.kind.value,
                ),
            ):  # fmt: skip
                custody.wrap(node.home, chosen)
        except CustodyWeak:
            raise NotWrapped(
                _(
                    "a passphrase has at least %(characters)s characters, a key file at least "
                    "%(bytes)s random bytes. Six words drawn by lot are a good passphrase"
                )
                % {"characters": LEAST_PASSPHRASE, "bytes": LEAST_KEY_FILE}
            ) from None
    say(
        _(
            "the master key is wrapped (%(kind)s). The next start needs it: docs/how-to/keys.md. "
            "Backups stay as they were: they open with their own key"
        )
        % {"kind": chosen.kind.value}
    )


def _chosen(options: argparse.Namespace) -> Custody:
    if options.passphrase_file is not None:
        return Custody(Kind.PASSPHRASE, read_private(options.passphrase_file))
    if options.passphrase:
        first = getpass.getpass(_("New passphrase of the master key: "))
        if first != getpass.getpass(_("The same once more: ")):
            raise NotWrapped(_("the two passphrases differ; nothing was changed"))
        return Custody(Kind.PASSPHRASE, first.encode())
    if options.key_file is not None:
        path = Path(options.key_file).absolute()
        if path.is_relative_to(home.existing().home.resolve()):
            raise NotWrapped(
                _("the key file must not lie in AYNI_HOME: who copies the one copies the other")
            )
        if not path.exists():
            write_private(path, os.urandom(_MADE))
        return Custody(Kind.KEY_FILE, read_private(path))
    if custody.is_given(Kind.TOKEN):
        pin = custody.given(Kind.TOKEN)
    else:
        pin = getpass.getpass(_("PIN of the token with the master key: ")).encode()
    return Custody(Kind.TOKEN, pin, token=options.token, key=options.key_label)


def unwrap(arguments: Sequence[str]) -> None:
    """`ayni keys unwrap`: the master key lies on the disk as it is."""
    argparse.ArgumentParser(prog="ayni keys unwrap").parse_args(list(arguments))
    with home.ready(home.existing(), wrapping=True):
        from ayni.audit import api as audit

        node = home.existing()
        with (
            unlocking.opening(node.home),
            audit.act(by=audit.job(_ACTOR), verb="node.unwrap_keys", subject=node.code),
        ):
            custody.unwrap(node.home)
    say(_("the master key lies on the disk as it is; `ayni keys wrap` wraps it again"))
