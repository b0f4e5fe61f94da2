"""Every route × every role × own or other institution, as `docs/reference/permissions.md` says."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse

from ayni.cases.models import Case
from ayni.config import account_urls
from ayni.config.doors import BY_PROOF, DOORS, Cell, Who, cell, routes
from ayni.config.ministry import Ministry
from ayni.cooperation.models import Referral
from ayni.lib.identifiers import new_id
from ayni.members import api as members
from ayni.members.api import Role
from tests.config.world import World
from tests.support.stories import KEY

ROUTES = dict(routes(get_resolver().url_patterns))
_ELSEWHERE = (Who.ANYBODY, *BY_PROOF, Who.NOBODY)
FOR_OFFICERS = [name for name in ROUTES if DOORS[name].who not in _ELSEWHERE]
# What stands in an address, where it is not the thing itself that is asked for.
SAMPLES: dict[str, dict[str, Any]] = {
    "mfa_remove_webauthn": {"pk": 1},
    "norms:state": {"code": "ar"},
    **{
        f"support:{name}": {"owner": "bo", "key": KEY, "state": "ar", "act": "deliver"}
        for name in ("need", "change", "offer", "accept", "close", "propose", "act")
    },
    "watch:node": {"code": "bo"},
    "norms:instrument": {"ident": "palermo-trafficking"},
    "agenda:handing": {"day": "2026-12-01"},
    "agenda:term": {"day": "2024-02-19"},
    "agenda:rule": {"code": "quorum"},
    "agenda:party": {"key": "observer:iom"},
    "agenda:office": {"function": "main"},
    "agenda:meeting": {"key": "2026-12-01-plenary"},
    "agenda:meeting-decision-correct": {"key": "2026-12-01-plenary", "number": 1},
    **{
        f"agenda:{name}": {"key": "2026-12-01-plenary", "language": "es", "digest": "a" * 16}
        for name in (
            "meeting-attendance",
            "meeting-decision",
            "meeting-move",
            "meeting-correct",
            "meeting-cancel",
            "meeting-close",
            "meeting-reopen",
            "meeting-minutes",
            "document-new",
            "document",
            "document-take-back",
        )
    },
    **{
        f"agenda:evidence{name}": {"key": "manual-comun", "digest": "a" * 16}
        for name in ("-new", "", "-take-back")
    },
    **{
        f"agenda:{name}": {"key": "manual-comun"}
        for name in (
            "objective",
            "commitment",
            "commitment-change",
            "progress",
            "validate",
            "objective-withdraw",
            "objective-indicator",
            "commitment-withdraw",
            "commitment-indicator",
        )  # fmt: skip
    },
    **{
        f"agenda:{name}": {"key": "gap-smuggling-bo-co"}
        for name in ("action", "action-propose", "action-back", "action-course")
    },
    "agenda:meeting-put": {"key": "2026-12-01-plenary", "action": "gap-smuggling-bo-co"},
    "norms:review": {"ident": "ar.residence.1"},
    **{
        f"protocol:{name}": {"key": "reference", "version": "1.7"}
        for name in ("version", "text", "adopt", "version-back")
    },
    "protocol:adoption-back": {"day": "2020-01-01"},
    "norms:review-record": {"ident": "ar.residence.1"},
    "norms:stating": {"ident": "mercosur-trafficking"},
    "norms:finding": {"ident": "ar.residence.1"},
    "norms:article-which": {"ident": "ar-bo-trafficking"},
    "norms:article": {"ident": "ar-bo-trafficking.3"},
    "norms:article-back": {"ident": "ar-bo-trafficking.3"},
    "norms:finding-back": {"ident": "ar.residence.1"},
    "norms:stating-back": {"ident": "mercosur-trafficking"},
    "cooperation:inquiry-new": {"kind": "information"},
    "cooperation:list": {"code": "referrals-in"},
    "cooperation:letter-record": {"move": "arrive"},
    "cooperation:referral-move": {"move": "decline"},
    "cooperation:request-move": {"move": "withdraw"},
    "statistics:linea145-rows": {"figure": "reports"},
    "statistics:figures-of": {"board": "state"},
    **{
        f"statistics:sum{name}": {"key": "a" * 64}
        for name in (
            "",
            "-take-part",
            "-decline",
            "-give",
            "-withdraw",
            "-take-back",
            "-add",
            "-tell",
            "-table",
        )
    },
    "statistics:figures-file": {"board": "region", "part": "forms", "kind": "csv"},
    "desk:post-step": {"step_id": "0.1"},
    "desk:notice-step": {"step_id": "1.3.a"},
    "desk:step": {"step_id": "3.1"},
}
# Which of the world's things a route needs, where the usual one is in another state.
OTHERS: dict[str, dict[str, str]] = {
    "cooperation:draft": {"case_id": "referred_case"},
    "cooperation:inquiry-new": {"case_id": "referred_case"},
    "cooperation:request-new": {"case_id": "referred_case"},
    "cooperation:preview": {"referral_id": "draft"},
    "cooperation:letter": {"referral_id": "draft"},
    "cooperation:letter-record": {"referral_id": "letter"},
    "cooperation:letter-print": {"referral_id": "letter"},
    "cooperation:referral-attach": {"referral_id": "filed"},
    "cooperation:referral-attachment": {"referral_id": "filed", "attachment_id": "file"},
    "cooperation:referral-attachment-file": {"referral_id": "filed", "attachment_id": "file"},
    "cooperation:request-attachment": {"attachment_id": "request_file"},
    "cooperation:request-attachment-file": {"attachment_id": "request_file"},
    "cooperation:referral-pause-answer": {"pause_id": "referral_pause"},
    "cooperation:request-pause-answer": {"pause_id": "request_pause"},
    "cooperation:referral-pause-end": {"pause_id": "referral_runs"},
    "cooperation:request-pause-end": {"pause_id": "request_runs"},
    "desk:retention-request": {"request_id": "untaken_request"},
    "desk:case-new": {"notice_id": "decided_notice"},
    # What is thrown away is gone from the vault whatever the database forgets.
    "alerts:answer-drop": {"answer_id": "dropped_answer"},
}
USUAL = {"referral_id": "incoming"}
# What a form that names something else must say to be looked at at all.
SAID: dict[str, dict[str, str]] = {
    "desk:notice-link": {"about": "case", "about_id": "case_id"},
    "cooperation:earlier-link": {"about": "case", "about_id": "case_id"},
    "protocol:adoption-back": {"seen": "1"},
    "statistics:release-act": {"act": "discard"},
}


@pytest.fixture(autouse=True)
def _with_a_ministry(settings: Any) -> None:
    """Its routes are there only where one is set up (tests/config/test_ministry.py)."""
    settings.AYNI_MINISTRY = Ministry("https://ministry.example", "x", "Invented", "x")


def address(name: str, world: World, **instead: Any) -> str:
    """Where a route leads for the programme's own things."""
    words = [part.split(":")[1].split(">")[0] for part in ROUTES[name].split("<")[1:]]
    samples = SAMPLES.get(name, {})
    chosen = {**USUAL, **OTHERS.get(name, {})}
    values = {w: samples[w] if w in samples else world.ids[chosen.get(w, w)] for w in words}
    return reverse(name, kwargs={**values, **instead})


