"""What the test of restoring asks of a node, each a process: `fill`, `late`, `erase`, `look`.

`python -m tests.node.two_homes WORD [CASE]`, with AYNI_HOME; the answer is JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from ayni.node import home

INES = {"given_names": "Inés"}


def fill() -> dict[str, Any]:
    """Two cases."""
    from ayni.cases import api as cases
    from ayni.members import api as members
    from tests import cast
    from tests.cases import stories

    people = cast.assemble()
    with members.acting(people.programme.id):
        ana = members.actor_of(people.ana)
        kept = stories.a_case(ana)
        gone = stories.worked_through(ana, stories.a_case(ana, {**stories.ADULT, **INES}))
        cases.close_case(
            by=ana, case_id=gone.id, version=gone.version, reason="goals_met", note="Invented."
        )
    return {"kept": str(kept.id), "gone": str(gone.id)}


def late() -> dict[str, Any]:
    """One more case, closed."""
    from ayni.cases import api as cases
    from ayni.members import api as members
    from tests import cast
    from tests.cases import stories

    people = cast.assemble()
    with members.acting(people.programme.id):
        ana = members.actor_of(people.ana)
        late = stories.worked_through(ana, stories.a_case(ana, {**stories.ADULT, **INES}))
        cases.close_case(
            by=ana, case_id=late.id, version=late.version, reason="goals_met", note="Invented."
        )
    return {"late": str(late.id)}


def erase(case_id: str) -> dict[str, Any]:
    """Erase a person as the data protection officer does."""
    from uuid import UUID

    from ayni.cases import api as cases
    from ayni.members import api as members
    from tests import cast

    people = cast.assemble()
    with members.acting(people.programme.id):
        dora = members.actor_of(people.dora)
        cases.erase_case(by=dora, case_id=UUID(case_id), reason="Invented: she asked.")
    return {}


def look() -> dict[str, Any]:
    """What can be read in each case, which jobs wait, whether the audit trail holds."""
    from django.contrib.sessions.models import Session
    from django.db import connection

    from ayni.audit import api as audit
    from ayni.audit.models import Entry
    from ayni.cases.erasing import seeing_blocked
    from ayni.cases.models import Case
    from ayni.members import api as members
    from ayni.vault import api as vault

    read = {}
    programme = members.institution_by_code("ar-programme")
    with members.acting(programme.id):
        for case in Case.objects.select_related("person"):
            try:
                opened = case.person.unseal(vault.sealer(case.person.subject))
                read[str(case.id)] = opened["given_names"]
            except vault.Erased:
                read[str(case.id)] = "erased"
    with members.acting(programme.id), seeing_blocked():
        marked = {str(c.id): c.erased_at is not None for c in Case.objects.all()}
    verbs = Entry.objects.filter(verb__in=["cases.erase_case", "node.restore"])
    told = [[e.verb, e.subject, e.detail] for e in verbs.order_by("number")]
    with connection.cursor() as cursor:
        cursor.execute("select count(*) from procrastinate_jobs")
        jobs = cursor.fetchone()[0]
    verdict = audit.verify()
    return {
        "read": read,
        "marked": marked,
        "told": told,
        "jobs": jobs,
        "sessions": Session.objects.count(),
        "entries": verdict.entries,
        "holds": verdict.broken is None,
    }


def main() -> None:
    """One word on the node of AYNI_HOME."""
    word, *rest = sys.argv[1:]
    with home.ready(home.resolve()):
        answer = {"fill": fill, "late": late, "erase": erase, "look": look}[word](*rest)
    sys.stdout.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
