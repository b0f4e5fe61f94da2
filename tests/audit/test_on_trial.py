"""What is tried and undone leaves nothing: no row, no entry, and the act around it goes on."""

from __future__ import annotations

import pytest

from ayni.audit import api as audit
from ayni.audit.models import Entry, Head
from ayni.exchange.models import PeerState

pytestmark = pytest.mark.django_db
ANA = audit.Actor(audit.ActorKind.USER, "ana", "inst", "consular_officer")


def _tried(node: str, *, undone: bool, fails: bool = False) -> None:
    """A verb that writes a row, on trial."""
    with audit.on_trial() as undo:
        with audit.act(by=ANA, verb="tried", subject=node):
            PeerState.objects.create(node=node)
        if fails:
            raise ZeroDivisionError
        if undone:
            undo()


def _verbs(since: int) -> list[str]:
    later = Entry.objects.filter(number__gt=since).order_by("number")
    return list(later.values_list("verb", flat=True))


def _nodes() -> set[str]:
    return set(PeerState.objects.values_list("node", flat=True))


def test_what_was_undone_left_no_row_and_no_entry_and_the_rest_stands() -> None:
    before = Head.objects.get().number

    with audit.act(by=ANA, verb="outer", subject="1"):
        _tried("pe", undone=True)
        _tried("cl", undone=False)
        audit.read(by=ANA, verb="later", subject="3")

    assert _nodes() == {"cl"}
    assert _verbs(before) == ["outer", "tried", "later"]
    assert audit.verify_chain() is None


def test_among_several_verbs_together_only_what_was_tried_goes() -> None:
    before = Head.objects.get().number

    with audit.together():
        audit.read(by=ANA, verb="first", subject="1")
        _tried("pe", undone=True)
        audit.read(by=ANA, verb="last", subject="2")

    assert _nodes() == set()
    assert _verbs(before) == ["first", "last"]
    assert audit.verify_chain() is None


def test_a_trial_inside_a_trial_goes_with_it() -> None:
    before = Head.objects.get().number

    with audit.act(by=ANA, verb="outer", subject="1"), audit.on_trial() as undo:
        _tried("pe", undone=False)
        _tried("cl", undone=True)
        undo()

    assert _nodes() == set()
    assert _verbs(before) == ["outer"]
    assert audit.verify_chain() is None


def test_what_fails_on_trial_is_undone_and_the_error_goes_on() -> None:
    before = Head.objects.get().number

    with audit.act(by=ANA, verb="outer", subject="1"):
        with pytest.raises(ZeroDivisionError):
            _tried("pe", undone=False, fails=True)
        audit.read(by=ANA, verb="later", subject="3")

    assert _nodes() == set()
    assert _verbs(before) == ["outer", "later"], "an entry tells only what was done"
    assert audit.verify_chain() is None


def test_on_trial_alone_a_verb_that_was_recorded_is_undone_with_its_entry() -> None:
    before = Head.objects.get().number

    _tried("pe", undone=True)

    assert (_nodes(), _verbs(before)) == (set(), [])
    assert Head.objects.get().number == before
    assert audit.verify_chain() is None
