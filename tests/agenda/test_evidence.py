"""Files as evidence of a commitment: attached by its state, refused with the reason, named by the
report and seen before it is validated, fetched by the other nodes, taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
from django.test import Client

from ayni.agenda import api
from ayni.agenda.evidence_kind import EVIDENCE
from ayni.agenda.file_entry import LARGEST
from ayni.agenda.files import PART
from ayni.agenda.models import DocumentPart
from ayni.agenda.work_kinds import MOST_FILES, PROGRESS
from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.gazette.models import Entry
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members
from ayni.members.api import Role
from tests.agenda.papers import PDF, a_pdf, sent, taken_in
from tests.agenda.stories import comes, today
from tests.agenda.test_documents import Line, ask, asked_for, document
from tests.agenda.test_documents import named as meeting_has
from tests.agenda.working import KEY, commitment_comes, report, the, validate, word
from tests.cast import enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db
HERE = f"/platform/work/commitments/{KEY}"
Officer = Callable[[Role], Actor]


@pytest.fixture
def ana(secretariat: Peer, officer: Officer) -> Actor:
    """A focal point of Argentina; a commitment of Argentina's is published."""
    commitment_comes(secretariat)
    return officer(Role.NATIONAL_FOCAL_POINT)


def attach(by: Actor, content: bytes, key: str = KEY, title: str = "Acta inventada") -> str:
    """Give a file as evidence; its digest."""
    file = taken_in(content)
    api.attach_evidence(by=by, key=key, title=title, file=file, day=today())
    return hashlib.sha256(content).hexdigest()


def take_back(by: Actor, sha256: str, reason: str = "Un error") -> None:
    """Take it back, on what stands."""
    found = api.own_evidence(KEY, sha256[:16])
    api.take_back_evidence(by=by, key=KEY, digest=found.digest, reason=reason, seen=found.seen)


def test_the_owner_state_attaches_a_file_and_its_report_names_it_without_an_address(
    ana: Actor,
) -> None:
    content = a_pdf(2 * PART)
    with pytest.raises(api.EvidenceNeeded):
        report(ana, evidence="")

    sha256 = attach(ana, content)
    report(ana, evidence="")

    (entry,) = gazette.current(kind=EVIDENCE)
    assert (entry.counts, entry.said.owner, entry.said.body["sha256"]) == (True, "ar", sha256)
    assert the().standing.status is api.Status.WAITING
    assert api.progress(KEY, "ar")[0].said.body["files"] == [sha256]
    assert api.content_of(api.evidence_file(KEY, sha256[:16])) == content


def test_an_address_alone_is_still_enough(ana: Actor) -> None:
    report(ana, evidence="https://example.org/acta")

    assert the().standing.status is api.Status.WAITING
    assert "files" not in api.progress(KEY, "ar")[0].said.body


@pytest.mark.parametrize(
    "content",
    [
        b"MZ this is a program" * 50,
        b"<html><script>alert(1)</script></html>" * 50,
        a_pdf(more=b"<< /OpenAction << /S /JavaScript /JS (x) >> >>\n"),
        a_pdf()[:-8],
    ],
)
def test_evidence_of_a_wrong_type_is_refused_and_nothing_of_it_stays(
    ana: Actor, content: bytes
) -> None:
    before = Entry.objects.count()

    with pytest.raises(cooperation.FileNotTaken):
        attach(ana, content)

    assert Entry.objects.count() == before
    assert DocumentPart.objects.count() == 0


def test_the_same_file_twice_a_name_and_an_eleventh_file_are_refused(ana: Actor) -> None:
    attach(ana, a_pdf())

    with pytest.raises(api.AttachedAlready):
        attach(ana, a_pdf())
    with pytest.raises(api.NamesAPerson):
        attach(ana, a_pdf(3_000), title="Acta de la Sra. Inventada")
    for n in range(1, MOST_FILES):
        attach(ana, a_pdf(3_000 + 160 * n))
    with pytest.raises(api.TooManyFiles):
        attach(ana, a_pdf(9_000))


