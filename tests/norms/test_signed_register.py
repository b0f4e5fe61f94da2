"""The register of a node is compared with the one that the secretariat has signed."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from django.test import Client

from ayni.exchange.models import OutgoingMessage
from ayni.gazette import api as gazette
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.norms import api, load
from ayni.norms.signed_register import digest_of, own_digest, own_version
from tests.agenda.stories import found_as
from tests.cast import an_institution, an_officer, enter
from tests.exchange.peer import Peer, a_secretariat, found
from tests.gazette.notices import an_entry, arrive

WARNING = "The regulatory framework on this node is not the one that the technical secretariat"
OTHER = "0" * 64


@pytest.fixture
def secretariat(db: None) -> Iterator[Peer]:
    """The secretariat's node, in a directory with ours and Bolivia's."""
    bolivia, secretariat = Peer(), a_secretariat()
    found(bolivia, secretariat=secretariat)
    yield secretariat
    bolivia.stop()
    secretariat.stop()


@pytest.fixture
def as_secretariat(db: None, settings: Any) -> Iterator[None]:
    """This node is the secretariat's."""
    settings.AYNI_NODE = members.SECRETARIAT
    bolivia, argentina = Peer(), Peer(node="ar", institution="ar-programme", kind="programme")
    found_as(members.SECRETARIAT, bolivia, argentina)
    yield
    bolivia.stop()
    argentina.stop()


def focal_point() -> Any:
    role = members.Role.NATIONAL_FOCAL_POINT
    return an_officer("paula", an_institution("ar-programme"), role)


def saul() -> Any:
    place = an_institution("secretariat-desk", kind="secretariat", state="secretariat")
    return an_officer("saul", place, members.Role.SECRETARIAT_OFFICER)


def browser(of: Any) -> Client:
    client = Client(headers={"host": "ar.localhost"})
    enter(client, of)
    client.cookies["ayni_ar_language"] = "en"
    return client


def signs(secretariat: Peer, digest: str, **changed: Any) -> None:
    usual: dict[str, Any] = {
        "kind": "norms.register",
        "key": own_version(),
        "body": {"digest": digest},
    }
    arrive(an_entry(secretariat, **{**usual, **changed}), sender="secretariat")


def test_whatever_is_changed_in_a_file_changes_the_digest() -> None:
    contents = load.contents()
    assert set(contents) >= {"universal.yaml", "regional.yaml", "ar.yaml", "ve.yaml"}
    assert digest_of(contents) == own_digest()
    changed = deepcopy(contents)
    changed["bo.yaml"]["provisions"][0]["mark"] = "M"

    assert digest_of(changed) != own_digest()
    turned = {name: contents[name] for name in reversed(contents)}
    assert digest_of(turned) == own_digest(), "in whatever order the files were read"


def test_a_node_whose_register_is_the_signed_one_says_so(secretariat: Peer) -> None:
    assert api.register().agreement is api.Agreement.UNSIGNED
    signs(secretariat, own_digest())

    assert api.register().agreement is api.Agreement.SAME
    ana = browser(focal_point())
    assert WARNING not in ana.get("/norms/").content.decode()
    page = ana.get("/norms/register/").content.decode()
    assert "Signed by the technical secretariat" in page
    assert own_digest() in page
    assert "Sign it for all" not in page


def test_a_node_whose_register_is_another_one_warns_of_it(secretariat: Peer) -> None:
    signs(secretariat, OTHER)

    assert api.register().agreement is api.Agreement.DIFFERS
    ana = browser(focal_point())
    for path in ("/norms/", "/norms/register/"):
        assert WARNING in ana.get(path).content.decode()
    assert "Register of version" in ana.get("/published/").content.decode()
    signs(secretariat, own_digest(), version=2)
    assert WARNING not in ana.get("/norms/").content.decode()


def test_what_was_signed_of_another_version_or_by_a_state_says_nothing(secretariat: Peer) -> None:
    signs(secretariat, OTHER, key="0.0.0-other")
    assert api.register().agreement is api.Agreement.UNSIGNED
    signs(secretariat, "no digest")
    assert api.register().agreement is api.Agreement.UNSIGNED
    signs(secretariat, OTHER, version=2)
    signs(secretariat, own_digest(), version=2)
    assert api.register().agreement is api.Agreement.UNSIGNED, "two that contradict each other"
    signs(secretariat, "", version=3, body={}, withdrawn=True)
    assert api.register().agreement is api.Agreement.UNSIGNED
    assert "Not signed yet" in browser(focal_point()).get("/norms/register/").content.decode()


def test_no_state_signs_it(secretariat: Peer) -> None:
    user = focal_point()
    with pytest.raises(gazette.NotItsOwner):
        api.sign_register(by=members.actor_of(user), seen=0)
    told = browser(user).post("/norms/register/sign/", {"version": "0"}, follow=True)
    assert "This is not published by this node." in told.content.decode()
    assert gazette.current(kind="norms.register") == []
    role = members.Role.CONSULAR_OFFICER
    ana = members.actor_of(an_officer("ana", an_institution("ar-programme"), role))
    with pytest.raises(NotAllowed):
        api.sign_register(by=ana, seen=0)


def test_the_secretariats_officer_signs_it_for_all(as_secretariat: None) -> None:
    client = browser(saul())
    assert "Sign it for all" in client.get("/norms/register/").content.decode()
    after = client.post("/norms/register/sign/", {"version": "0"}, follow=True).content.decode()

    assert "Published to all member states." in after
    assert "Signed by the technical secretariat" in after
    assert "Sign it for all" not in after
    sent = OutgoingMessage.objects.filter(kind="gazette.entries")
    assert {each.peer for each in sent} == {"ar", "bo"}
    (kept,) = gazette.current(kind="norms.register")
    assert (kept.said.owner, kept.said.key) == ("secretariat", own_version())
    assert kept.said.body == {"digest": own_digest()}
    stale = client.post("/norms/register/sign/", {"version": "0"}, follow=True).content.decode()
    assert "Somebody published another version meanwhile." in stale
