"""The collector of reference cycles, for processes that live long."""

from __future__ import annotations

import gc

# A message of 20 kB makes a thousand small containers that are freed without the collector:
# by its own measure it would run twice for each.
_NEW_OBJECTS = 10_000


def spare_what_is_loaded() -> None:
    """From here on, what this process has loaded is not looked through again for cycles, and new
    objects only by the ten thousand (`gc.freeze`, Python). Call it when the start is over.

    In a profile of single messages the collector took an eighth of web and worker.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 20, 20)
