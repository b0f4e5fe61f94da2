"""Faults of a platform: the secretariat is away for long; a member is removed and comes back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tests.faults.nodes import Failed, Node
from tests.faults.plan import Kind

if TYPE_CHECKING:
    from tests.faults.stage import Stage

_AWAY_FOR = 25.0  # seconds
_REMOVED_FOR = 8.0
_STATES = ("ar", "bo")


def away(stage: Stage, node: Node) -> None:
    """The node dies and stays down while the others work on: what they send each other arrives.
    Raises `Failed` where it does not."""
    stage.wait_for_directory()
    stage.tend()
    others = [each for each in stage.nodes.values() if each is not node]
    codes = [each.code for each in others]
    before = {each.code: each.tell("delivered", peers=codes) for each in others}
    node.kill(Kind.KILL_NODE)
    node.end_driver()
    stage.work_for(_AWAY_FOR)
    for each in others:
        if each.tell("delivered", peers=codes) <= before[each.code]:
            raise Failed(f"nothing of {each.code} arrived while {node.code} was away")
    stage.start_again([node])


def removed(stage: Stage, code: str) -> None:
    """In the middle of the traffic a directory without the node takes force at one state, and the
    others find it; later another one takes the node in again. What was queued for it meanwhile is
    cancelled, and nothing else is."""
    stage.wait_for_directory()
    first = next(state for state in _STATES if state != code)
    entry = next(each for each in stage.nodes[first].tell("members") if each["node"] == code)
    left = [state for state in _STATES if state != code]
    # As many states as are left, or it could never be taken in again.
    without = stage.publish(at=[first], by=first, remove=[code], quorum=len(left))
    stage.have_to_find(without, but=first)
    stage.allowed = replace(stage.allowed, removed=stage.allowed.removed | {code})
    stage.work_for(_REMOVED_FOR)
    stage.wait_for_directory()
    again = stage.publish(at=[first], by=first, voters=left, add=[entry], quorum=len(_STATES))
    stage.have_to_find(again, but=first)
