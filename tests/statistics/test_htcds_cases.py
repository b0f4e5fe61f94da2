"""Cases go out as HTCDS 2.0 for an officer who may, and records come in as historical notices."""

from __future__ import annotations

import io
import json
import resource
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from ayni.audit import api as audit
from ayni.audit.api import Actor, ActorKind
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.lib import clock
from ayni.lib.errors import NotAllowed
from ayni.lib.whole_file import put_new
from ayni.members import api as members
from ayni.statistics import api as statistics
from ayni.statistics.htcds import formats, mapping, texts
from ayni.statistics.htcds.records import Record
from tests import cast as the_cast
from tests.cases.stories import a_case, a_consent
from tests.cast import Cast, an_institution
from tests.cooperation import stories as cooperating
from tests.statistics.htcds_files import NOW, book, row

pytestmark = [pytest.mark.usefixtures("english"), pytest.mark.django_db]

Wanted = statistics.Wanted


def _write(path: Path, raw: bytes) -> Path:
    path.write_bytes(raw)
    return path


def _import(by: Actor, path: Path, **given: Any) -> statistics.ImportedRecords:
    return statistics.import_htcds(by=by, path=path, now=NOW, **given)


def _export(by: Actor, wanted: Wanted | None = None, form: str = "json") -> statistics.Exported:
    return statistics.export_htcds(by=by, now=clock.now(), wanted=wanted or Wanted(), form=form)


def _agreed(by: Actor, **known: Any) -> cases.Case:
    case = a_case(by, **known)
    a_consent(by, case, purpose="statistics", fields=frozenset(), recipient_state="",
              recipient_institution="")  # fmt: skip
    return case


@pytest.fixture
def luis(cast: Cast) -> Actor:
    """The supervisor, whose work is every case."""
    return members.actor_of(cast.luis)


# Importing


def test_records_become_historical_notices_that_nobody_works_on(
    job: Actor, ana: Actor, tmp_path: Path
) -> None:
    file = _write(tmp_path / "c.xlsx", book([row(Citizenship="NA", Status="Follow up")]))

    done = _import(job, file)

    assert (done.read, done.added, done.problems) == (1, 1, ())
    notice = cases.Notice.objects.get(source="htcds")
    assert (notice.state, notice.channel) == ("historical", "other_body")
    _notice, opened = cases.open_notice(by=ana, notice_id=notice.id)
    assert opened["original"] == {
        "prs_FirstName": "Rosa", "prs_SecondName": "Inventada", "prs_Citizenship": "NA",
        "cas_Status": "FollowUp",
    }  # fmt: skip
    named = cases.open_named(by=ana, notice_id=notice.id).persons
    assert [person["name"] for person in named["victim"]] == ["Rosa Inventada"]
    assert audit.entries_of(verb="statistics.import_htcds", limit=9)[0].detail["added"] == "1"


def test_a_second_run_adds_nothing_and_equal_rows_are_two_records(
    job: Actor, tmp_path: Path
) -> None:
    file = _write(tmp_path / "c.xlsx", book([row(), row(), row(Gender="Masculine")]))

    first, second = _import(job, file), _import(job, file)

    assert (first.added, second.added, second.same) == (3, 0, 3)
    assert cases.Notice.objects.filter(source="htcds").count() == 3


def test_a_record_with_an_id_that_says_something_else_now_is_told_and_left(
    job: Actor, tmp_path: Path
) -> None:
    one = Record({"ayni_RecordId": "X-1", "prs_FirstName": "Rosa"})
    other = Record({"ayni_RecordId": "X-1", "prs_FirstName": "Rosario"})

    _import(job, _write(tmp_path / "1.json", texts.write_json([one])))
    done = _import(job, _write(tmp_path / "2.json", texts.write_json([other])))

    assert (done.added, done.differs) == (0, 1)
    with pytest.raises(statistics.FileRefused, match="an id that no other row has"):
        _import(job, _write(tmp_path / "3.json", texts.write_json([one, other])))


