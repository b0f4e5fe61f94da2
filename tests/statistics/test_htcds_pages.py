"""An officer takes records of HTCDS 2.0 in and gives cases out at pages."""

from __future__ import annotations

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
from ayni.statistics.htcds import formats, importing, texts
from ayni.statistics.htcds.records import Record
from tests import cast as the_cast
from tests.cases.stories import a_case, a_consent
from tests.cast import Cast
from tests.statistics.htcds_files import book, row

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


def _kept(cast: Cast) -> int:
    with members.acting(str(cast.programme.id)):
        return cases.Notice.objects.filter(source="htcds").count()


def test_a_file_is_taken_in_and_what_became_of_it_is_told(cast: Cast) -> None:
    client = _browser(cast.ana)
    raw = book([row(Citizenship="bolivia"), row(Gender="Masculine")])

    first, second = _sent(client, "c.xlsx", raw), _sent(client, "c.xlsx", raw)

    assert first.status_code == 200
    assert "Added as historical notices: 2" in first.content.decode()
    assert "There already, as they are: 2" in second.content.decode()
    assert _kept(cast) == 2


def test_each_problem_is_told_with_its_place_and_good_rows_go_in_only_when_asked(
    cast: Cast,
) -> None:
    client = _browser(cast.ana)
    raw = book([row(), row(Citizenship="145")])

    refused = _sent(client, "c.xlsx", raw)

    assert refused.status_code == 422
    said = refused.content.decode()
    assert "Nothing was kept. What is wrong stands below." in said
    assert "Case Sheet, row 4, column I (prs_Citizenship): &#x27;145&#x27;: expected" in said
    assert _kept(cast) == 0

    partly = _sent(client, "c.xlsx", raw, partial="on").content.decode()

    assert "Added as historical notices: 1" in partly
    assert "Rows that were left out" in partly
    assert _kept(cast) == 1


@pytest.mark.parametrize(
    ("name", "raw", "said"),
    [
        ("c.csv", b"x" * 5_000_001, "larger than 5 MB"),
        ("c.csv", b"", "The file is empty"),
        ("c.pdf", b"x", "a file whose name ends with"),
        ("c.xlsx", b"PK\x03\x04", "a workbook in the format of Excel"),
    ],
)
def test_what_is_no_such_file_is_refused_and_nothing_is_kept(
    cast: Cast, settings: Any, name: str, raw: bytes, said: str
) -> None:
    files = {path for path in settings.AYNI_HOME.rglob("*") if path.is_file()}

    refused = _sent(_browser(cast.ana), name, raw)

    assert {path for path in settings.AYNI_HOME.rglob("*") if path.is_file()} <= files
    assert refused.status_code == 422
    assert said in refused.content.decode()
    assert _kept(cast) == 0
    assert not audit.entries_of(verb="statistics.import_htcds", limit=9)


def test_more_records_than_somebody_waits_for_are_refused(cast: Cast) -> None:
    many = [Record({"prs_Title": f"x{n}"}) for n in range(importing.MOST_BY_PAGE + 1)]

    refused = _sent(_browser(cast.ana), "c.csv", texts.write_csv(many))

    assert "at most 2000 records at a time on this page" in refused.content.decode()
    assert _kept(cast) == 0


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
