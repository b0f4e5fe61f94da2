"""Files with a referral: under a consent that names them, by two officers where a field needs two,
looked at on both sides, opened by those to whom the case is open."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation import attaching
from ayni.cooperation.models import Referral, Transfer
from ayni.exchange import api as exchange
from ayni.exchange import carrying, chunk_tasks, stream
from ayni.exchange.held import Chunk, Hold, Stream
from ayni.lib.errors import NotFound, WrongState
from ayni.members import api as members
from ayni.vault import api as vault
from tests.cases.stories import CHILD
from tests.cast import assemble, enter
from tests.cooperation.conftest import on_behalf
from tests.cooperation.files import a_pdf, a_photo, a_picture, an_archive
from tests.cooperation.stories import FIELDS, a_consented_case, a_draft, sent_by_two
from tests.exchange.peer import CONSULATE, Peer
from tests.exchange.shelf import Shelf, give
from tests.exchange.streams import sealed

FILES = {"consent": {"fields": FIELDS | {cases.ATTACHMENTS}}}
BOLIVIA = {"state": "bo", "institution": CONSULATE}
TO_BOLIVIA = {"recipient_state": "bo", "recipient_institution": CONSULATE}


@pytest.fixture
def ana(bolivia: Peer) -> Iterator[Actor]:
    """Ana, with the database asked on behalf of the programme."""
    cast = assemble()
    with members.acting(cast.programme.id):
        yield members.actor_of(cast.ana)


def referred(ana: Actor, **known: Any) -> cooperation.Referral:
    """A referral that has arrived in Bolivia; her consent names files unless told otherwise."""
    case = a_consented_case(ana, **BOLIVIA, **{**FILES, **known})
    row = sent_by_two(ana, a_draft(ana, case, **TO_BOLIVIA))
    exchange.drain(peer="bo")
    return row


def a_file(content: bytes) -> cooperation.IncomingFile:
    """A file as it came in."""
    writer = cooperation.IncomingFile()
    writer.write(content)
    return writer


def attached(by: Actor, row: Any, content: bytes) -> cooperation.Attachment:
    """A draft."""
    return cooperation.attach(by=by, about_id=row.id, file=a_file(content), what="photo")


def sent(by: Actor, row: Any, content: bytes) -> cooperation.Attachment:
    """A file that is on its way."""
    one = attached(by, row, content)
    return cooperation.send_attachment(by=by, about_id=row.id, attachment_id=one.id)


def content_of(by: Actor, row: Any, one: Any) -> bytes:
    """What an officer gets who opens it."""
    opened = cooperation.open_attachment(by=by, about_id=row.id, attachment_id=one.id)
    return b"".join(opened.content)


def comes(
    bolivia: Peer,
    row: Any,
    content: bytes,
    *,
    kind: str = "image/jpeg",
    sequence: int = 1,
    **changed: Any,
) -> cooperation.Attachment:
    """Bolivia sends a file with a referral; all of it is here and was looked at."""
    chunks, described = sealed(content, [], attachment="7" * 32, key=None)
    data = {**described.to_json(), "what": "photo", "type": kind, **changed}
    raw = bolivia.seal(
        {"data": data},
        sequence=sequence,
        kind="attachment.send",
        conversation=row.conversation,
    )
    reply = exchange.receive(raw=raw, signed_by="bo")
    assert reply.receipt is not None
    assert reply.receipt["body"]["state"] == "applied"
    for number, chunk in enumerate(chunks):
        assert give(bolivia, "7" * 32, number, chunk)[0] == 200
    chunk_tasks.look_at("7" * 32)
    (one,) = cooperation.Attachment.objects.filter(stream="7" * 32)
    return one


def test_a_file_arrives_with_its_message_and_opens_there(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)
    one = sent(ana, row, a_picture())
    exchange.drain(peer="bo")
    told = bolivia.read[-1]["data"]
    shelf = Shelf(
        stream.Described.from_json({n: told[n] for n in ("attachment", "key", "sha256", "size")})
    )
    bolivia.attachments = shelf.answer

    carrying.carry(peer="bo")

    assert shelf.content() == a_picture()
    assert (told["what"], told["type"]) == ("photo", "image/jpeg")
    line = Transfer.objects.get(fields=[cases.ATTACHMENTS])
    assert line.basis == f"consent:{row.consent_id}"
    assert one.content is not None


def test_without_a_consent_that_names_files_none_is_kept(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana, consent={})

    with pytest.raises(cases.ConsentMissing):
        attached(ana, row, a_picture())

    assert not Chunk.objects.exists()
    assert cooperation.attachments_of(row) == []


def test_a_withdrawn_consent_stops_a_file_on_its_way(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)
    one = sent(ana, row, a_picture())
    exchange.drain(peer="bo")
    told = bolivia.read[-1]["data"]
    shelf = Shelf(
        stream.Described.from_json({n: told[n] for n in ("attachment", "key", "sha256", "size")})
    )
    bolivia.attachments = shelf.answer
    cases.withdraw_consent(by=ana, consent_id=row.consent_id)

    carrying.carry(peer="bo")

    held = exchange.standing_of_attachment(one.stream)
    assert held is not None
    assert (shelf.came, held.hold, held.reason) == ([], "stopped", "consent_missing")


@pytest.mark.parametrize("content", [b"MZ" + bytes(300), an_archive(), a_pdf() + an_archive()])
def test_what_is_not_taken_does_not_stay(ana: Actor, bolivia: Peer, content: bytes) -> None:
    row = referred(ana)

    with pytest.raises(cooperation.FileNotTaken):
        attached(ana, row, content)

    assert not Chunk.objects.exists()


def test_a_childs_file_leaves_by_two_officers_who_saw_it(ana: Actor, bolivia: Peer) -> None:
    fields = {"fields": FIELDS | {cases.ATTACHMENTS}, "given_by": "guardian", "own_view": "Yes."}
    row = referred(ana, person=CHILD, consent=fields)
    luis = members.actor_of(assemble().luis)
    one = attached(ana, row, a_picture())
    named: dict[str, Any] = {"about_id": row.id, "attachment_id": one.id}

    with pytest.raises(cases.SecondOfficerMissing):
        cooperation.send_attachment(by=ana, **named)
    assert content_of(luis, row, one) == a_picture()
    cooperation.agree_attachment(by=luis, **named)
    cooperation.send_attachment(by=ana, **named)

    assert exchange.drain(peer="bo") == 1


def test_a_draft_is_removed_with_its_key(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)
    one = attached(ana, row, a_picture())

    cooperation.remove_attachment(by=ana, about_id=row.id, attachment_id=one.id)

    assert not Chunk.objects.exists()
    assert cooperation.Attachment.objects.get(id=one.id).content is None
    with pytest.raises(WrongState):
        content_of(ana, row, one)


def test_a_file_that_comes_is_opened_when_it_was_looked_at(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)

    one = comes(bolivia, row, a_picture())

    assert one.standing == "ready"
    assert content_of(ana, row, one) == a_picture()
    exchange.drain(peer="bo")
    assert (bolivia.read[-1]["state"], bolivia.read[-1]["attachment"]) == ("ready", "7" * 32)


@pytest.mark.parametrize(
    ("content", "changed", "why"),
    [
        (an_archive(), {}, "unknown"),
        (a_pdf(), {}, "differs"),
        (a_picture(), {"sha256": "0" * 64}, "damaged"),
        (a_picture(), {"key": "A" * 43}, "damaged"),
    ],
)
def test_a_file_that_is_not_what_it_is_said_to_be_is_never_opened(
    ana: Actor, bolivia: Peer, content: bytes, changed: dict[str, Any], why: str
) -> None:
    row = referred(ana)

    one = comes(bolivia, row, content, **changed)

    assert (one.standing, one.reason) == ("refused", why)
    assert not Chunk.objects.exists()
    with pytest.raises(WrongState):
        content_of(ana, row, one)
    exchange.drain(peer="bo")
    assert (bolivia.read[-1]["state"], bolivia.read[-1]["reason"]) == ("refused", why)


def test_what_the_other_side_says_of_our_file_is_heard(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)
    one = sent(ana, row, a_picture())
    told = {"attachment": one.stream, "at": "2026-11-28T12:00:00Z", "state": "refused"}
    raw = bolivia.seal(
        {**told, "reason": "pixels"}, kind="attachment.state", conversation=row.conversation
    )

    exchange.receive(raw=raw, signed_by="bo")

    heard = cooperation.Attachment.objects.get(id=one.id)
    assert (heard.standing, heard.reason) == ("refused", "pixels")


def test_whoever_is_erased_takes_the_files_along(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)
    one = sent(ana, row, a_picture())
    vault.erase_subject(row.subject)

    with pytest.raises(vault.Erased):
        content_of(ana, row, one)
    assert attaching.forget_erased(institution=row.institution_id) == 1
    assert attaching.forget_erased(institution=row.institution_id) == 0
    assert not Chunk.objects.exists()


def a_local_one(ana: Actor) -> tuple[cooperation.Referral, Any]:
    """A file to the shelter of the same node."""
    row = sent_by_two(ana, a_draft(ana, a_consented_case(ana, **FILES)))
    return row, sent(ana, row, a_picture())


def test_inside_one_node_the_other_institution_has_its_own_copy(ana: Actor, bolivia: Peer) -> None:
    sol = members.actor_of(assemble().sol)
    row, one = a_local_one(ana)
    vault.erase_subject(row.subject)
    attaching.forget_erased(institution=row.institution_id)

    with on_behalf(sol):
        theirs = cooperation.Referral.objects.get(conversation=row.conversation)
        (copy,) = cooperation.attachments_of(theirs)
        assert content_of(sol, theirs, copy) == a_picture()
        with pytest.raises(NotFound):
            content_of(sol, theirs, one)


def test_after_accepting_the_files_are_erased_with_the_new_case(ana: Actor, bolivia: Peer) -> None:
    sol = members.actor_of(assemble().sol)
    row, _one = a_local_one(ana)
    with on_behalf(sol):
        theirs = cooperation.Referral.objects.get(conversation=row.conversation)
        cooperation.mark_read(by=sol, referral_id=theirs.id)
        cooperation.search_earlier(by=sol, referral_id=theirs.id)
        accepted = cooperation.accept_referral(by=sol, referral_id=theirs.id)
        (copy,) = cooperation.attachments_of(accepted)

        assert copy.subject == accepted.subject
        assert content_of(sol, accepted, copy) == a_picture()


def the_browser_of(name: str) -> Client:
    """A browser in which this officer has signed in."""
    client = Client(headers={"host": "ar.localhost"})
    enter(client, getattr(assemble(), name))
    return client


def upload(client: Client, row: Any, content: bytes, **more: Any) -> Any:
    """Send the form."""
    address = reverse("cooperation:referral-attach", args=[row.id])
    file = SimpleUploadedFile("María López pasaporte.exe", content, "text/html")
    return client.post(address, {"what": "identity_document", "file": file, **more})


def test_an_officer_attaches_a_file_sends_it_and_saves_it(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)
    client = the_browser_of("ana")

    answer = upload(client, row, a_pdf())
    (one,) = cooperation.attachments_of(row)
    page = reverse("cooperation:referral-attachment", args=[row.id, one.id])
    assert (answer.status_code, answer["Location"]) == (302, page)
    assert client.post(page, {"do": "send"}).status_code == 302

    saved = client.get(reverse("cooperation:referral-attachment-file", args=[row.id, one.id]))
    assert b"".join(saved.streaming_content) == a_pdf()
    assert saved["Content-Disposition"] == (
        f'attachment; filename="ayni-identity-document-{str(one.id)[:8]}.pdf"'
    )
    assert saved["Content-Type"] == "application/pdf"
    assert saved["Content-Length"] == str(len(a_pdf()))
    assert saved["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in saved["Content-Security-Policy"]
    assert "no-store" in saved["Cache-Control"]


def test_no_name_of_a_file_is_kept_or_sent(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)
    upload(the_browser_of("ana"), row, a_pdf())
    (one,) = cooperation.attachments_of(row)
    cooperation.send_attachment(by=ana, about_id=row.id, attachment_id=one.id)
    exchange.drain(peer="bo")

    assert set(bolivia.read[-1]["data"]) == {
        "attachment", "key", "sha256", "size", "type", "what",
    }  # fmt: skip


def test_what_a_camera_wrote_is_gone_before_a_picture_is_sealed_and_its_page_says_so(
    ana: Actor, bolivia: Peer
) -> None:
    row = referred(ana)
    client = the_browser_of("ana")
    client.post(reverse("set_language"), {"language": "en"})

    page = client.get(upload(client, row, a_photo())["Location"]).content.decode()
    (one,) = cooperation.attachments_of(row)
    cooperation.send_attachment(by=ana, about_id=row.id, attachment_id=one.id)
    exchange.drain(peer="bo")

    content = content_of(ana, row, one)
    told = bolivia.read[-1]["data"]
    assert (told["sha256"], told["size"]) == (hashlib.sha256(content).hexdigest(), len(content))
    assert "taken_out" not in told
    assert [word for word in (b"ACME", b"SECRET") if word in content] == []
    assert "the place where it was taken" in page
    assert "such as a short film with sound" in page


@pytest.mark.parametrize(("language", "size"), [("en", "0.1"), ("es", "0,1"), ("pt-br", "0,1")])
def test_the_size_of_a_file_is_written_as_its_reader_writes_numbers(
    ana: Actor, bolivia: Peer, language: str, size: str
) -> None:
    row = referred(ana)
    client = the_browser_of("ana")
    client.post(reverse("set_language"), {"language": language})

    page = client.get(upload(client, row, a_picture())["Location"]).content.decode()

    assert f", {size} MB. " in page


def test_of_a_picture_that_told_nothing_the_page_says_nothing(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)
    client = the_browser_of("ana")
    client.post(reverse("set_language"), {"language": "en"})

    page = client.get(upload(client, row, a_picture())["Location"]).content.decode()

    assert "taken out" not in page
    assert content_of(ana, row, cooperation.attachments_of(row)[0]) == a_picture()


def test_a_picture_that_is_damaged_is_refused_in_words_and_nothing_stays(
    ana: Actor, bolivia: Peer
) -> None:
    client = the_browser_of("ana")
    client.post(reverse("set_language"), {"language": "en"})

    answer = upload(client, referred(ana), a_photo()[:40])

    assert answer.status_code == 422
    assert "it is damaged or cut off" in answer.content.decode()
    assert not Chunk.objects.exists()


def test_an_incomplete_form_keeps_nothing(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)
    client = the_browser_of("ana")

    assert upload(client, row, a_pdf(), what="").status_code == 422
    assert upload(client, row, b"MZ" + bytes(99)).status_code == 422
    assert not Chunk.objects.exists()
    two = {"file": io.BytesIO(a_pdf()), "other": io.BytesIO(a_pdf())}
    address = reverse("cooperation:referral-attach", args=[row.id])
    assert client.post(address, {"what": "photo", **two}).status_code == 400
    assert not Stream.objects.filter(hold=Hold.FILLING).exists()


def test_of_a_form_that_breaks_off_behind_its_file_nothing_stays(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)
    client = the_browser_of("ana")
    head = "--m\r\nContent-Disposition: form-data; name="
    form = f'{head}"file"; filename="x.pdf"\r\n\r\n'.encode() + a_pdf(bytes(600_000)) + b"\r\n"
    behind = {
        "base64": f'{head}"b"; filename="b"\r\nContent-Transfer-Encoding: base64\r\n\r\n=\r\n',
        "too many": "".join(f'{head}"f"\r\n\r\n{n}\r\n' for n in range(3000)),
        "cut": "--m\r\nContent-Disp",
    }

    said = {}
    for name, more in behind.items():
        whole = form + more.encode() + b"--m--\r\n"
        address = reverse("cooperation:referral-attach", args=[row.id])
        kind = "multipart/form-data; boundary=m"
        said[name] = client.post(address, whole, content_type=kind).status_code
        assert not Stream.objects.exists(), name

    assert set(said.values()) <= {400, 422}, said


def test_whoever_has_not_signed_in_or_names_no_referral_makes_the_node_take_in_nothing(
    ana: Actor, bolivia: Peer
) -> None:
    """Also with a token of her own making: it is compared with a cookie of her own making."""
    row = referred(ana)
    strange = Client(headers={"host": "ar.localhost"}, enforce_csrf_checks=True)
    strange.cookies[settings.CSRF_COOKIE_NAME] = token = "a" * 32
    nowhere = Referral(id=uuid4())

    with CaptureQueriesContext(connection) as seen:
        answer = upload(strange, row, a_pdf(), csrfmiddlewaretoken=token)
        theirs = upload(the_browser_of("ana"), nowhere, a_pdf())

    assert (answer.status_code, theirs.status_code) == (302, 404)
    assert answer["Location"].startswith(reverse("account_login"))
    assert [each["sql"] for each in seen if "exchange_stream" in each["sql"]] == []


def test_a_form_from_another_site_is_refused(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)
    client = Client(headers={"host": "ar.localhost"}, enforce_csrf_checks=True)
    enter(client, assemble().ana)

    assert upload(client, row, a_pdf()).status_code == 403
    assert cooperation.attachments_of(row) == []
    assert not Stream.objects.exists()


def test_the_page_of_the_referral_names_its_files(ana: Actor, bolivia: Peer) -> None:
    row = referred(ana)
    one = sent(ana, row, a_picture())
    client = the_browser_of("ana")

    page = client.get(reverse("cooperation:referral", args=[row.id])).content.decode()
    own = client.get(reverse("cooperation:referral-attachment", args=[row.id, one.id]))

    assert reverse("cooperation:referral-attachment", args=[row.id, one.id]) in page
    assert "<progress" in own.content.decode()
