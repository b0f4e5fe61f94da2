"""What has been released: the only figures that a reader outside of the node is shown.

A release is an entry of the gazette, signed by its owner and kept on every node; the kind is
registered by whoever makes releases. Without it no entry can be one, and none is shown.
"""

from __future__ import annotations

from ayni.gazette import api as gazette

KIND = "statistics.release"


def published_releases() -> list[gazette.Published]:
    """Every release that counts, as its owner signed it; one in which a problem was found, or that
    was withdrawn, is not among them."""
    return [each for each in gazette.current(kind=KIND) if each.counts and not each.said.withdrawn]
