"""A file that an officer gives at a page is sealed until a job has read it, and hers alone."""

from __future__ import annotations

import base64
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib import clock
from ayni.lib.errors import NotAllowed, NotFound, WrongState
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics import tasks
from ayni.statistics.errors import UploadUnderWay
from ayni.statistics.htcds import counting, importing, texts, upload_job
from ayni.statistics.htcds.records import Record
from ayni.statistics.htcds.upload_states import WAYS, WORKING, UploadAct, UploadState
from ayni.statistics.htcds.uploads import OpenUpload
from ayni.statistics.models import HtcdsFile, HtcdsUpload
from ayni.vault import api as vault
from tests import cast as the_cast
from tests.cast import Cast
from tests.statistics.htcds_files import book, row, work_off

pytestmark = pytest.mark.usefixtures("english")
in_database = pytest.mark.django_db
NEEDLE = "AGUJA-INVENTADA-83"
DAY = timedelta(hours=24)
GOOD = [Record({"prs_FirstName": NEEDLE, "prs_Title": f"x{n}"}) for n in range(2)]


def _by(user: members.User) -> Actor:
    return members.actor_of(user)


def _gives(user: members.User, raw: bytes | None = None, name: str = "c.csv") -> None:
    by = _by(user)
    with members.acting(by.institution):
        statistics.upload_htcds(
            by=by,
            file=statistics.HeldFile(name, texts.write_csv(GOOD) if raw is None else raw),
            now=clock.now(),
            partial=False,
            sheet="",
        )


def _sees(user: members.User) -> OpenUpload | None:
    by = _by(user)
    with members.acting(by.institution):
        return statistics.open_htcds(by=by, now=clock.now())


def _state(user: members.User) -> UploadState:
    found = _sees(user)
    assert found is not None
    return found.state


def _of_programme(cast: Cast, what: Any) -> Any:
    with members.acting(cast.programme.id):
        return what()


def _kept(cast: Cast) -> int:
    return _of_programme(cast, cases.Notice.objects.filter(source="htcds").count)


def _row(cast: Cast) -> HtcdsUpload:
    return _of_programme(cast, HtcdsUpload.objects.get)


def _file(cast: Cast) -> HtcdsFile | None:
    return _of_programme(cast, HtcdsFile.objects.first)


def _change(cast: Cast, **told: Any) -> None:
    _of_programme(cast, lambda: HtcdsUpload.objects.update(**told))


def _queued() -> list[Any]:
    return list(ProcrastinateJob.objects.filter(task_name="statistics.import_upload"))


def _opens(held: HtcdsFile | HtcdsUpload) -> bool:
    """Whether what a backup holds of it can still be read."""
    try:
        held.unseal(vault.sealer(held.subject))
    except vault.Erased:
        return False
    return True


@in_database
def test_the_file_stands_nowhere_in_clear_and_the_job_is_told_ids_only(
    cast: Cast, settings: Any
) -> None:
    raw = texts.write_csv(GOOD)

    _gives(cast.ana, raw, name=f"{NEEDLE}.csv")

    held, row_ = _file(cast), _row(cast)
    assert held is not None
    (job,) = _queued()
    assert set(job.args) == {"institution", "upload"}
    assert job.args["upload"] == str(row_.id)
    assert NEEDLE not in f"{job.args}{job.lock}{job.queueing_lock}{vars(row_)}"
    sealed = bytes(held.content or b"")
    assert NEEDLE.encode() not in sealed
    assert base64.b64encode(raw)[:60] not in sealed
    for path in settings.AYNI_HOME.rglob("*"):
        assert not path.is_file() or NEEDLE.encode() not in path.read_bytes(), path


@in_database
def test_when_it_has_been_taken_in_the_file_and_its_key_are_gone(cast: Cast) -> None:
    _gives(cast.ana)
    backup = _file(cast)
    assert backup is not None
    assert _opens(backup)

    work_off(cast.programme.id)

    assert _state(cast.ana) is UploadState.DONE
    assert _kept(cast) == 2
    assert _file(cast) is None
    assert not _opens(backup)