def test_another_state_and_who_does_not_speak_for_the_state_cannot_attach(
    secretariat: Peer, officer: Officer, ana: Actor
) -> None:
    commitment_comes(secretariat, "theirs", state="bo")

    with pytest.raises(api.NotTheOwner):
        attach(ana, a_pdf(), "theirs")
    with pytest.raises(NotAllowed):
        attach(officer(Role.VALIDATING_AUTHORITY), a_pdf())

    assert gazette.current(kind=EVIDENCE) == []
    assert DocumentPart.objects.count() == 0


def test_what_another_state_publishes_as_evidence_of_ours_counts_for_nothing(
    ana: Actor, bolivia: Peer
) -> None:
    sha256 = named(bolivia, a_pdf())

    assert ask() == 0
    assert the().files == ()
    with pytest.raises(NotFound):
        api.evidence_file(KEY, sha256[:16])


def test_the_authority_sees_the_file_before_it_validates(
    ana: Actor, officer: Officer, client: Client
) -> None:
    sha256 = attach(ana, a_pdf())
    report(ana, evidence="")
    berta = officer(Role.VALIDATING_AUTHORITY)
    enter(client, members.user(berta.id))
    client.cookies["ayni_ar_language"] = "en"

    page = client.get(f"{HERE}/validate").content.decode()

    assert f'href="{HERE}/evidence/{sha256[:16]}"' in page
    answer = client.get(f"{HERE}/evidence/{sha256[:16]}")
    assert answer.content == a_pdf()
    assert answer["Content-Disposition"].startswith("attachment")
    assert "take-back" not in page
    validate(berta)
    assert the().standing.status is api.Status.VALIDATED


def test_what_was_taken_back_is_gone_and_a_report_that_rests_on_it_is_not_validated(
    ana: Actor, officer: Officer
) -> None:
    sha256 = attach(ana, a_pdf())
    report(ana, evidence="")
    with pytest.raises(api.WhyNeeded):
        take_back(ana, sha256, reason="")
    with pytest.raises(gazette.StaleEntry):
        api.take_back_evidence(by=ana, key=KEY, digest=sha256[:16], reason="Un error", seen=0)

    take_back(ana, sha256)

    assert DocumentPart.objects.count() == 0
    with pytest.raises(NotFound):
        api.evidence_file(KEY, sha256[:16])
    with pytest.raises(api.EvidenceNeeded):
        validate(officer(Role.VALIDATING_AUTHORITY))
    assert the().standing.status is api.Status.WAITING
    attach(ana, a_pdf())
    validate(officer(Role.VALIDATING_AUTHORITY))
    assert the().standing.status is api.Status.VALIDATED


def test_the_authority_and_another_state_cannot_take_it_back(
    secretariat: Peer, officer: Officer, ana: Actor
) -> None:
    sha256 = attach(ana, a_pdf())
    with pytest.raises(NotAllowed):
        take_back(officer(Role.VALIDATING_AUTHORITY), sha256)
    commitment_comes(secretariat, "theirs", state="bo")

    with pytest.raises(api.NotTheOwner):
        api.take_back_evidence(by=ana, key="theirs", digest="a" * 16, reason="Un error", seen=1)

    assert api.is_here(api.evidence_file(KEY, sha256[:16]))


def test_bytes_that_a_meeting_also_has_stay_when_the_evidence_is_taken_back(
    ana: Actor, secretariat: Peer
) -> None:
    sha256 = attach(ana, a_pdf())
    meeting_has(secretariat, a_pdf())

    take_back(ana, sha256)

    assert api.content_of(document(sha256)) == a_pdf()


# On another node: the entry has come, the bytes have not.


def named(peer: Peer, content: bytes, key: str = KEY) -> str:
    """A state has named a file as evidence of a commitment; its digest."""
    sha256 = hashlib.sha256(content).hexdigest()
    comes(peer, EVIDENCE, f"{key}:{sha256[:16]}", entry_of(content))
    return sha256


def entry_of(content: bytes, **changed: object) -> dict[str, object]:
    """What the entry says."""
    known = {
        "title": "Acta inventada", "type": PDF, "size": len(content),
        "sha256": hashlib.sha256(content).hexdigest(), "there": True, "why": "",
    }  # fmt: skip
    return {**known, **changed}


