"""The minutes: a tagged PDF in three languages, made alike on every node of what is published."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client
from django.utils import translation

from ayni.agenda import api
from ayni.agenda.meeting_kind import MEETING
from ayni.agenda.minutes import content_of
from ayni.audit.api import Actor
from ayni.members import api as members
from ayni.members.api import Role
from tests.agenda.papers import a_pdf, taken_in
from tests.agenda.stories import comes
from tests.agenda.test_meetings import TEN, call, decide, held, quorum, the
from tests.agenda.test_moved import BODY
from tests.cast import enter
from tests.exchange.peer import Peer

pytestmark = pytest.mark.django_db


def said(key: str, language: str = "en") -> dict[str, object]:
    """What stands in the minutes."""
    known = api.presidencies()
    found = [each for each in api.commitments(date(2031, 1, 1), known) if each.said.meeting == key]
    meeting = api.meeting(key, known)
    with translation.override(language):
        return content_of(
            meeting, caller=api.called_by(key, known), short=api.short_notice(meeting, known),
            commitments=found, documents=api.documents_of(key, known), language=language,
        )  # fmt: skip


def a_commitment(by: Actor, key: str) -> None:
    """A commitment that came from a meeting."""
    api.set_objective(by=by, key="", axis="Eje", objective="Objetivo inventado", after="")
    api.set_commitment(
        by=by, key="", after="",
        said=api.Undertaking(
            title="Manual común (inventado)", objective="objetivo-inventado", state="pe",
            office="Dirección inventada", institution="", due=date(2031, 6, 1), public=False,
            meeting=key,
        ),
    )  # fmt: skip


def test_the_minutes_hold_what_was_recorded_and_how_the_quorum_was_counted(saul: Actor) -> None:
    quorum(saul, "6")
    key = call(saul)
    api.attach_document(by=saul, key=key, item=1, title="Informe", file=taken_in(a_pdf()))
    held(saul, key, TEN[:7])
    decide(saul, key, reservations=(TEN[0],), reserved="Su ley (inventado)")
    decide(saul, key, text="Otra (inventada)", objections=(TEN[1],))
    a_commitment(saul, key)

    told = said(key)

    assert told["title"] == "Minutes: Plenario inventado"
    assert told["status"] == "Draft"
    assert "Acta inventada" in str(told["quorum"])
    assert "6" in str(told["quorum"])
    assert "There was a quorum" in str(told["quorum"])
    assert [row["value"] for row in told["states"]].count("Absent") == 3  # type: ignore[attr-defined]
    first, second = told["decisions"]  # type: ignore[misc]
    assert first["outcome"] == "Adopted by consensus"  # type: ignore[has-type]
    assert "Su ley (inventado)" in first["lines"][0]  # type: ignore[has-type]
    assert second["outcome"] == "Not adopted: objected to"  # type: ignore[has-type]
    assert "Manual común (inventado)" in str(told["commitments"])
    assert "Peru" in str(told["commitments"])
    assert "Informe (PDF" in str(told["documents"])
    assert "Technical secretariat" in str(told["rows"])


def test_without_a_rule_the_minutes_say_that_all_states_had_to_be_present(saul: Actor) -> None:
    key = call(saul)
    held(saul, key, TEN[:4])

    told = str(said(key)["quorum"])
    assert "The plenary had set no quorum" in told
    assert "10" in told
    assert "There was no quorum" in told


def test_minutes_are_a_draft_until_they_are_closed(saul: Actor) -> None:
    key = call(saul)
    assert said(key)["status"] == "Draft"
    held(saul, key, TEN)
    assert said(key)["status"] == "Draft"
    api.close_meeting(by=saul, key=key, after=the(key).stands.ref)

    assert said(key)["status"] == "Final"
    assert "Final" in str(said(key)["footer"])


def test_of_a_cancelled_meeting_the_document_says_so_and_why(saul: Actor) -> None:
    key = call(saul)
    api.cancel_meeting(by=saul, key=key, reason="Sin fondos", after=the(key).stands.ref)

    assert "was cancelled" in str(said(key)["status_text"])
    assert "Sin fondos" in str(said(key)["changes"])


def test_every_node_makes_the_same_tagged_pdf_in_each_language(
    secretariat: Peer, officer: Callable[[Role], Actor], client: Client
) -> None:
    key = "2031-12-01-plenario"
    comes(secretariat, MEETING, key, {**BODY, "minutes": "Línea uno\n\nLínea *dos* #tres <x>"})
    enter(client, members.user(officer(Role.NATIONAL_FOCAL_POINT).id))
    found = []
    for language, named in (("es", b"es"), ("pt-br", b"pt-BR"), ("en", b"en")):
        path = f"/platform/meetings/{key}/minutes/{language}"
        answer = client.get(path)
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
        assert answer["Content-Disposition"].startswith("attachment")
        content = answer.content
        assert content.startswith(b"%PDF-")
        for mark in (b"/StructTreeRoot", b"/MarkInfo", b"/Lang(" + named + b")", b"pdfuaid"):
            assert mark in content, (language, mark)
        assert b"<dc:title>" in content
        assert content == client.get(path).content
        found.append(content)
    assert len(set(found)) == 3
    assert client.get(f"/platform/meetings/{key}/minutes/fr").status_code == 404


@pytest.mark.parametrize("sign", ["中", "🎉", "\u0007"])
def test_signs_that_no_font_has_leave_the_minutes_possible_in_each_language(
    secretariat: Peer, officer: Callable[[Role], Actor], client: Client, sign: str
) -> None:
    key = "2031-12-01-plenario"
    comes(secretariat, MEETING, key, {**BODY, "title": f"Reunión {sign}", "minutes": f"Uno {sign}"})
    enter(client, members.user(officer(Role.NATIONAL_FOCAL_POINT).id))

    for language in ("es", "pt-br", "en"):
        answer = client.get(f"/platform/meetings/{key}/minutes/{language}")
        assert answer.content.startswith(b"%PDF-"), (sign, language)