def test_with_one_bad_row_nothing_goes_in_unless_asked(job: Actor, tmp_path: Path) -> None:
    file = _write(tmp_path / "c.xlsx", book([row(), row(Citizenship="145"), row(Gender="Other")]))

    with pytest.raises(statistics.FileRefused) as refused:
        _import(job, file)
    assert "Case Sheet, row 4, column I (prs_Citizenship): '145': expected" in str(refused.value)
    assert not cases.Notice.objects.filter(source="htcds").exists()

    done = _import(job, file, partial=True)

    assert (done.added, len(done.problems)) == (1, 2)
    assert cases.Notice.objects.filter(source="htcds").count() == 1


def test_a_file_without_a_good_row_is_refused_also_in_part(job: Actor, tmp_path: Path) -> None:
    for name, raw in (
        ("c.xlsx", book([row(Citizenship="145")])),
        ("e.xlsx", book([])),
        ("c.pdf", b"x"),
    ):
        with pytest.raises(statistics.FileRefused):
            _import(job, _write(tmp_path / name, raw), partial=True)
    with pytest.raises(statistics.FileRefused, match="a file that exists"):
        _import(job, tmp_path / "nowhere.csv", partial=True)
    assert not audit.entries_of(verb="statistics.import_htcds", limit=9)


def test_neither_a_peer_nor_the_public_nor_another_role_imports(cast: Cast, tmp_path: Path) -> None:
    file = _write(tmp_path / "c.xlsx", book([row()]))
    for by in (
        Actor(ActorKind.PEER, "bo", str(cast.programme.id)),
        Actor(ActorKind.PUBLIC, "page", str(cast.programme.id)),
        members.actor_of(cast.dora),
    ):
        with pytest.raises(NotAllowed):
            _import(by, file)


def test_a_person_who_is_no_victim_is_named_as_none_and_the_crimes_are_kept_apart(
    job: Actor, tmp_path: Path
) -> None:
    told = [
        Record({"vic_TraffickingStatus": "NotAVictimOfTrafficking"}),
        Record({"ayni_Track": ("smuggling",)}),
        Record({"ayni_Track": ("smuggling", "trafficking")}),
        Record({"per_RoleInProcess": ("Exploiter",)}),
    ]

    _import(job, _write(tmp_path / "c.json", texts.write_json(told)))

    assert sorted(cases.Notice.objects.values_list("track", flat=True)) == ["", "", "", "smuggling"]
    assert sorted(cases.NoticePerson.objects.values_list("role", flat=True)) == [
        "accused", "victim", "victim",
    ]  # fmt: skip


# Exporting


def test_a_case_goes_out_without_name_and_narrative_unless_they_are_asked_for(luis: Actor) -> None:
    with members.acting(luis.institution):
        case = _agreed(luis)

        (plain,) = _export(luis).records
        (whole,) = _export(luis, Wanted(identity=True, told=True)).records

    assert plain.values["ayni_RecordId"] == case.reference
    assert plain.values["prs_Citizenship"] == ("BO",)
    assert plain.values["con_Consent"] is True
    assert not any(name in plain.values for name in ("prs_FirstName", "prs_Birthdate"))
    assert "Rosa" not in repr(plain)
    assert "narrative" not in repr(plain)
    assert mapping.person_of(whole)["second_surname"] == "Mamani"
    assert whole.values["ayni_Narrative"] == "Invented narrative."
    for form in statistics.HTCDS_FORMATS:
        raw = formats.write([whole], form)
        back = formats.read(raw, file=f"x.{formats.FORMATS[form][0]}", today=clock.now().date())
        assert [record for _row, record in back.records] == [whole]


