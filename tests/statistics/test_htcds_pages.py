"""An officer takes records of HTCDS 2.0 in and gives cases out at pages."""

from __future__ import annotations

import html
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics.htcds import formats, importing
from tests import cast as the_cast
from tests.cases.stories import a_case, a_consent
from tests.cast import Cast
from tests.statistics.htcds_files import book, row, work_off

pytestmark = [pytest.mark.usefixtures("english"), pytest.mark.django_db]
IMPORT, EXPORT = "statistics:htcds-import", "statistics:htcds-export"


def _browser(user: members.User) -> Client:
    client = Client()
    the_cast.enter(client, user)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    client.cookies["ayni_ar_language"] = "en"
    return client


def _sent(client: Client, name: str, raw: bytes, **more: str) -> Any:
    return client.post(reverse(IMPORT), {**more, "file": SimpleUploadedFile(name, raw)})


def _page(client: Client) -> str:
    return html.unescape(client.get(reverse(IMPORT)).content.decode())


def _read(client: Client, cast: Cast, name: str, raw: bytes, **more: str) -> str:
    """What the page says when a file was given and the worker has done its work."""
    assert _sent(client, name, raw, **more).status_code == 302
    work_off(cast.programme.id)
    return _page(client)


def _pressed(client: Client, act: str) -> None:
    assert client.post(reverse(IMPORT), {"act": act}).status_code == 302


def _kept(cast: Cast) -> int:
    with members.acting(str(cast.programme.id)):
        return cases.Notice.objects.filter(source="htcds").count()


def test_a_file_is_taken_in_by_a_job_and_what_became_of_it_is_told(cast: Cast) -> None:
    client = _browser(cast.ana)
    raw = book([row(Citizenship="bolivia"), row(Gender="Masculine")])

    assert _sent(client, "c.xlsx", raw).status_code == 302
    waiting = _page(client)

    assert "waiting for its turn: 0 of 3" in waiting
    assert "<progress" in waiting
    assert _kept(cast) == 0

    work_off(cast.programme.id)
    first = _page(client)
    second = _read(client, cast, "c.xlsx", raw)

    assert "Added as historical notices: 2" in first
    assert "There already, as they are: 2" in second
    assert "Of cases of this institution" not in first + second
    assert _kept(cast) == 2
    _pressed(client, "forget")
    assert "Read the file and take it in" in _page(client)


def test_each_problem_stands_in_a_table_with_its_place_and_good_rows_go_in_only_when_asked(
    cast: Cast,
) -> None:
    client = _browser(cast.ana)
    raw = book([row(), row(Citizenship="145")])

    said = _read(client, cast, "c.xlsx", raw)

    assert "Nothing was kept. What is wrong stands below." in said
    assert ">Case Sheet</th>" in said
    for column, cell in (
        ("Row", "4"), ("Column", "I (prs_Citizenship)"), ("Value", "'145'"),
        ("What was expected", "countries"),
    ):  # fmt: skip
        assert f'data-label="{column}">{cell}' in said
    assert _kept(cast) == 0
    assert "Take in the rows without a problem: 1" in said

    _pressed(client, "rows")
    work_off(cast.programme.id)
    partly = _page(client)

    assert "Added as historical notices: 1" in partly
    assert "Rows that were left out" in partly
    assert _kept(cast) == 1


def test_who_says_so_with_the_file_has_its_good_rows_taken_in_at_once(cast: Cast) -> None:
    raw = book([row(), row(Citizenship="145")])

    said = _read(_browser(cast.ana), cast, "c.xlsx", raw, partial="on")

    assert "Added as historical notices: 1" in said
    assert "Rows that were left out" in said
    assert _kept(cast) == 1


@pytest.mark.parametrize(
    ("raw", "said"), [(b"x" * 5_000_001, "larger than 5 MB"), (b"", "The file is empty")]
)
def test_what_is_too_large_or_empty_is_refused_before_anything_is_kept(
    cast: Cast, raw: bytes, said: str
) -> None:
    client = _browser(cast.ana)

    refused = _sent(client, "c.csv", raw)

    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert "waiting for its turn" not in _page(client)
    assert not audit.entries_of(verb="statistics.upload_htcds", limit=9)


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("c.pdf", b"x", "a file whose name ends with"),
        ("c.xlsx", b"PK\x03\x04", "a workbook in the format of Excel"),
    ],
)
def test_what_is_no_such_file_is_refused_by_the_job_and_cannot_be_taken_in_part(
    cast: Cast, name: str, raw: bytes, said: str
) -> None:
    told = _read(_browser(cast.ana), cast, name, raw, partial="on")

    assert said in told
    assert "Take in the rows without a problem" not in told
    assert _kept(cast) == 0
    assert not audit.entries_of(verb="statistics.import_htcds", limit=9)