@in_database
def test_a_file_of_which_no_row_can_go_in_is_destroyed_at_once(cast: Cast) -> None:
    _gives(cast.ana, book([row(Citizenship="145")]), name="c.xlsx")
    work_off(cast.programme.id)

    assert _state(cast.ana) is UploadState.REFUSED
    assert _file(cast) is None
    with pytest.raises(WrongState), members.acting(cast.programme.id):
        statistics.take_htcds_rows(by=_by(cast.ana), now=clock.now())


@in_database
def test_a_file_with_good_rows_waits_sealed_for_its_officer_and_goes_when_she_says_so(
    cast: Cast,
) -> None:
    _gives(cast.ana, book([row(), row(Citizenship="145")]), name="c.xlsx")
    work_off(cast.programme.id)
    held, told = _file(cast), _row(cast)
    assert held is not None
    assert _opens(told)

    with members.acting(cast.programme.id):
        statistics.forget_htcds(by=_by(cast.ana))

    assert _sees(cast.ana) is None
    assert not _opens(held)
    assert not _opens(told), "nor what was told of it"
    assert _kept(cast) == 0


@in_database
def test_nobody_but_who_gave_it_sees_it_or_decides(cast: Cast) -> None:
    _gives(cast.ana, book([row(), row(Citizenship="145")]), name="c.xlsx")
    work_off(cast.programme.id)

    assert _sees(cast.luis) is None, "not her supervisor"
    with members.acting(cast.shelter.id):
        assert not HtcdsUpload.objects.exists()
        assert not HtcdsFile.objects.exists()
    with members.acting(cast.programme.id):
        with pytest.raises(NotFound):
            statistics.take_htcds_rows(by=_by(cast.luis), now=clock.now())
        statistics.forget_htcds(by=_by(cast.luis))
        for verb in (statistics.open_htcds, statistics.take_htcds_rows):
            with pytest.raises(NotAllowed):
                verb(by=_by(cast.dora), now=clock.now())
    assert _state(cast.ana) is UploadState.REFUSED


@in_database
def test_what_was_wrong_is_shown_with_an_entry_in_the_trail(cast: Cast) -> None:
    _gives(cast.ana, book([row(Citizenship="145")]), name="c.xlsx")
    assert _sees(cast.ana) is not None
    assert not audit.entries_of(verb="statistics.open_htcds", limit=9), "nothing to read yet"
    work_off(cast.programme.id)

    found = _sees(cast.ana)

    assert found is not None
    (problem,) = found.told["problems"]
    assert problem[:4] == ["Case Sheet", 3, "I (prs_Citizenship)", "'145'"]
    (entry,) = audit.entries_of(verb="statistics.open_htcds", limit=9)
    assert entry.actor_id == str(cast.ana.id)


@in_database
@pytest.mark.parametrize("came_to", ["waiting", "refused", "done"])
def test_after_a_day_it_is_destroyed_whatever_became_of_it(cast: Cast, came_to: str) -> None:
    raw = book([row(), row(Citizenship="145")]) if came_to == "refused" else book([row()])
    _gives(cast.ana, raw, name="c.xlsx")
    if came_to != "waiting":
        work_off(cast.programme.id)
    assert _state(cast.ana) == came_to
    held, told = _file(cast), _row(cast)
    tasks.check_uploads(0)
    assert _row(cast).id == told.id, "not before"

    with time_machine.travel(clock.now() + DAY + timedelta(seconds=1)):
        assert _sees(cast.ana) is None
        tasks.check_uploads(0)

    assert not _of_programme(cast, HtcdsUpload.objects.exists)
    assert not _of_programme(cast, HtcdsFile.objects.exists)
    assert held is None or not _opens(held)
    assert not _opens(told)
    tasks.import_upload(str(cast.programme.id), str(told.id))  # a job that is late
    assert _kept(cast) == (1 if came_to == "done" else 0)


@in_database
def test_a_killed_job_is_taken_up_again_and_takes_every_record_once(cast: Cast) -> None:
    _gives(cast.ana)
    _change(cast, state=UploadState.KEEPING, tries=1, done=1, of=2)  # killed here
    asked = (str(cast.programme.id), str(_row(cast).id))

    tasks.check_uploads(0)
    assert len(_queued()) == 1, "queued once"
    for _again in range(3):
        tasks.import_upload(*asked)

    assert _kept(cast) == 2
    assert _state(cast.ana) is UploadState.DONE
    assert len(audit.entries_of(verb="statistics.import_htcds", limit=9)) == 1