def asked(client: Client, name: str, to: str, method: str, world: World) -> int:
    """The status of one request, of which nothing remains."""
    said = {k: world.ids.get(v, v) for k, v in SAID.get(name, {}).items()}
    with transaction.atomic():
        answer = client.get(to) if method == "GET" else client.post(to, said)
        transaction.set_rollback(True)
    return answer.status_code


def met(status: int) -> Cell | None:
    """What a status says about the door; None for a method that the page does not have."""
    if status == 405:
        return None
    assert status < 500, status
    return {403: Cell.REFUSED, 404: Cell.HIDDEN}.get(status, Cell.OPENS)


@pytest.mark.parametrize("name", FOR_OFFICERS)
def test_every_cell_of_the_table_is_what_officers_meet(name: str, world: World) -> None:
    door, to = DOORS[name], address(name, world)
    of_allauth = name.startswith(("account_", "mfa_"))
    for (role, own), client in world.browsers.items():
        if not own and not door.holding:
            continue  # nothing in the address is anybody's: the institution changes nothing
        found = {met(asked(client, name, to, method, world)) for method in ("GET", "POST")}
        expected = cell(door, role, own=own)
        if of_allauth:
            # Pages of the sign-in say themselves what fits the account; none may fail.
            assert Cell.REFUSED not in found, (role, own)
            continue
        if expected is Cell.HERS:
            found, expected = _of_a_colleague_and_hers(name, to, role, world), Cell.OPENS
        assert found - {None} == {expected}, (role, own, found)


