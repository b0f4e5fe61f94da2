"""Documents of meetings: attached, refused with the reason, fetched by the nodes, taken back."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from ayni.agenda import api, fetching_documents, files
from ayni.agenda.document_kind import DOCUMENT
from ayni.agenda.file_entry import LARGEST
from ayni.agenda.files import MOST_DOCUMENTS, PART
from ayni.agenda.meeting_kind import MEETING
from ayni.agenda.models import DocumentPart, DocumentWanted
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange import api as exchange
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.gazette.models import Entry
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.members.api import Role
from tests.agenda.papers import PDF, a_pdf, sent, taken_in
from tests.agenda.stories import comes
from tests.agenda.test_meetings import call, the
from tests.agenda.test_moved import BODY
from tests.cast import enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db

JOB = audit.job("agenda.fetch_documents")
KEY = "2031-12-01-plenario"
CALLED = {**BODY, "at": "2031-12-01T15:00:00Z", "held": False, "present": []}


def attach(by: Actor, key: str, content: bytes, item: int = 1) -> api.Document:
    """Attach a file; the document that it became."""
    api.attach_document(by=by, key=key, item=item, title="Informe", file=taken_in(content))
    digest = hashlib.sha256(content).hexdigest()[:16]
    return api.document(f"{key}:{digest}", api.presidencies())


def test_a_document_is_published_with_its_digest_and_its_bytes_are_here(saul: Actor) -> None:
    key, content = call(saul), a_pdf(3 * PART)

    found = attach(saul, key, content)

    assert api.content_of(found) == content
    assert (found.item, found.type.value, found.size) == (1, PDF, len(content))
    (entry,) = gazette.current(kind=DOCUMENT)
    assert entry.counts
    assert entry.said.body["sha256"] == hashlib.sha256(content).hexdigest()
    assert [each.key for each in api.documents_of(key, api.presidencies())] == [found.key]


@pytest.mark.parametrize(
    "content",
    [
        b"MZ this is a program" * 50,
        b"<html><script>alert(1)</script></html>" * 50,
        a_pdf(more=b"<< /OpenAction << /S /JavaScript /JS (x) >> >>\n"),
        a_pdf()[:-8],
    ],
)
def test_a_file_of_a_wrong_type_is_refused_and_nothing_of_it_stays(
    saul: Actor, content: bytes
) -> None:
    key = call(saul)
    before = Entry.objects.count()

    with pytest.raises(cooperation.FileNotTaken):
        attach(saul, key, content)

    assert Entry.objects.count() == before
    assert DocumentPart.objects.count() == 0


def test_a_file_over_the_limit_is_refused_while_it_comes(saul: Actor) -> None:
    with pytest.raises(exchange.TooLarge):
        taken_in(a_pdf(LARGEST + PART))


def test_the_same_file_twice_an_unknown_item_and_a_name_are_refused(saul: Actor) -> None:
    key = call(saul)
    attach(saul, key, a_pdf())

    with pytest.raises(api.AttachedAlready):
        attach(saul, key, a_pdf())
    with pytest.raises(api.ItemUnknown):
        attach(saul, key, a_pdf(3_000), item=2)
    with pytest.raises(api.NamesAPerson):
        api.attach_document(
            by=saul, key=key, item=0, title="Informe de la Sra. Inventada",
            file=taken_in(a_pdf(4_000)),
        )  # fmt: skip


def test_nothing_is_attached_to_a_cancelled_meeting(saul: Actor) -> None:
    key = call(saul)
    api.cancel_meeting(by=saul, key=key, reason="Inventado", after=the(key).stands.ref)

    with pytest.raises(api.IsCancelled):
        attach(saul, key, a_pdf())


def test_a_document_that_is_taken_back_is_gone_and_may_come_anew(saul: Actor) -> None:
    key = call(saul)
    found = attach(saul, key, a_pdf())
    with pytest.raises(api.WhyNeeded):
        api.take_back_document(by=saul, key=found.key, reason="", after=found.stands.ref)

    api.take_back_document(by=saul, key=found.key, reason="Un error", after=found.stands.ref)

    assert DocumentPart.objects.count() == 0
    assert api.documents_of(key, api.presidencies()) == []
    with pytest.raises(NotFound):
        api.document(found.key, api.presidencies())
    assert api.content_of(attach(saul, key, a_pdf())) == a_pdf()


# On another node: the entry has come, the bytes have not.


def named(secretariat: Peer, content: bytes, **changed: Any) -> str:
    """The secretariat has published a meeting and named a document of it; its digest."""
    sha256 = hashlib.sha256(content).hexdigest()
    comes(secretariat, MEETING, KEY, CALLED)
    comes(secretariat, DOCUMENT, f"{KEY}:{sha256[:16]}", named_body(content, **changed))
    return sha256


def named_body(content: bytes, **changed: Any) -> dict[str, Any]:
    """What an entry says of a document."""
    known = {
        "after": "", "instead": "", "item": 0, "title": "Informe inventado", "type": PDF,
        "size": len(content), "sha256": hashlib.sha256(content).hexdigest(), "there": True,
        "why": "",
    }  # fmt: skip
    return {**known, **changed}


def asked_for() -> list[dict[str, Any]]:
    """To whom questions for parts went, in order."""
    rows = OutgoingMessage.objects.filter(kind="agenda.document_wanted").order_by("place")
    return [{"peer": each.peer} for each in rows]


class Line:
    """What a peer brings, as the inbox hands it on."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    def brings(self, kind: str, payload: dict[str, Any]) -> None:
        exchange.check_payload(kind, payload)
        received = exchange.Received(
            "m", kind, "c", 1, self.peer.node, "", "", clock.now(), None, payload
        )
        take = {
            "agenda.document_part": fetching_documents.receive_part,
            "agenda.document_wanted": fetching_documents.receive_wanted,
        }[kind]
        with transaction.atomic():
            take(by=audit.peer(self.peer.node), received=received)

    def part(self, sha256: str, number: int, content: bytes) -> None:
        told = base64.b64encode(content).decode()
        self.brings("agenda.document_part", {"sha256": sha256, "number": number, "content": told})


