"""Files that a state gives as evidence of what it says of its commitment: attached before it
reports, named by the report, taken back. One writer: the state that owns the commitment."""

from __future__ import annotations

from datetime import date

from django.db import connection

from ayni.agenda import files, reading
from ayni.agenda.errors import AttachedAlready, NotTheOwner, TooManyFiles, WhyNeeded
from ayni.agenda.evidence_kind import EVIDENCE, Evidence
from ayni.agenda.file_entry import FILE, key_of
from ayni.agenda.work import check_may_report, commitment
from ayni.agenda.work_kinds import MOST_FILES
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cooperation.api import CollectedFile
from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.members.api import Permission


def evidence_file(key: str, digest: str) -> Evidence:
    """A file of the state that owns the commitment with this key, not taken back. Raises
    `NotFound`."""
    known = reading.presidencies()
    state = files.owners(known).get(key, "")
    return _given(state, key, digest)


def own_evidence(key: str, digest: str) -> Evidence:
    """A file that this node's own state gave, not taken back: also where the commitment has become
    another state's. Raises `NotFound`."""
    return _given(members.this_node(), key, digest)


def _given(state: str, key: str, digest: str) -> Evidence:
    for each in files.evidence().get((state, key), []):
        if each.there and each.digest == digest:
            return each
    raise NotFound


def evidence_history(key: str, state: str) -> list[Published]:
    """Every version of the files that a state gave as evidence of a commitment."""
    found = gazette.histories(kind=EVIDENCE, owners=[state])
    return [each for (_, of), rows in found.items() if of.startswith(f"{key}:") for each in rows]


def attach_evidence(
    *, by: Actor, key: str, title: str, file: CollectedFile, day: date
) -> Published:
    """Give a file as evidence of a commitment of this node's own state, and publish that it is
    there; the next report names it.

    Raises `NotFound`, `NotAllowed`, `NotTheOwner`, `IsWithdrawn`, `cooperation.FileNotTaken` for a
    wrong type or size, `AttachedAlready`, `TooManyFiles`, `NamesAPerson`, `gazette.NoKeys`,
    `gazette.NotComparedYet`."""
    check_may_report(by=by, found=commitment(key, day, reading.presidencies()))
    content, body = files.finished(file, title)
    name = key_of(key, body["sha256"])
    with audit.act(by=by, verb="agenda.attach_evidence", subject=name):
        _one_at_a_time(key)
        found = commitment(key, day, reading.presidencies())
        if any(each.sha256 == body["sha256"] for each in found.files):
            raise AttachedAlready
        if len(found.files) >= MOST_FILES:
            raise TooManyFiles
        # One that was taken back comes anew.
        own = gazette.one(owner=members.this_node(), kind=EVIDENCE, key=name)
        seen = 0 if own is None else own.said.version
        published = gazette.publish(by=by, kind=EVIDENCE, key=name, body=body, seen=seen)
        files.keep(body["sha256"], content)
    return published


def _one_at_a_time(key: str) -> None:
    """Until the transaction ends nobody else attaches to this commitment: each file has an entry of
    its own, so no row is there that two could meet at."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_advisory_xact_lock(hashtext('ayni.agenda.evidence'), hashtext(%s))", [key]
        )


def take_back_evidence(*, by: Actor, key: str, digest: str, reason: str, seen: int) -> Published:
    """Take a file of this node's own state back, and say why, also where the plenary has withdrawn
    the commitment: its bytes are removed here at once, and on every other node when the entry has
    come there. What was reported stays, and says that the file was taken back.

    `seen`: the version of its entry before the author's eyes. Raises `NotAllowed`, `NotTheOwner`,
    `NotFound`, `WhyNeeded`, `NamesAPerson`, `gazette.StaleEntry` and as `attach_evidence`."""
    members.check_may(by, Permission.MANDATE_WRITE)
    known = reading.presidencies()
    try:
        found = own_evidence(key, digest)
    except NotFound:
        if files.owners(known).get(key, "") not in {"", members.this_node()}:
            raise NotTheOwner from None
        raise
    if len(reason.strip()) < 3:
        raise WhyNeeded
    body = {name: getattr(found, name) for name in FILE}
    body |= {"type": found.type.value, "there": False, "why": reason.strip()}
    with audit.act(by=by, verb="agenda.take_back_evidence", subject=found.key):
        taken = gazette.publish(by=by, kind=EVIDENCE, key=found.key, body=body, seen=seen)
        files.forget_taken_back(known)
    return taken
