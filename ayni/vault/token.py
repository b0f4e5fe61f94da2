"""An AES key in a PKCS#11 token (a smart card, an HSM): it wraps the master key and never leaves.

Only AES-GCM is asked of it, which tokens have; the keys of the exchange stay in the keyring,
wrapped under the master key, because few tokens have Ed25519, fewer X25519, and none ML-KEM.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ayni.vault.errors import CustodyUnclear, CustodyWrong

MODULE = "AYNI_TOKEN_MODULE"
KEY = "ayni-master"
_TAG = 128  # bits


@contextmanager
def _session(label: str, pin: bytes, *, writes: bool = False) -> Iterator[Any]:
    """Signed in to the token of this label. Raises `CustodyWrong` for the PIN, `CustodyUnclear`."""
    import pkcs11

    module = os.environ.get(MODULE, "").strip()
    if not module:
        raise CustodyUnclear(f"{MODULE} is not set")
    try:
        library = pkcs11.lib(module)
        library.reinitialize()  # a token that was put in since is seen
        token = library.get_token(token_label=label)
        session = token.open(user_pin=pin.decode("utf-8").strip(), rw=writes)
    except (pkcs11.PinIncorrect, pkcs11.PinLenRange, pkcs11.PinInvalid, UnicodeDecodeError):
        raise CustodyWrong("PIN") from None
    except pkcs11.PinLocked:
        raise CustodyUnclear("the token is locked after too many wrong PINs") from None
    except (pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned):
        raise CustodyUnclear(f"not exactly one token is called {label}") from None
    except (pkcs11.PKCS11Error, RuntimeError, OSError) as wrong:
        raise CustodyUnclear(f"the token does not answer: {type(wrong).__name__}") from None
    with session:
        yield session


def _key(session: Any, name: str) -> Any:
    import pkcs11

    return session.get_key(
        object_class=pkcs11.ObjectClass.SECRET_KEY, key_type=pkcs11.KeyType.AES, label=name
    )


def make_key(*, token: str, key: str, pin: bytes) -> bool:
    """Make a 256-bit AES key that cannot be read out, unless there is one; whether it was made."""
    import pkcs11
    from pkcs11 import Attribute

    with _session(token, pin, writes=True) as session:
        try:
            _key(session, key)
        except pkcs11.NoSuchKey:
            pass
        except pkcs11.PKCS11Error as wrong:
            raise CustodyUnclear(f"the token does not answer: {type(wrong).__name__}") from None
        else:
            return False
        template = {
            Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False, Attribute.PRIVATE: True,
            Attribute.ENCRYPT: True, Attribute.DECRYPT: True,
        }  # fmt: skip
        try:
            session.generate_key(pkcs11.KeyType.AES, 256, label=key, store=True, template=template)
        except pkcs11.PKCS11Error as wrong:
            raise CustodyUnclear(f"the token makes no AES key: {type(wrong).__name__}") from None
    return True


def crypt(what: str, *, token: str, key: str, pin: bytes) -> Callable[[bytes, bytes, bytes], bytes]:
    """`encrypt` or `decrypt` by the key in the token: (nonce, content, associated data) -> content.

    It raises `CustodyWrong` for a wrong PIN or content that was not encrypted so, `CustodyUnclear`
    if token or key are not there.
    """

    def done(nonce: bytes, content: bytes, bound: bytes) -> bytes:
        import pkcs11
        from pkcs11.mechanisms import GCMParams

        with _session(token, pin) as session:
            try:
                found = _key(session, key)
                answer = getattr(found, what)(
                    content,
                    mechanism=pkcs11.Mechanism.AES_GCM,
                    mechanism_param=GCMParams(nonce, bound, _TAG),
                )
            except (pkcs11.NoSuchKey, pkcs11.MultipleObjectsReturned):
                raise CustodyUnclear(f"not exactly one key of the token is {key}") from None
            except pkcs11.MechanismInvalid:
                raise CustodyUnclear("the token has no AES-GCM") from None
            except pkcs11.PKCS11Error:
                # Tokens name a tag that does not hold in different ways.
                raise CustodyWrong("key of the token") from None
        return bytes(answer)

    return done