def test_a_record_says_to_whom_the_case_was_referred_and_when_one_came(
    ana: Actor, luis: Actor, cast: Cast
) -> None:
    everything = Wanted(identity=True, told=True, protected=True, without_consent=True)
    with members.acting(ana.institution):
        sent = cooperating.a_sent_referral(ana)
        (of_sender,) = _export(luis, everything).records
        (counted,) = _export(luis, Wanted(protected=True, without_consent=True)).records
    assert sent.sent_at is not None
    zone = ZoneInfo("America/Argentina/Buenos_Aires")
    assert of_sender.values["cas_ReferredOrganisation"] == sent.counterpart_institution
    assert of_sender.values["cas_OutgoingReferralDate"] == sent.sent_at.astimezone(zone).date()
    assert "cas_IncomingReferralDate" not in of_sender.values
    assert "cas_ReferredOrganisation" not in counted.values, "it finds somebody"
    assert counted.values["cas_OutgoingReferralDate"]

    sol = members.actor_of(cast.sol)
    with members.acting(sol.institution, reach=members.reach_of(by=sol)):
        (row,) = cooperation.incoming(by=sol)
        cooperation.mark_read(by=sol, referral_id=row.id)
        cooperation.search_earlier(by=sol, referral_id=row.id)
        case = cooperation.accept_referral(by=sol, referral_id=row.id).case
        assert case is not None
        a_consent(sol, case, purpose="statistics", fields=frozenset(), recipient_state="",
                  recipient_institution="")  # fmt: skip
        (of_receiver,) = _export(sol).records
    assert of_receiver.values["cas_IncomingReferralDate"] == row.created_at.astimezone(zone).date()
    assert "cas_OutgoingReferralDate" not in of_receiver.values


def test_the_reason_of_a_closed_case_stands_in_words_beside_its_code() -> None:
    case = mapping.CaseFacts(
        reference="AR-AAAAAA", node="ar", country="AR", opened_on=date(2025, 1, 1),
        status="Closed", side="host", closed_on=date(2025, 2, 1), closure_reason="goals_met",
    )  # fmt: skip
    record = mapping.record_of(case)
    assert record.values["cas_ReasonForCaseClosure"] == "Assistance has ended, goals met"
    assert record.values["ayni_ClosureReason"] == "goals_met"
    assert mapping.facts_of(record) == case


def test_each_opening_is_recorded(luis: Actor) -> None:
    with members.acting(luis.institution):
        case = _agreed(luis)
        _export(luis, Wanted(identity=True))

        (entry,) = audit.entries_of(verb="statistics.export_htcds", limit=9)
        opened = audit.entries_of(verb="cases.disclose", subjects=[case.id], limit=9)

    assert (entry.detail["identity"], entry.detail["told"]) == ("yes", "no")
    assert entry.detail["records"] == "1"
    assert opened[0].detail["reason"] == "export"


def test_who_fears_a_state_and_who_has_not_agreed_are_left_out_and_counted(luis: Actor) -> None:
    with members.acting(luis.institution):
        _agreed(luis, feared_states=("bo",))
        a_case(luis)

        nobody = _export(luis)
        all_of_them = _export(luis, Wanted(protected=True, without_consent=True))

    assert (len(nobody.records), nobody.protected, nobody.without_consent) == (0, 1, 1)
    assert len(all_of_them.records) == 2


@pytest.mark.parametrize("form", statistics.HTCDS_FORMATS)
def test_who_fears_a_state_is_protected_with_the_next_holder_as_well(
    form: str, luis: Actor, cast: Cast, tmp_path: Path
) -> None:
    """The mark goes with her in every format, also without her name and what she told."""
    with members.acting(luis.institution):
        case = _agreed(luis, feared_states=("ve", "bo"))
        handed_on = _export(luis, Wanted(protected=True)).records
    name = f"c.{formats.FORMATS[form][0]}"
    file = _write(tmp_path / name, formats.write(list(handed_on), form))
    next_holder = members.actor_of(
        the_cast.an_officer("carla", cast.shelter, members.Role.CASE_SUPERVISOR)
    )

    with members.acting(next_holder.institution):
        taken = statistics.import_htcds(by=next_holder, path=file, now=clock.now())
        assert taken.added == 1
        by_default = _export(next_holder)
        (asked_for,) = _export(next_holder, Wanted(protected=True)).records

    assert (by_default.records, by_default.protected) == ((), 1)
    assert asked_for.values["ayni_RecordId"] == case.reference
    assert asked_for.values["ayni_FearedStates"] == ("BO", "VE")


def test_an_officer_exports_her_own_cases_only_and_cannot_ask_for_the_protected(
    ana: Actor, luis: Actor
) -> None:
    with members.acting(luis.institution):
        own = _agreed(ana)
        _agreed(luis)

    found = _export(ana)

    assert [record.values["ayni_RecordId"] for record in found.records] == [own.reference]
    for wanted in (Wanted(protected=True), Wanted(without_consent=True)):
        with pytest.raises(NotAllowed):
            _export(ana, wanted)


