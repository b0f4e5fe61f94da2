"""What every template may use about this node."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

from ayni.config import listeners
from ayni.members import api as members


@dataclass(frozen=True, slots=True)
class Node:
    """This node, as pages show it."""

    code: str
    demo: bool

    @property
    def is_secretariat(self) -> bool:
        """Whether this is the node of the technical secretariat."""
        return self.code == members.SECRETARIAT

    @property
    def state(self) -> members.State | None:
        """The state whose node this is; None for the secretariat."""
        return None if self.is_secretariat else members.state(self.code)


def node(request: HttpRequest) -> dict[str, object]:
    """`node`: code, demo, state."""
    return {"node": Node(settings.AYNI_NODE, settings.AYNI_DEMO)}


def ministry(request: HttpRequest) -> dict[str, object]:
    """`ministry`: the ministry's own sign-on of this node, or None."""
    return {"ministry": settings.AYNI_MINISTRY}


def public_help(request: HttpRequest) -> dict[str, object]:
    """`public_help`: where the public help pages are; empty if this process knows of none."""
    return {"public_help": listeners.public_help()}