def test_another_node_fetches_it_part_by_part_hands_it_on_and_removes_what_was_taken_back(
    secretariat: Peer, bolivia: Peer
) -> None:
    content = a_pdf(PART + 5_000)
    commitment_comes(secretariat, state="bo")
    sha256 = named(bolivia, content)
    comes(bolivia, PROGRESS, KEY, word("done", evidence="", files=[sha256]))
    line = Line(bolivia)

    assert ask() == 1
    assert asked_for() == [{"peer": "bo"}]
    line.part(sha256, 0, content[:PART])
    with pytest.raises(api.DocumentNotHere):
        api.content_of(api.evidence_file(KEY, sha256[:16]))
    line.part(sha256, 1, content[PART:])

    assert api.content_of(api.evidence_file(KEY, sha256[:16])) == content
    assert the().standing.status is api.Status.WAITING
    wanted = {"sha256": sha256, "number": 0}
    Line(secretariat).brings("agenda.document_wanted", wanted)
    assert OutgoingMessage.objects.filter(kind="agenda.document_part").count() == 1

    gone = entry_of(content, there=False, why="Un error")
    comes(bolivia, EVIDENCE, f"{KEY}:{sha256[:16]}", gone, version=2)
    Line(secretariat).brings("agenda.document_wanted", wanted)
    ask()

    assert OutgoingMessage.objects.filter(kind="agenda.document_part").count() == 1
    assert DocumentPart.objects.count() == 0


@pytest.mark.parametrize("size", [5_000, PART, 3 * PART])
def test_a_wrong_entry_about_the_bytes_of_evidence_holds_it_not_back(
    secretariat: Peer, bolivia: Peer, size: int
) -> None:
    content = a_pdf(PART + 5_000)
    commitment_comes(secretariat, state="bo")
    meeting_has(secretariat, content, size=size)
    sha256 = named(bolivia, content)
    line = Line(bolivia)

    assert ask() == 1
    assert asked_for() == [{"peer": "bo"}]
    line.part(sha256, 0, content[:PART])
    line.part(sha256, 1, content[PART:])

    assert api.content_of(api.evidence_file(KEY, sha256[:16])) == content
    assert not api.is_here(document(sha256))
    assert ask() == 0


def test_no_more_evidence_is_fetched_than_a_commitment_may_have(
    secretariat: Peer, bolivia: Peer
) -> None:
    commitment_comes(secretariat, state="bo")
    for n in range(MOST_FILES + 2):
        named(bolivia, a_pdf(3_000 + 16 * n))

    assert ask() == MOST_FILES


def test_the_page_refuses_what_is_too_large_or_of_a_wrong_type_and_keeps_what_was_typed(
    ana: Actor, client: Client
) -> None:
    enter(client, members.user(ana.id))
    client.cookies["ayni_ar_language"] = "en"
    path = f"{HERE}/evidence/new"

    large = client.post(path, sent(a_pdf(LARGEST + PART)))
    wrong = client.post(path, sent(b"MZ program" * 100))

    assert large.status_code == wrong.status_code == 422
    assert "larger than 5 MB" in large.content.decode()
    assert "This file is not taken" in wrong.content.decode()
    assert "Informe inventado" in large.content.decode()
    assert "Informe inventado" in wrong.content.decode()
    assert the().files == ()
    assert client.post(path, sent(a_pdf())).status_code == 302
    (found,) = the().files
    page = client.get(HERE).content.decode()
    assert "Not reported yet" in page
    typed = {"reason": "Un error", "seen": "1"}
    assert client.post(f"{HERE}/evidence/{found.digest}/take-back", typed).status_code == 302
    page = client.get(HERE).content.decode()
    assert "Informe inventado: taken back. Un error" in page


def test_the_page_of_another_states_commitment_says_why_nothing_can_be_attached(
    ana: Actor, secretariat: Peer, client: Client
) -> None:
    commitment_comes(secretariat, "theirs", state="bo")
    enter(client, members.user(ana.id))
    client.cookies["ayni_ar_language"] = "en"

    answer = client.post("/platform/work/commitments/theirs/evidence/new", sent(a_pdf()))

    assert answer.status_code == 422
    assert "Only the state that is responsible" in answer.content.decode()
    assert gazette.current(kind=EVIDENCE) == []
