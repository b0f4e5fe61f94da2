"""The commands by which cases go out as HTCDS 2.0 and records come in."""

from __future__ import annotations

import io
import json
import resource
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.whole_file import put_new
from ayni.members import api as members
from ayni.statistics.htcds import formats, texts
from ayni.statistics.htcds.records import Record
from tests import cast as the_cast
from tests.cast import Cast, an_institution
from tests.statistics.htcds_files import book, row
from tests.statistics.test_htcds_cases import _agreed, _import, _write, luis

__all__ = ["luis"]

pytestmark = [pytest.mark.usefixtures("english"), pytest.mark.django_db]


def _run(*arguments: object, typed: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    before, sys.stdin = sys.stdin, io.StringIO(typed)
    try:
        call_command("htcds", *map(str, arguments), stdout=out, stderr=err)
    finally:
        sys.stdin = before
    return out.getvalue(), err.getvalue()


def _call(*arguments: object, typed: str = "") -> tuple[Any, str]:
    out, err = _run(*arguments, "--json", typed=typed)
    return json.loads(out), err


def _read_out(*arguments: object, typed: str) -> str:
    """What the command says to somebody who reads it, in English."""
    with translation.override("en"):
        return _run(*arguments, typed=typed)[0]


def _typed(user: members.User, password: str = the_cast.PASSWORD) -> str:
    return f"{password}\n{the_cast.next_number(user)}\n"


def test_the_command_imports_for_the_institution_named(cast: Cast, tmp_path: Path) -> None:
    file = _write(tmp_path / "c.xlsx", book([row(), row(Gender="x")]))

    with pytest.raises(CommandError, match=r"--institution\. It has: ar-programme, ar-shelter"):
        _call("import", file)
    with pytest.raises(CommandError, match=r"row 4, column H \(prs_Gender\): 'x': expected one"):
        _call("import", file, "--institution", "ar-programme")
    answer, _said = _call("import", file, "--institution", "ar-programme", "--partial")

    assert (answer["institution"], answer["added"]) == ("ar-programme", 1)
    assert answer["problems"][0]["value"] == "x"
    assert answer["problems"][0]["sheet"] == "Case Sheet"


def test_the_command_exports_for_an_officer_who_shows_who_she_is(
    cast: Cast, luis: Actor, tmp_path: Path
) -> None:
    with members.acting(luis.institution):
        _agreed(luis)
    to, email = tmp_path / "out.xlsx", cast.luis.email
    given = ("export", to, "--format", "xlsx", "--officer", email, "--identity")

    for typed in ("", "wrong\n000000\n", f"{the_cast.PASSWORD}\n12345\n"):
        with pytest.raises(CommandError, match="Password or number is wrong"):
            _call(*given, typed=typed)
    with pytest.raises(CommandError, match="--officer"):
        _call("export", to)
    assert not to.exists()

    answer, _said = _call(*given, typed=_typed(cast.luis))

    assert (answer["records"], answer["release"]) == (1, False)
    assert "names, documents, numbers and addresses" in answer["holds"]
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert formats.read(to.read_bytes(), file="out.xlsx", today=clock.now().date()).records
    with pytest.raises(CommandError, match="name a new file"):
        _call(*given, typed=_typed(cast.luis))


def test_the_shape_of_ctdc_goes_where_the_officer_says_and_the_node_keeps_no_copy(
    cast: Cast, luis: Actor, settings: Any, tmp_path: Path
) -> None:
    with members.acting(luis.institution):
        _agreed(luis)
    to = tmp_path / "out.csv"

    with pytest.raises(CommandError, match="Name the file"):
        _call("ctdc", "--officer", cast.luis.email)
    answer, _said = _call("ctdc", to, "--officer", cast.luis.email, typed=_typed(cast.luis))

    assert answer["file"] == str(to)
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert "this is no release" in answer["holds"][0]
    assert answer["records"] == 1
    assert to.read_text().startswith("yearOfRegistration,Datasource,gender,")
    assert answer["measured"] == {"k": 1, "l": 1, "t": 0.0}  # of the only one
    assert "Datasource" not in answer["sensitive"]
    given = ("ctdc", tmp_path / "x.csv", "--officer", cast.luis.email)
    said = _read_out(*given, typed=_typed(cast.luis))
    assert "look alike in what others may know (k): 1." in said
    assert [each for each in settings.AYNI_HOME.rglob("*ctdc*") if each.is_file()] == []


@contextmanager
def _small_disk(size: int) -> Iterator[None]:
    """No file of this process can grow beyond this size, as on a disk that has run full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_no_half_of_a_file(
    cast: Cast, luis: Actor, job: Actor, tmp_path: Path
) -> None:
    """What the keyring writes meanwhile is smaller than what is exported."""
    long = dict.fromkeys(("cas_IncomingReferralDetails", "per_RoleDetails"), "€" * 19_000)
    many = [Record({"con_Consent": True, "ayni_RecordId": f"X-{n}", **long}) for n in range(40)]
    _import(job, _write(tmp_path / "c.json", texts.write_json(many)))
    given = ("export", tmp_path / "out.json", "--told", "--officer", cast.luis.email)
    said = "out.json: File too large. Nothing was written; name a file on a disk with room"

    with pytest.raises(CommandError, match=said), _small_disk(3_000_000):
        _call(*given, typed=_typed(cast.luis))

    assert [each.name for each in tmp_path.iterdir()] == ["c.json"]


def test_a_file_that_came_meanwhile_is_never_written_over(tmp_path: Path) -> None:
    to = tmp_path / "out.csv"
    to.write_text("of somebody else")

    with pytest.raises(FileExistsError):
        put_new(to, b"ours")

    assert to.read_text() == "of somebody else"
    assert list(tmp_path.iterdir()) == [to]


def test_an_unknown_institution_of_another_state_is_not_offered(cast: Cast, tmp_path: Path) -> None:
    an_institution("bo-programme", state="bo")
    file = _write(tmp_path / "c.xlsx", book([row()]))

    with pytest.raises(CommandError, match="It has: ar-programme") as refused:
        _call("import", file, "--institution", "bo-programme")

    assert "bo-" not in str(refused.value)
