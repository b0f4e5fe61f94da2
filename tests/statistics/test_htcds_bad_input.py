"""Bad files of HTCDS 2.0 through the command: told where, what and what to do; nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ayni.audit import api as audit
from ayni.cases import api as cases
from ayni.members import api as members
from tests.cast import Cast
from tests.statistics.htcds_files import book, header, row

pytestmark = [pytest.mark.usefixtures("english"), pytest.mark.django_db]


def _shifted() -> bytes:
    _names, labels = header()
    return book([row()], labels=["", "", *labels[1:-1]])


def _huge(path: Path) -> None:
    """Two gigabytes of nothing: a hole in a file takes no space."""
    with path.open("wb") as file:
        file.truncate(2_000_000_000)


def _held(raw: bytes | str) -> Callable[[Path], None]:
    def put(path: Path) -> None:
        path.write_bytes(raw.encode() if isinstance(raw, str) else raw)

    return put


BAD: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "a renamed sheet": (
        "c.xlsx", _held(book([row()], sheet="Casos")),
        "expected a sheet Case Sheet / Sheet1"),
    "a header moved down": (
        "c.xlsx", _held(book([row()], above=2)),
        "Case Sheet, row 3: expected the names of the fields in row 1"),
    "labels moved by a column": (
        "c.xlsx", _held(_shifted()),
        "expected the label 'Salutation' below the name prs_Salutation"),
    "a decimal comma": (
        "c.csv", _held('prs_MailingLatitude\n"-34,6"\n'),
        "c.csv, row 2, column prs_MailingLatitude: '-34,6': expected a number written with digits "
        "and a point"),
    "NA for not available": (
        "c.xlsx", _held(book([row(Citizenship="N/A")])),
        "row 3, column I (prs_Citizenship): 'N/A': expected countries"),
    "the citizenship 145": (
        "c.xlsx", _held(book([row(Citizenship=145)])), "column I (prs_Citizenship): '145"),
    "letters in a wrong encoding": (
        "c.csv", _held("prs_FirstName\nMarÃ­a\n"),
        # The soft hyphen in it is shown as what it is.
        r"c.csv, row 2, column prs_FirstName: 'MarÃ\xada': expected text in UTF-8"),
    "a file that is not UTF-8": (
        "c.csv", _held("prs_FirstName\nMaría\n".encode("latin-1")), "is not UTF-8"),
    "a day in the future": (
        "c.csv", _held("cas_IncomingReferralDate\n2999-01-01\n"),
        "c.csv, row 2, column cas_IncomingReferralDate: '2999-01-01': expected a day"),
    "a negative count": (
        "c.csv", _held("prs_NumberOfChildren\n-1\n"),
        "c.csv, row 2, column prs_NumberOfChildren: '-1': expected"),
    "two gigabytes": ("c.xlsx", _huge, "expected a file of at most 50 million bytes; divide it"),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(BAD))
@pytest.mark.parametrize("more", [(), ("--partial",)])
def test_a_bad_file_is_refused_with_its_place_and_nothing_is_kept(
    cast: Cast, tmp_path: Path, what: str, more: tuple[str, ...]
) -> None:
    name, put, said = BAD[what]
    put(tmp_path / name)
    given = ("import", str(tmp_path / name), "--institution", cast.programme.code, *more)

    with pytest.raises(CommandError) as refused:
        call_command("htcds", *given, stdout=StringIO(), stderr=StringIO())

    assert said in str(refused.value)
    assert "Nothing was loaded." in str(refused.value)
    with members.acting(str(cast.programme.id)):
        assert not cases.Notice.objects.filter(source="htcds").exists()
    assert not audit.entries_of(verb="statistics.import_htcds", limit=1)


def test_na_is_namibia_and_not_a_missing_value(cast: Cast, tmp_path: Path) -> None:
    (tmp_path / "c.csv").write_text("prs_Citizenship\nNA\n")

    call_command("htcds", "import", str(tmp_path / "c.csv"), "--institution", cast.programme.code,
                 stdout=StringIO(), stderr=StringIO())  # fmt: skip

    with members.acting(str(cast.programme.id)):
        notice = cases.Notice.objects.get(source="htcds")
        by = members.actor_of(cast.ana)
        _notice, opened = cases.open_notice(by=by, notice_id=notice.id)
    assert opened["original"] == {"prs_Citizenship": "NA"}
