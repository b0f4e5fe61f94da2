"""No page that shows anything of a case, notice, person or referral opens without its entry in the
audit trail. Every route of the table of doors is asked; a new one is asked by itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from ayni.audit.models import Entry, Head
from ayni.cases import api as cases
from ayni.cases.models import Case, Consent, Notice
from ayni.config.doors import DOORS, Cell, cell
from ayni.cooperation.models import Referral, Request
from ayni.members import api as members
from ayni.members.api import Role
from tests.cases.stories import a_case
from tests.config.test_doors import FOR_OFFICERS, SAID, address
from tests.config.world import World

RECORDED = [name for name in FOR_OFFICERS if not DOORS[name].unrecorded]
UNRECORDED = [name for name in FOR_OFFICERS if DOORS[name].unrecorded]
# Forms of one button lead on to a page; so does the end of a protection while a decision waits.
BUTTONS = frozenset(
    {
        "alerts:agree", "alerts:issue", "returns:agree", "cooperation:earlier-link",
        "alerts:answer-agree", "alerts:answer-send", "alerts:answer-drop",
        "alerts:answer-withdraw", "desk:follow-up",
        "desk:notice-link", "desk:take", "desk:take-back", "desk:head-seen", "desk:let-out",
        "own:delay-review",
    }
)  # fmt: skip
# Trying again needs another node: tests/desk/test_set_aside_page.py and test_resting_page.py.
# So does taking back what was published: tests/norms/test_stating_pages.py, test_findings.py and
# test_articles.py there, tests/protocol/test_pages.py.
LEAD_ON = BUTTONS | {
    "cooperation:protect-end", "watch:set-aside-again", "watch:resting-go-on", "norms:stating-back",
    "norms:finding-back", "norms:article-back", "protocol:version-back", "protocol:adoption-back",
}  # fmt: skip
# What another institution of this node hears, by the software, of somebody's reading.
HEARD = frozenset({"alerts.hear_read"})
KEPT = {"keep_draft": "button", "note": "Invented."}


def entitled(name: str, world: World) -> Client:
    """An officer of the programme who may open this page; else the administrator of the node."""
    for role in sorted(Role, key=lambda role: role is Role.NODE_ADMINISTRATOR):
        if cell(DOORS[name], role, own=True) is Cell.OPENS:
            return world.browsers[role, role is not Role.NODE_ADMINISTRATOR]
    raise AssertionError(f"nobody of a programme may open {name}")


def asked(client: Client, to: str, sent: dict[str, Any] | None) -> tuple[HttpResponse, list[Entry]]:
    """The answer to one request, and the entries it left; of which nothing remains."""
    with transaction.atomic():
        before = Head.objects.get().number
        answer = client.get(to) if sent is None else client.post(to, sent)
        left = list(Entry.objects.filter(number__gt=before).order_by("number"))
        transaction.set_rollback(True)
    return answer, left


def tries(name: str, world: World) -> list[dict[str, Any] | None]:
    """GET, a form with nothing in it, a form that is kept for later, a form with something."""
    said = {k: str(world.ids.get(v, v)) for k, v in SAID.get(name, {}).items()}
    return [None, {}, KEPT, {"version": "1", "reason": "x" * 9000, **said}]


def shows(answer: HttpResponse) -> bool:
    """Whether a page was shown: not a refusal of the door, and not led on to another page."""
    return answer.status_code not in (301, 302, 303, 403, 404, 405)


def named(to: str) -> set[str]:
    """Ids by which entries may name what stands in an address: its own, its case's person's …"""
    ids: set[str] = set()
    for part in to.split("/"):
        try:
            ids.add(str(UUID(part)))
        except ValueError:
            continue
    about = set(ids)
    for case in Case.objects.filter(id__in=ids):
        about |= {str(case.person_id), str(case.notice_id)}
    for kind in (Referral, Request):
        for one in kind.objects.filter(id__in=ids):
            about |= {str(one.case_id)}
    return about


@pytest.mark.parametrize("name", RECORDED)
def test_no_page_opens_without_its_entry(name: str, world: World) -> None:
    client, to = entitled(name, world), address(name, world)
    opened = False
    with members.acting(world.cast.programme.id):
        about = named(to)
    for sent in tries(name, world):
        answer, left = asked(client, to, sent)
        if not shows(answer):
            continue
        opened = True
        assert left, f"{name} {sent}: {answer.status_code} without an entry"
        own = [entry for entry in left if entry.verb not in HEARD]
        assert own, f"{name} {sent}: no entry of who opened it"
        assert all(entry.actor_kind == "user" for entry in own), name
        if about:
            said = {entry.subject for entry in left}
            said |= {str(value) for entry in left for value in entry.detail.values()}
            assert said & about, f"{name} {sent}: no entry names what was opened"
    assert opened or name in LEAD_ON, f"{name} showed nothing: no proof"


@pytest.mark.parametrize("name", sorted(BUTTONS))
def test_a_button_leaves_its_entry(name: str, world: World) -> None:
    client, to = entitled(name, world), address(name, world)
    left = [asked(client, to, sent)[1] for sent in tries(name, world)[1:]]

    assert any(left), name


@pytest.mark.parametrize("name", UNRECORDED)
def test_what_opens_without_an_entry_shows_nothing_of_a_case(name: str, world: World) -> None:
    client, to = entitled(name, world), address(name, world)
    with members.acting(world.cast.programme.id):
        secret = references(world)
    for sent in (None, {}):
        answer, _left = asked(client, to, sent)
        if shows(answer):
            page = answer.content.decode()
            assert not [one for one in secret if one in page], name


def references(world: World) -> set[str]:
    """Ids and references of everything of the programme."""
    models: tuple[Any, ...] = (Case, Notice, Referral, Request, Consent)
    found: set[str] = set()
    for model in models:
        for row in model._default_manager.filter(institution_id=world.cast.programme.id):
            found |= {str(row.id), getattr(row, "reference", str(row.id))}
    assert len(found) > 10
    return found


def test_a_refusal_that_tells_why_leaves_its_entry(world: World) -> None:
    ana = members.actor_of(world.cast.ana)
    client = world.browsers[Role.CASE_SUPERVISOR, True]
    draft = world.ids["draft"]
    with transaction.atomic():
        with members.acting(ana.institution):
            bare = a_case(ana).id
            consent = Referral.objects.get(id=draft).consent_id
            assert consent is not None
            cases.withdraw_consent(by=ana, consent_id=consent)
        for to, why, about in (
            (reverse("cooperation:draft", args=[bare]), "consent_missing", bare),
            (reverse("cooperation:request-new", args=[bare]), "not_referred_here", bare),
            (reverse("cooperation:preview", args=[draft]), "consent_missing", draft),
        ):
            answer, left = asked(client, to, {})
            assert answer.status_code == 409, to
            refused = left[-1]
            assert (refused.verb, refused.subject) == ("cooperation.refused", str(about))
            assert refused.detail == {"why": why}
        transaction.set_rollback(True)