def document(sha256: str) -> api.Document:
    return api.document(f"{KEY}:{sha256[:16]}", api.presidencies())


def ask() -> int:
    return fetching_documents.ask_for_missing(by=JOB, now=clock.now())


def test_a_node_asks_for_one_part_after_the_other_until_it_has_the_document(
    secretariat: Peer,
) -> None:
    content = a_pdf(2 * PART + 5_000)
    sha256 = named(secretariat, content)
    line = Line(secretariat)

    assert ask() == 1
    assert ask() == 0  # it was asked just now
    for number in range(3):
        assert len(asked_for()) == number + 1
        with pytest.raises(api.DocumentNotHere):
            api.content_of(document(sha256))
        line.part(sha256, number, content[number * PART : (number + 1) * PART])

    assert api.content_of(document(sha256)) == content
    assert len(asked_for()) == 3
    assert ask() == 0


OTHER = "2031-12-02-plenario"


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("size", [1, 5_000, PART, 2 * PART, 3 * PART + 1, LARGEST])
def test_an_entry_that_gives_the_same_digest_another_size_holds_nothing_back(
    secretariat: Peer, size: int, first: bool
) -> None:
    content, more = a_pdf(2 * PART + 5_000), a_pdf(4_000)
    wrong = hashlib.sha256(content).hexdigest()
    key = f"{OTHER}:{wrong[:16]}" if not first else f"2031-11-01-plenario:{wrong[:16]}"
    comes(secretariat, MEETING, key.partition(":")[0], CALLED)
    if first:
        comes(secretariat, DOCUMENT, key, named_body(content, size=size))
    sha256, also = named(secretariat, content), hashlib.sha256(more).hexdigest()
    if not first:
        comes(secretariat, DOCUMENT, key, named_body(content, size=size))
    comes(secretariat, DOCUMENT, f"{KEY}:{also[:16]}", named_body(more))
    line = Line(secretariat)

    assert ask() == 2
    for number in range(3):
        line.part(sha256, number, content[number * PART : (number + 1) * PART])
        assert not api.is_here(api.document(key, api.presidencies()))
    line.part(also, 0, more)

    assert api.is_here(document(sha256))
    assert api.content_of(document(sha256)) == content
    assert api.content_of(document(also)) == more
    with pytest.raises(api.DocumentNotHere):
        api.content_of(api.document(key, api.presidencies()))
    assert ask() == 0


