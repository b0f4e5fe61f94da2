"""The audit chain holds, and breaks visibly."""

from __future__ import annotations

import threading

import pytest
from django.db import DatabaseError, connection, transaction

from ayni.audit import api as audit
from ayni.audit.models import Entry, Head

ANA = audit.Actor(audit.ActorKind.USER, "ana", "inst", "consular_officer")


@pytest.mark.django_db
def test_nested_acts_are_recorded_in_order_with_the_outermost() -> None:
    before = Head.objects.get().number

    with (
        audit.act(by=ANA, verb="cases.open_case", subject="1") as outer,
        audit.act(by=ANA, verb="protocol.open_subject", subject="2"),
    ):
        outer.note(case="9")
        assert Head.objects.get().number == before

    entries = list(Entry.objects.filter(number__gt=before).order_by("number"))
    assert [e.verb for e in entries] == ["cases.open_case", "protocol.open_subject"]
    assert entries[0].detail == {"case": "9"}
    assert audit.verify_chain() is None


@pytest.mark.django_db
def test_an_act_that_fails_leaves_no_entry() -> None:
    before = Head.objects.get().number

    with pytest.raises(ZeroDivisionError), audit.act(by=ANA, verb="x", subject="1"):
        raise ZeroDivisionError

    assert Head.objects.get().number == before


@pytest.mark.django_db
def test_a_nested_act_that_was_undone_is_not_recorded() -> None:
    before = Head.objects.get().number

    with audit.act(by=ANA, verb="outer", subject="1"):
        with pytest.raises(ZeroDivisionError), audit.act(by=ANA, verb="inner", subject="2"):
            raise ZeroDivisionError
        audit.read(by=ANA, verb="later", subject="3")

    verbs = list(
        Entry.objects.filter(number__gt=before).order_by("number").values_list("verb", flat=True)
    )
    assert verbs == ["outer", "later"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set actor_id = 'somebody else'",
        "delete from audit_entry",
        "delete from audit_head",
    ],
)
def test_the_database_refuses_to_rewrite_the_chain(statement: str) -> None:
    audit.read(by=ANA, verb="x", subject="1")

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_eight_threads_at_once_break_no_link() -> None:
    def work() -> None:
        for n in range(20):
            audit.read(by=ANA, verb="x", subject=n)
        connection.close()

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert audit.verify_chain() is None
    assert Head.objects.get().number >= 160


@pytest.mark.django_db
@pytest.mark.parametrize(
    "odd", ["ñandú ñ", 'a "quoted" \\ text', "100 % %s %%", "\u2028\U0001f7e6", "'; --"]
)
def test_the_database_links_a_single_entry_as_the_rule_says(odd: str) -> None:
    before = Head.objects.get()

    audit.read(by=ANA, verb="x", subject=odd, why=odd)

    entry, head = Entry.objects.get(number=before.number + 1), Head.objects.get()
    assert (entry.subject, entry.detail) == (odd, {"why": odd})
    assert bytes(entry.previous) == bytes(before.digest)
    assert (head.number, bytes(head.digest)) == (entry.number, bytes(entry.digest))
    assert audit.verify_chain() is None


@pytest.mark.django_db(transaction=True)
def test_single_and_several_entries_at_once_break_no_link() -> None:
    def work(several: int) -> None:
        for n in range(20):
            with audit.together():
                for _ in range(several):
                    audit.read(by=ANA, verb="x", subject=n)
        connection.close()

    before = Head.objects.get().number
    threads = [threading.Thread(target=work, args=[several]) for several in (1, 2, 1, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert audit.verify_chain() is None
    assert Head.objects.get().number == before + 20 * 7
