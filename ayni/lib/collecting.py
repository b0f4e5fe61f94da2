"""The collector of reference cycles: where a process loads much, and where it lives long."""

from __future__ import annotations

import gc

# A message of 20 kB makes a thousand small containers that are freed without the collector:
# by its own measure it would run twice for each.
_NEW_OBJECTS = 10_000


def seldom() -> None:
    """From here on the collector runs after every ten thousand new objects only. For the start of
    a program: nearly all that is loaded stays, and by its own measure the collector runs 300 times
    meanwhile, three times through everything (7 % of the start of a command)."""
    gc.set_threshold(_NEW_OBJECTS, 20, 20)


def spare_what_is_loaded() -> None:
    """From here on, what this process has loaded is not looked through again for cycles, and new
    objects only by the ten thousand (`gc.freeze`, Python). Call it when the start is over.

    In a profile of single messages the collector took an eighth of web and worker.
    """
    gc.collect()
    gc.freeze()
    seldom()