def test_a_job_a_peer_and_roles_without_cases_export_nothing(cast: Cast, job: Actor) -> None:
    for by in (
        job,
        Actor(ActorKind.PEER, "bo", str(cast.programme.id)),
        members.actor_of(cast.dora),
        members.actor_of(cast.nadia),
    ):
        with pytest.raises(NotAllowed):
            _export(by)


def test_what_was_imported_goes_out_as_it_came(job: Actor, luis: Actor, tmp_path: Path) -> None:
    told = Record(
        {
            "ayni_RecordId": "X-1",
            "prs_FirstName": "=Rosa",
            "con_Consent": True,
            "vic_MethodsOfControl": ("DebtBondage", "Other"),
        },
        {"hte_": ({"hte_Type": "Transit", "hte_Country": "NA"}, {"hte_Type": "Exploitation"})},
    )
    _import(job, _write(tmp_path / "c.csv", texts.write_csv([told, Record({"prs_Title": "x"})])))

    whole = _export(luis, Wanted(identity=True, told=True))
    counted = _export(luis)

    assert (whole.records, whole.without_consent) == ((told,), 1)
    assert "prs_FirstName" not in counted.records[0].values
    assert counted.records[0].groups == told.groups


def test_a_case_that_comes_back_to_its_institution_is_told_and_stays_one_person(
    luis: Actor, cast: Cast, tmp_path: Path
) -> None:
    def taken(by: Actor) -> tuple[int, int]:
        done = statistics.import_htcds(by=by, path=file, now=clock.now())
        return done.added, done.own

    with members.acting(luis.institution):
        case = _agreed(luis)
        first = _export(luis)
        file = _write(tmp_path / "c.json", formats.write(list(first.records), "json"))
        became = taken(luis)
        second = _export(luis)
    elsewhere = audit.job("import-htcds", str(cast.shelter.id))
    with members.acting(elsewhere.institution):
        became_elsewhere = taken(elsewhere)

    assert [record.values["ayni_RecordId"] for record in first.records] == [case.reference]
    assert became == (0, 1)
    assert second.records == first.records
    assert became_elsewhere == (1, 0), "it is no case of theirs"


def test_the_same_id_of_another_node_is_another_person(luis: Actor, tmp_path: Path) -> None:
    with members.acting(luis.institution):
        case = _agreed(luis)
        told = Record({"ayni_RecordId": case.reference, "ayni_RegisteringNode": "bo"})
        done = _import(luis, _write(tmp_path / "c.json", texts.write_json([told])))

    assert (done.added, done.own) == (1, 0)


def test_without_identity_no_organisation_tells_where_somebody_is(
    job: Actor, luis: Actor, tmp_path: Path
) -> None:
    """A shelter's street and telephone find who lives there; its country and kind do not."""
    coarse = {"org_ShippingCountry": "BO", "org_Type": "NGO", "con_Consent": True}
    finding = {
        "org_Name": "Casa Inventada", "org_ShippingCity": "La Paz", "org_ShippingState": "Murillo",
        "org_ShippingStreet": "Calle Inventada 1", "org_ShippingPostalCode": "00100",
        "org_ShippingLongitude": Decimal("-68.1"), "org_ShippingLatitude": Decimal("-16.5"),
        "org_Phone": "+59120000000", "per_Organisation": "Inventada S.A.",
        "cas_ReferringOrganisation": "Casa Inventada", "cas_ReferredOrganisation": "Inventado",
        "vic_LocationOfRecruitment": "Bar Inventado",
    }  # fmt: skip
    events = ({"hte_Type": "Transit", "hte_Country": "NA", "hte_City": "Windhoek",
               "hte_Date": date(2020, 3, 4)},)  # fmt: skip
    told = Record({"ayni_RecordId": "X-1", **coarse, **finding}, {"hte_": events})
    _import(job, _write(tmp_path / "c.json", texts.write_json([told])))

    (counted,) = _export(luis).records
    (whole,) = _export(luis, Wanted(identity=True)).records

    assert dict(counted.values) == {"ayni_RecordId": "X-1", **coarse}
    assert counted.groups == {"hte_": ({"hte_Type": "Transit", "hte_Country": "NA"},)}
    assert {**coarse, **finding}.items() <= whole.values.items()


# The command


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