def test_more_records_than_a_page_takes_are_refused(cast: Cast) -> None:
    names = "\n".join(f"x{n}" for n in range(importing.MOST_BY_PAGE + 1))

    refused = _read(_browser(cast.ana), cast, "c.csv", f"prs_Title\n{names}\n".encode())

    assert f"at most {importing.MOST_BY_PAGE} records at a time on this page" in refused
    assert _kept(cast) == 0


def test_what_is_pressed_twice_or_too_late_is_told_and_does_nothing(cast: Cast) -> None:
    client = _browser(cast.ana)
    for act in ("rows", "forget", "another"):
        _pressed(client, act)
    _read(client, cast, "c.xlsx", book([row()]))

    _pressed(client, "rows")

    assert "This step is not possible now." in _page(client)
    assert _kept(cast) == 1


def test_a_second_file_waits_until_the_first_is_done(cast: Cast) -> None:
    client = _browser(cast.ana)
    _sent(client, "c.xlsx", book([row()]))

    _sent(client, "d.xlsx", book([row(), row(Gender="Masculine")]))

    assert "is still being read" in _page(client)
    work_off(cast.programme.id)
    assert _kept(cast) == 1


def test_problems_are_told_in_the_language_of_who_gave_the_file(cast: Cast) -> None:
    client = _browser(cast.ana)
    client.cookies["ayni_ar_language"] = "es"

    said = _read(client, cast, "c.xlsx", book([row(Citizenship="145")]))

    assert "No se guardó nada." in said
    assert "countries" not in said


def test_who_takes_no_notices_neither_takes_records_in_nor_sees_the_way(cast: Cast) -> None:
    client = _browser(cast.dora)

    assert client.get(reverse(IMPORT)).status_code == 403
    assert reverse(IMPORT) not in client.get(reverse("statistics:figures")).content.decode()
    assert reverse(IMPORT) in (
        _browser(cast.ana).get(reverse("statistics:figures")).content.decode()
    )


def _agreed(user: members.User) -> cases.Case:
    by: Actor = members.actor_of(user)
    with members.acting(by.institution):
        case = a_case(by)
        a_consent(by, case, purpose="statistics", fields=frozenset(), recipient_state="",
                  recipient_institution="")  # fmt: skip
    return case


def _proof(user: members.User) -> dict[str, str]:
    return {"password": the_cast.PASSWORD, "app_number": the_cast.next_number(user)}


def test_cases_go_out_as_a_file_for_who_shows_password_and_number(cast: Cast) -> None:
    case = _agreed(cast.luis)
    client = _browser(cast.luis)

    wrong = client.post(reverse(EXPORT), {"form": "json", "password": "x", "app_number": "1"})
    answer = client.post(reverse(EXPORT), {"form": "json", **_proof(cast.luis)})

    assert wrong.status_code == 422
    assert "Password or number is wrong" in wrong.content.decode()
    assert 'filename="ayni-htcds-json.json"' in answer["Content-Disposition"]
    (told,) = formats.read(answer.content, file="x.json", today=clock.now().date()).records
    assert told[1].values["ayni_RecordId"] == case.reference
    assert "prs_FirstName" not in told[1].values
    assert "1 records went out. Left out: 0" in client.get(reverse(EXPORT)).content.decode()
    assert len(audit.entries_of(verb="statistics.export_htcds", limit=9)) == 1


def test_only_who_has_every_case_as_work_is_offered_the_protected(cast: Cast) -> None:
    offered = _browser(cast.luis).get(reverse(EXPORT)).content.decode()
    plain = _browser(cast.ana).get(reverse(EXPORT)).content.decode()

    assert 'name="protected"' in offered
    assert 'name="protected"' not in plain
    assert _browser(cast.dora).get(reverse(EXPORT)).status_code == 403


def test_what_was_left_out_cannot_be_asked_for_past_the_form(cast: Cast) -> None:
    case = a_case_that_has_not_agreed(cast)

    answer = _browser(cast.ana).post(
        reverse(EXPORT), {"form": "json", "without_consent": "on", **_proof(cast.ana)}
    )

    assert case.reference not in answer.content.decode()


def a_case_that_has_not_agreed(cast: Cast) -> cases.Case:
    by = members.actor_of(cast.ana)
    with members.acting(by.institution):
        return a_case(by)
