"""A ministry's own sign-on (OpenID Connect), as the administrator of the node has set it up.

Environment and files only; without AYNI_OIDC_ISSUER the node has none: no button, no route.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from ayni.config import demonstration, environment
from ayni.config.words import gettext as _
from ayni.lib.errors import Misconfigured

# Kept with every link; django-allauth has this much room for it.
LONGEST_ISSUER = 200
LONGEST_NAME = 60
_ISSUER, _CLIENT, _NAME = "AYNI_OIDC_ISSUER", "AYNI_OIDC_CLIENT_ID", "AYNI_OIDC_NAME"


@dataclass(frozen=True, slots=True)
class Ministry:
    """One OpenID provider: its issuer, as whom it knows this node, what the button calls it."""

    issuer: str
    client_id: str
    name: str
    secret: str = field(repr=False)


def read(home: Path, *, host: str) -> Ministry | None:
    """The ministry's sign-on of this node, whose own name is `host`; None if none is set up.

    Raises `Misconfigured` for one that is set up by half, or without TLS.
    """
    if not environment.given(_ISSUER):
        for name in (_CLIENT, _NAME):
            if environment.given(name):
                raise Misconfigured(
                    _("%(name)s is set and %(other)s is not: set both or neither")
                    % {"name": name, "other": _ISSUER}
                )
        return None
    issuer, name = environment.text(_ISSUER), environment.text(_NAME)
    if not is_issuer(issuer, host=host):
        raise Misconfigured(
            _(
                "%(name)s must be the https:// address that the ministry's sign-on calls itself, "
                "with nothing after the path and of %(most)s characters at most"
            )
            % {"name": _ISSUER, "most": LONGEST_ISSUER}
        )
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise Misconfigured(
            _("%(name)s must be one line of %(most)s characters at most")
            % {"name": _NAME, "most": LONGEST_NAME}
        )
    return Ministry(
        issuer=issuer,
        client_id=environment.text(_CLIENT),
        name=name,
        secret=environment.secret("AYNI_OIDC_SECRET", home / "secrets" / "oidc.secret"),
    )


def is_issuer(address: str, *, host: str) -> bool:
    """Whether an address can be an issuer (OpenID Connect Core 1.0, section 2: https, no query, no
    fragment). Without TLS only where issuer and node are on the reader's own machine."""
    if not is_address(address, host=host) or len(address) > LONGEST_ISSUER:
        return False
    return "?" not in address and "#" not in address


def is_address(address: object, *, host: str) -> bool:
    """Whether the node `host` may ask, or lead somebody to, this address of a provider."""
    if not isinstance(address, str) or not address.isascii() or not address.isprintable():
        return False
    try:
        parts = urlsplit(address)
        named, _port = parts.hostname, parts.port
    except ValueError:
        return False
    if not named or "@" in parts.netloc or any(each in address for each in ' "<>\\'):
        return False
    local = demonstration.is_local(host) and demonstration.is_local(named)
    return parts.scheme == "https" or (parts.scheme == "http" and local)
