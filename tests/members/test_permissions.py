"""Who may: every role, every permission, written out."""

from __future__ import annotations

import pytest

from ayni.audit.api import Actor, ActorKind
from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.members.api import Permission, Role

OF_A_CASE = {p for p in Permission if p.value.startswith(("cases:", "cooperation:referral"))}


def _user(role: str) -> Actor:
    return Actor(ActorKind.USER, "id", "institution", role)


def test_every_role_has_its_permissions_and_its_name() -> None:
    assert set(members.ROLE_PERMISSIONS) == set(Role) == set(members.ROLE_NAMES)


@pytest.mark.parametrize(
    "role", [Role.NODE_ADMINISTRATOR, Role.SECRETARIAT_OFFICER, Role.PRESIDENCY_OFFICER]
)
def test_these_roles_never_touch_a_case(role: Role) -> None:
    assert not members.ROLE_PERMISSIONS[role] & OF_A_CASE


def test_an_unknown_role_may_nothing() -> None:
    with pytest.raises(NotAllowed):
        members.check_may(_user("minister"), Permission.CASE_READ)


def test_the_public_may_only_give_a_notice() -> None:
    public = Actor(ActorKind.PUBLIC, "page")

    assert [p for p in Permission if members.may(public, p)] == [Permission.NOTICE_TAKE]


def test_a_person_with_a_code_holds_no_permission_of_officers() -> None:
    person = Actor(ActorKind.PERSON, "x")

    assert [p for p in Permission if members.may(person, p)] == [Permission.OWN_READ]
    assert not [r for r in Role if Permission.OWN_READ in members.ROLE_PERMISSIONS[r]]
