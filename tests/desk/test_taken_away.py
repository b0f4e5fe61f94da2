"""A permission taken away while a form is open: a clear answer, and nothing lost."""

from __future__ import annotations

import pytest

from ayni.cases.models import Case
from ayni.members import api as members
from ayni.members.api import Role, User
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.desk.filling import a_case_by_forms
from tests.desk.test_typed_is_kept import Page

pytestmark = pytest.mark.django_db
TYPED = "Invented: written with care for an hour."


def _becomes(user: User, role: Role, *, active: bool = True) -> None:
    User.objects.filter(id=user.id).update(role=role, is_active=active)


def _version(cast: Cast) -> int:
    with members.acting(cast.programme.id):
        return Case.objects.get().version


def test_what_was_typed_is_kept_and_stands_there_when_the_permission_is_back(
    cast: Cast, browser: Browser
) -> None:
    address = a_case_by_forms(browser(cast.luis)) + "/told"
    page = Page(cast.luis)
    carried = page.open(address)
    _becomes(cast.luis, Role.NATIONAL_FOCAL_POINT)
    answer = page.post(address, {**carried, "narrative": TYPED, "other_needs": "shelter"})

    assert answer.status_code == 403
    said = answer.content.decode()
    assert "se conserva" in said or "queda guardado" in said, said
    assert _version(cast) == 1

    _becomes(cast.luis, Role.CASE_SUPERVISOR)
    assert TYPED in page.client.get(address).content.decode()


def test_an_account_stopped_meanwhile_does_nothing_and_loses_nothing(
    cast: Cast, browser: Browser
) -> None:
    address = a_case_by_forms(browser(cast.luis)) + "/told"
    page = Page(cast.luis)
    carried = page.open(address)
    _becomes(cast.luis, Role.CASE_SUPERVISOR, active=False)
    answer = page.post(address, {**carried, "narrative": TYPED, "other_needs": "shelter"})

    assert answer.status_code == 302
    assert "/account/login/" in answer["Location"]
    assert _version(cast) == 1

    _becomes(cast.luis, Role.CASE_SUPERVISOR)
    again = Page(cast.luis)
    assert TYPED in again.client.get(address).content.decode()


def test_who_never_had_it_is_told_so_and_changes_nothing(cast: Cast, browser: Browser) -> None:
    address = a_case_by_forms(browser(cast.luis)) + "/told"
    answer = browser(cast.dora).post(address, {"narrative": TYPED})

    assert answer.status_code == 403
    assert _version(cast) == 1
