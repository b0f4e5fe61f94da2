"""The officers that a node of a fault run has."""

from __future__ import annotations

from typing import Any

from ayni.members import api as members


class Officers:
    """Found by the name before the @ of their address."""

    node: str

    def _officer(self, name: str) -> Any:
        return members.User.objects.select_related("institution").get(
            email=f"{name}@{self.node}.example"
        )

    def _by(self, name: str) -> Any:
        return members.actor_of(self._officer(name))