def test_parts_that_were_left_here_complete_are_looked_at_and_nobody_is_asked(
    secretariat: Peer,
) -> None:
    content = a_pdf(PART + 5_000)
    sha256 = named(secretariat, content)
    ask()
    Line(secretariat).part(sha256, 0, content[:PART])
    DocumentPart.objects.create(sha256=sha256, number=1, content=content[PART:])
    DocumentWanted.objects.update(asked_at=clock.now() - timedelta(hours=1))

    assert ask() == 0
    assert api.content_of(document(sha256)) == content
    assert api.is_here(document(sha256))


def test_a_part_that_comes_again_gives_the_node_no_more_time(
    secretariat: Peer, bolivia: Peer, time_machine: Any
) -> None:
    content = a_pdf(PART + 5_000)
    sha256 = named(secretariat, content)
    ask()
    line = Line(secretariat)
    line.part(sha256, 0, content[:PART])

    time_machine.move_to(clock.now() + timedelta(minutes=29))
    line.part(sha256, 0, content[:PART])
    time_machine.move_to(clock.now() + timedelta(minutes=2))

    assert ask() == 1
    assert [each["peer"] for each in asked_for()] == ["secretariat", "secretariat", "bo"]


def test_a_node_that_brings_each_part_just_in_time_does_not_hold_a_document_for_hours(
    secretariat: Peer, bolivia: Peer, time_machine: Any
) -> None:
    content = a_pdf(8 * PART)
    sha256 = named(secretariat, content)
    assert ask() == 1
    line, brought = Line(secretariat), 0
    for _round in range(7):
        time_machine.move_to(clock.now() + timedelta(minutes=29))
        if ask():
            break
        line.part(sha256, brought, content[brought * PART : (brought + 1) * PART])
        brought += 1

    assert brought == 4, "after two hours another node is asked"
    assert asked_for()[-1]["peer"] == "bo"
    assert DocumentPart.objects.count() == brought, "what has come stays"
    line.part(sha256, brought, content[brought * PART : (brought + 1) * PART])
    assert DocumentPart.objects.count() == brought, "who is left brings nothing more"
    for n in range(brought, files.parts_of(len(content))):
        Line(bolivia).part(sha256, n, content[n * PART : (n + 1) * PART])
    assert api.content_of(document(sha256)) == content


def test_no_more_is_fetched_than_a_meeting_may_have(secretariat: Peer) -> None:
    sha256 = named(secretariat, a_pdf())
    for n in range(MOST_DOCUMENTS + 2):
        more = a_pdf(3_000 + 16 * n)
        digest = hashlib.sha256(more).hexdigest()
        comes(secretariat, DOCUMENT, f"{KEY}:{digest[:16]}", named_body(more))

    assert ask() == MOST_DOCUMENTS
    assert DocumentWanted.objects.filter(sha256=sha256).exists()


def test_what_was_not_asked_for_or_does_not_fit_is_not_kept(secretariat: Peer) -> None:
    content = a_pdf(PART + 5_000)
    sha256 = named(secretariat, content)
    line = Line(secretariat)

    line.part(sha256, 0, content[:PART])  # before anybody asked
    ask()
    line.part(sha256, 0, content[: PART - 1])
    line.part(sha256, 7, content[:PART])
    line.part("0" * 64, 0, content[:PART])

    assert DocumentPart.objects.count() == 0


