"""Who acts. Every writing verb of Ayni names one as `by`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """The five kinds of actor (design, section 2)."""

    USER = "user"
    PEER = "peer"
    JOB = "job"
    PERSON = "person"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: `id` is a user's id, a peer node's code, a job's name or a random person id.

    `institution` is the id of the institution on whose behalf, empty where there is none; `role`
    is a user's role code. Holds ids only: it goes into logs and the audit chain as it is.
    """

    kind: ActorKind
    id: str
    institution: str = ""
    role: str = ""


def job(name: str, institution: str = "") -> Actor:
    """The actor of a named job or command of this node."""
    return Actor(ActorKind.JOB, name, institution)


def peer(node: str, institution: str = "") -> Actor:
    """The actor of a message from another node."""
    return Actor(ActorKind.PEER, node, institution)
