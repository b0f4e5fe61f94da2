"""The register that is shipped, and the one that the secretariat has signed for all.

The register comes with the program, as files. Whoever changes a file on one node changes what that
node answers: its digest is compared with the one that the secretariat signed for the same version.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from hashlib import sha256
from importlib.metadata import version as version_of

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.norms import load
from ayni.norms.register_kind import NAME


class Agreement(StrEnum):
    """How this node's register stands to the one that the secretariat has signed."""

    SAME = "same"
    DIFFERS = "differs"
    UNSIGNED = "unsigned"  # nothing that counts was signed for this version


@dataclass(frozen=True, slots=True)
class Register:
    """This node's register: the version with which it came, its SHA-256 as hexadecimal digits, and
    what the secretariat has published of that version, None if nothing."""

    version: str
    digest: str
    signed: Published | None

    @property
    def agreement(self) -> Agreement:
        """Whether it is the one that was signed."""
        of = self.signed
        if of is None or not of.counts or of.said.withdrawn:
            return Agreement.UNSIGNED
        same = of.said.body["digest"] == self.digest
        return Agreement.SAME if same else Agreement.DIFFERS


def digest_of(contents: dict[str, object]) -> str:
    """The SHA-256 of a register, name of a file -> what it holds, in canonical JSON (RFC 8785), as
    hexadecimal digits. Comments and the order of keys do not count."""
    return sha256(exchange.canonical(contents)).hexdigest()


@cache
def own_digest() -> str:
    """The digest of what this process answers from."""
    return digest_of(load.contents())


@cache
def own_version() -> str:
    """The version of Ayni, as a key of what is published may be written."""
    return re.sub(r"[^a-z0-9._:-]", "-", version_of("ayni").lower())


def register() -> Register:
    """This node's register and what was signed of it. Asks the database once."""
    signed = gazette.one(owner=members.SECRETARIAT, kind=NAME, key=own_version())
    return Register(own_version(), own_digest(), signed)


def may_sign(*, by: Actor) -> bool:
    """Whether this officer may sign the register for all: on the secretariat's node."""
    here = members.this_node() == members.SECRETARIAT
    return here and members.may(by, Permission.NORMS_REVIEW)


def sign_register(*, by: Actor, seen: int) -> Published:
    """Sign this node's register for all members, as that of its version.

    `seen`: number of what stood when the officer looked, 0 for none. Raises `NotAllowed`,
    `gazette.NotItsOwner` on the node of a state, `gazette.StaleEntry`, `gazette.NoKeys`,
    `gazette.NotComparedYet`.
    """
    members.check_may(by, Permission.NORMS_REVIEW)
    with audit.act(by=by, verb="norms.sign_register", subject=own_version()):
        body = {"digest": own_digest()}
        return gazette.publish(by=by, kind=NAME, key=own_version(), body=body, seen=seen)