def test_bytes_that_are_not_what_was_published_do_not_stay_and_another_node_is_asked(
    secretariat: Peer, bolivia: Peer, time_machine: Any
) -> None:
    content = a_pdf(5_000)
    sha256 = named(secretariat, content)
    ask()

    Line(secretariat).part(sha256, 0, content.replace(b"00000007", b"99999999"))

    assert DocumentPart.objects.count() == 0
    time_machine.move_to(clock.now() + timedelta(minutes=31))
    assert ask() == 1
    Line(bolivia).part(sha256, 0, content)
    assert api.content_of(document(sha256)) == content


def test_what_acts_is_refused_here_too_although_its_author_published_it(
    secretariat: Peer,
) -> None:
    content = a_pdf(more=b"<< /S /JavaScript /JS (x) >>\n")
    sha256 = named(secretariat, content)
    ask()

    Line(secretariat).part(sha256, 0, content)

    assert DocumentPart.objects.count() == 0


def test_a_node_hands_on_what_it_has_and_nothing_that_was_taken_back(secretariat: Peer) -> None:
    content = a_pdf(5_000)
    sha256 = named(secretariat, content)
    ask()
    line = Line(secretariat)
    line.part(sha256, 0, content)
    wanted = Line(secretariat)

    wanted.brings("agenda.document_wanted", {"sha256": sha256, "number": 0})
    assert OutgoingMessage.objects.filter(kind="agenda.document_part").count() == 1
    named_again = {"there": False, "why": "Un error", "after": "secretariat:1"}
    body = {**document(sha256).stands.version.body, **named_again}  # type: ignore[union-attr]
    comes(secretariat, DOCUMENT, f"{KEY}:{sha256[:16]}", body, version=2)
    wanted.brings("agenda.document_wanted", {"sha256": sha256, "number": 0})

    assert OutgoingMessage.objects.filter(kind="agenda.document_part").count() == 1
    ask()
    assert DocumentPart.objects.count() == 0


def test_the_page_refuses_what_is_too_large_or_no_document_and_keeps_what_was_typed(
    saul: Actor, client: Client
) -> None:
    key = call(saul)
    enter(client, members.user(saul.id))
    client.cookies["ayni_ar_language"] = "en"
    path = f"/platform/meetings/{key}/documents/new"

    large = client.post(path, sent(a_pdf(LARGEST + PART)))
    wrong = client.post(path, sent(b"MZ program" * 100))
    good = client.post(path, sent(a_pdf()))

    assert large.status_code == wrong.status_code == 422
    assert "larger than 5 MB" in large.content.decode()
    assert "This file is not taken" in wrong.content.decode()
    assert "Informe inventado" in wrong.content.decode()
    assert good.status_code == 302
    (found,) = api.documents_of(key, api.presidencies())
    answer = client.get(f"/platform/meetings/{key}/documents/{found.digest}")
    assert answer.content == a_pdf()
    assert answer["Content-Disposition"].startswith("attachment")
    assert "informe" not in answer["Content-Disposition"]


def test_until_its_bytes_have_come_the_page_says_that_it_is_on_its_way(
    secretariat: Peer, officer: Callable[[Role], Actor], client: Client
) -> None:
    sha256 = named(secretariat, a_pdf())
    enter(client, members.user(officer(Role.NATIONAL_FOCAL_POINT).id))
    client.cookies["ayni_ar_language"] = "en"

    shown = client.get(f"/platform/meetings/{KEY}").content.decode()

    assert "On its way to this node." in shown
    answer = client.get(f"/platform/meetings/{KEY}/documents/{sha256[:16]}")
    assert answer.status_code == 302
    new = client.post(f"/platform/meetings/{KEY}/documents/new", sent(a_pdf()))
    assert new.status_code == 403