@in_database
def test_records_and_done_are_written_together_or_not_at_all(cast: Cast) -> None:
    by = _by(cast.ana)
    file = statistics.HeldFile("c.csv", texts.write_csv(GOOD))

    def destroyed_meanwhile(_imported: Any) -> None:
        raise WrongState

    with members.acting(cast.programme.id):
        checked = importing.check_file(by=by, path=file, now=clock.now())
        with pytest.raises(WrongState):
            importing.keep(by=by, checked=checked, now=clock.now(), ended=destroyed_meanwhile)

    assert _kept(cast) == 0
    assert not audit.entries_of(verb="statistics.import_htcds", limit=9)


@in_database
def test_a_job_that_is_killed_again_and_again_ends_in_words(cast: Cast) -> None:
    _gives(cast.ana)
    _change(cast, tries=upload_job.MOST_TRIES)

    work_off(cast.programme.id)

    found = _sees(cast.ana)
    assert found is not None
    assert (found.state, found.problem) == (UploadState.STOPPED, "broken")
    assert _file(cast) is None
    assert _kept(cast) == 0


@in_database
def test_who_may_take_in_no_more_when_it_is_read_has_nothing_taken_in(cast: Cast) -> None:
    _gives(cast.ana)
    cast.ana.role = members.Role.DATA_PROTECTION_OFFICER
    cast.ana.save()

    work_off(cast.programme.id)

    assert _row(cast).problem == "not_allowed"
    assert _file(cast) is None
    assert _kept(cast) == 0


@in_database
def test_a_file_whose_key_is_gone_is_told_and_not_read(cast: Cast) -> None:
    _gives(cast.ana)
    held = _file(cast)
    assert held is not None
    vault.erase_subject(held.subject)  # a backup was brought back

    work_off(cast.programme.id)

    assert _row(cast).problem == "gone"
    assert _kept(cast) == 0


@in_database
@pytest.mark.parametrize("good", [True, False])
def test_a_file_of_which_the_key_of_what_is_told_goes_while_it_is_read_is_told_gone(
    cast: Cast, good: bool
) -> None:
    """It is looked for before the file is read; here it goes after that."""
    _gives(cast.ana, *([] if good else [book([row(Citizenship="145")]), "c.xlsx"]))
    row_ = _row(cast)
    with members.acting(cast.programme.id):
        held, sheet = upload_job._file(row_)
        vault.erase_subject(row_.subject)
        with pytest.raises(vault.Erased):
            upload_job._take(row_, _by(cast.ana), held, sheet)
    assert _kept(cast) == 0

    work_off(cast.programme.id)

    assert (_row(cast).state, _row(cast).problem) == (UploadState.STOPPED, "gone")
    assert _file(cast) is None
    assert _kept(cast) == 0


def _subjects() -> set[str]:
    return {name for table, name, _blob in vault._keyring().wrapped() if table == "subject_key"}


@in_database
def test_a_file_that_is_refused_for_the_one_before_leaves_no_key(cast: Cast) -> None:
    _gives(cast.ana)
    before = _subjects()

    with pytest.raises(UploadUnderWay):
        _gives(cast.ana)

    assert _subjects() == before


@in_database
def test_what_came_back_with_a_backup_and_cannot_be_opened_leaves_room_for_the_next(
    cast: Cast,
) -> None:
    _gives(cast.ana, book([row(Citizenship="145")]), name="c.xlsx")
    work_off(cast.programme.id)
    vault.erase_subject(_row(cast).subject)

    assert _sees(cast.ana) is None

    _gives(cast.ana)
    work_off(cast.programme.id)
    assert _state(cast.ana) is UploadState.DONE


@in_database
def test_an_officer_has_one_file_at_a_time_and_the_next_takes_its_place(cast: Cast) -> None:
    _gives(cast.ana)
    with pytest.raises(UploadUnderWay):
        _gives(cast.ana)
    _gives(cast.luis)
    work_off(cast.programme.id)
    first = _of_programme(cast, lambda: HtcdsUpload.objects.get(uploaded_by=cast.ana.id))

    _gives(cast.ana, book([row()]), name="d.xlsx")

    assert not _opens(first)
    assert _state(cast.ana) is UploadState.WAITING
    assert _kept(cast) == 2


