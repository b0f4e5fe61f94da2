"""What can go wrong with keys and sealed values."""

from __future__ import annotations

from django.db import OperationalError

from ayni.lib.errors import AyniError, Misconfigured


class KeyringUnavailable(OperationalError):
    """The keyring cannot be read or written at this moment: its disk is full, or it is locked.

    An error of the machine, as those of the database are: whoever tells them from what is wrong
    with a message or a record tells this one too, and tries again.
    """


class Erased(AyniError):
    """The key of this subject was removed; what was sealed under it cannot be read by anyone."""

    code = "erased"


class Tampered(AyniError):
    """A sealed value does not belong where it stands, or was changed."""

    code = "tampered"


class SecretMissing(Misconfigured):
    """A secret that the node needs is not there."""

    code = "secret_missing"


class SecretExposed(Misconfigured):
    """A secret can be read by others than the node's own account."""

    code = "secret_exposed"


class CustodyMissing(Misconfigured):
    """The master key is wrapped and nothing was given that opens it; the text is the kind."""

    code = "custody_missing"


class CustodyWrong(Misconfigured):
    """The passphrase, key file or PIN that was given does not open the master key."""

    code = "custody_wrong"


class CustodyUnclear(Misconfigured):
    """Which master key holds, or what opens it, is in doubt; the text says why."""

    code = "custody_unclear"


class CustodyWeak(AyniError):
    """A passphrase or key file that could be guessed."""

    code = "custody_weak"
