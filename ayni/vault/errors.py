"""What can go wrong with keys and sealed values."""

from __future__ import annotations

from ayni.lib.errors import AyniError, Misconfigured


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