def _of_a_colleague_and_hers(name: str, to: str, role: Role, world: World) -> set[Cell | None]:
    """What a role meets once the case is her own; a colleague's was closed before."""
    client = world.browsers[role, True]
    with transaction.atomic():
        with members.acting(world.cast.programme.id):
            # Whatever stands in the address belongs to a case, which is Ana's.
            Referral.objects.filter(case=None).update(case=world.ids["case_id"])
        found = {met(asked(client, name, to, method, world)) for method in ("GET", "POST")}
        assert found - {None} == {Cell.REFUSED}, (role, found, "closed to a colleague")
        with members.acting(world.cast.programme.id):
            officer = f"{role.value}-own@".replace("_", "-")
            here = members.User.objects.filter(institution=world.cast.programme)
            Case.objects.update(assigned_to=here.get(email__startswith=officer))
        found = {met(asked(client, name, to, method, world)) for method in ("GET", "POST")}
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("name", FOR_OFFICERS)
def test_who_is_not_signed_in_is_led_to_sign_in(name: str, world: World) -> None:
    client = Client(headers={"host": "ar.localhost"})
    for method in ("GET", "POST"):
        with transaction.atomic():
            to = address(name, world)
            answer = client.get(to) if method == "GET" else client.post(to)
            transaction.set_rollback(True)
        if answer.status_code == 405:
            continue
        assert answer.status_code == 302, (method, answer.status_code)
        assert "/account/" in answer["Location"]


@pytest.mark.parametrize("name", [name for name in ROUTES if DOORS[name].who is Who.NOBODY])
def test_what_is_turned_off_is_there_for_nobody(name: str, world: World) -> None:
    for client in (*world.browsers.values(), Client(headers={"host": "ar.localhost"})):
        for method in ("GET", "POST"):
            assert asked(client, name, _turned_off(name), method, world) == 404


def _turned_off(name: str) -> str:
    return reverse(name, kwargs={"key": "a-b"} if "key" in ROUTES[name] else {})


def test_what_is_turned_off_stands_so_in_the_table() -> None:
    named = [p for p in account_urls.urlpatterns if isinstance(p, URLPattern)]
    shut = {p.name for p in named if p.callback is account_urls.closed}
    assert shut == {name for name, door in DOORS.items() if door.who is Who.NOBODY}


def test_every_route_has_its_row_and_every_row_its_route() -> None:
    assert set(DOORS) == set(ROUTES)
    assert all(ROUTES), "a route without a name has no row"


NESTED = [name for name in FOR_OFFICERS if ROUTES[name].count("<uuid:") > 1]
CHILDREN = {
    "attachment_id": "second_file",
    "consent": "second_consent",
    "event": "second_event",
    "end_id": "second_end",
    "pause_id": "second_pause",
    "officer_id": "second_officer",
}


def test_every_address_with_a_child_is_known_here() -> None:
    for name in NESTED:
        _parent, *children = [p.split(">")[0] for p in ROUTES[name].split("<uuid:")[1:]]
        assert set(children) <= set(CHILDREN), f"{name}: say in CHILDREN what is another's child"


@pytest.mark.parametrize("name", NESTED)
def test_a_child_is_bound_to_its_parent(name: str, world: World) -> None:
    _parent, *children = [p.split(">")[0] for p in ROUTES[name].split("<uuid:")[1:]]
    client = world.browsers[Role.CASE_SUPERVISOR, True]
    for child in children:
        for instead in (world.ids[CHILDREN[child]], new_id()):
            to = address(name, world, **{child: instead})
            found = {asked(client, name, to, method, world) for method in ("GET", "POST")}
            assert found - {405} == {404}, (child, found)


def test_a_route_without_a_row_is_refused_to_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(DOORS, "desk:home")

    for client in (world.browsers[Role.CASE_SUPERVISOR, True], Client()):
        client.defaults["HTTP_HOST"] = "ar.localhost"
        assert asked(client, "desk:home", "/", "GET", world) == 403