@in_database
def test_one_that_a_job_reads_is_not_cut_off_and_one_that_waits_can_be_taken_back(
    cast: Cast,
) -> None:
    _gives(cast.ana)
    _change(cast, state=UploadState.READING)
    with members.acting(cast.programme.id):
        with pytest.raises(WrongState):
            statistics.forget_htcds(by=_by(cast.ana))
        HtcdsUpload.objects.update(state=UploadState.WAITING)
        statistics.forget_htcds(by=_by(cast.ana))

    (job,) = _queued()
    tasks.import_upload(**job.args)
    assert _kept(cast) == 0


@pytest.mark.django_db(transaction=True)
def test_how_far_it_is_is_seen_while_the_records_are_not_there_yet() -> None:
    cast = the_cast.assemble()
    many = [Record({"prs_Title": f"x{n}"}) for n in range(3 * importing.BATCH)]
    _gives(cast.ana, texts.write_csv(many))
    (job,) = _queued()

    def works() -> None:
        try:
            tasks.import_upload(**job.args)
        finally:
            connection.close()

    worker = threading.Thread(target=works)
    worker.start()
    seen: set[tuple[int, int, int]] = set()
    while worker.is_alive():
        there, found = _kept(cast), _sees(cast.ana)  # in this order
        if found is not None and found.state is UploadState.KEEPING:
            seen.add((found.done, found.of, there))
        time.sleep(0.01)
    worker.join()

    assert {(done, of) for done, of, _there in seen} & {(n, 1500) for n in (500, 1000)}
    assert {there for _done, _of, there in seen} == {0}
    assert _state(cast.ana) is UploadState.DONE
    assert _kept(cast) == len(many)


@pytest.mark.django_db(transaction=True)
def test_of_two_jobs_at_once_one_takes_the_records_and_the_other_keeps_nothing() -> None:
    cast = the_cast.assemble()
    many = [Record({"prs_Title": f"x{n}"}) for n in range(importing.BATCH)]
    _gives(cast.ana, texts.write_csv(many))
    (job,) = _queued()
    both = threading.Barrier(2)

    def works() -> None:
        try:
            both.wait(timeout=60)
            tasks.import_upload(**job.args)
        finally:
            connection.close()

    workers = [threading.Thread(target=works) for _ in range(2)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()

    assert _state(cast.ana) is UploadState.DONE
    assert _kept(cast) == len(many)
    assert len(audit.entries_of(verb="statistics.import_htcds", limit=9)) == 1
    found = _sees(cast.ana)
    assert found is not None
    assert found.told["added"] == len(many), "what is told is of the one that took them"


@pytest.mark.django_db(transaction=True)
def test_a_file_waits_for_another_import_as_long_as_that_takes_and_says_so() -> None:
    cast = the_cast.assemble()
    _gives(cast.ana)
    (job,) = _queued()
    failed: list[DatabaseError] = []

    def works() -> None:
        try:
            with connection.cursor() as cursor:  # far less than the other import takes
                cursor.execute("set lock_timeout = '200ms'")
            tasks.import_upload(**job.args)
        except DatabaseError as error:
            failed.append(error)
        finally:
            connection.close()

    worker = threading.Thread(target=works)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [counting.LOCK])
        worker.start()
        until = time.monotonic() + 60
        while time.monotonic() < until and not (_row(cast).tries and _waits(cast)):
            time.sleep(0.05)
        assert _waits(cast)
        time.sleep(1)
        assert worker.is_alive()
        assert not failed
    worker.join(timeout=60)

    assert not failed
    assert _state(cast.ana) is UploadState.DONE
    assert _kept(cast) == len(GOOD)


def _waits(cast: Cast) -> bool:
    return _row(cast).state == UploadState.WAITING


def test_what_has_ended_goes_on_only_where_its_officer_takes_its_good_rows() -> None:
    ended = set(UploadState) - set(WORKING)

    goes_on = {act for act, (sources, _to) in WAYS.items() if ended & set(sources)}

    assert goes_on == {UploadAct.TAKE_ROWS}
    assert set(WAYS) == set(UploadAct)
    assert WAYS[UploadAct.TAKE_ROWS] == ((UploadState.REFUSED,), UploadState.WAITING)
