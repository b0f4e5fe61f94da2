"""The fields of a case that may be named in a consent and sent under a grant; nothing else can.

Name -> (where it stands, what people read).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases.access import fetch
from ayni.cases.models import Case
from ayni.lib.errors import Text
from ayni.vault import api as vault

DISCLOSABLE: dict[str, tuple[str, Text]] = {
    "name_as_written": ("person", _("Name as written in the document")),
    "given_names": ("person", _("Given names")),
    "first_surname": ("person", _("First surname")),
    "second_surname": ("person", _("Second surname")),
    "other_names": ("person", _("Other names")),
    "birth": ("person", _("Date of birth or age")),
    "gender": ("person", _("Gender")),
    "citizenships": ("person", _("Citizenships")),
    "documents": ("person", _("Identity documents")),
    "phones": ("person", _("Telephone numbers")),
    "contact": ("person", _("How to contact her or him safely")),
    "languages": ("person", _("Languages")),
    "residence_country": ("person", _("Country of residence")),
    "health": ("person", _("Health")),
    "narrative": ("case", _("What she or he told")),
    "needs": ("case", _("Needs")),
    "exploitation": ("case", _("Form of exploitation")),
    "situation": ("case", _("Emergency, urgency or orientation")),
    "risk": ("case", _("Level of risk")),
    "tracks": ("case", _("Trafficking in persons or smuggling of migrants")),
    "host_country": ("case", _("Country where she or he is")),
}

# Files that go with a referral or request; a consent names them like a field. They stand in no
# field of a case: `cooperation` keeps them.
ATTACHMENTS = "attachments"
# The plan of a journey home; `returns` keeps it.
TRAVEL = "travel"
NAMEABLE: dict[str, Text] = {
    **{name: label for name, (_where, label) in DISCLOSABLE.items()},
    ATTACHMENTS: _("Files: pictures and copies of documents"),
    TRAVEL: _("Travel plan: when and how she or he travels home, and who receives her or him"),
}

# What a receiving institution usually needs to act; the officer ticks fewer or more.
USUAL = (
    "name_as_written", "given_names", "first_surname", "second_surname", "birth", "gender",
    "citizenships", "documents", "contact", "languages", "needs", "situation", "host_country",
    "tracks",
)  # fmt: skip

_EMPTY: tuple[Any, ...] = (None, "", [], {})


def disclose(*, by: Actor, case_id: UUID, fields: Iterable[str], reason: str) -> dict[str, Any]:
    """The present values of these fields of a case; recorded. Empty fields are left out, the
    others come in the order of `DISCLOSABLE`.

    `reason` is a code (`preview`, `queue`). Raises KeyError for a field that is not disclosable.
    """
    wanted = sorted(set(fields))
    for name in wanted:
        DISCLOSABLE[name]
    case = fetch(Case, case_id, by=by)
    audit.read(
        by=by, verb="cases.disclose", subject=case_id, reason=reason, fields=",".join(wanted)
    )
    sealer = vault.sealer(case.subject)
    values: dict[str, Any] = {}
    for name in wanted:
        row = case.person if DISCLOSABLE[name][0] == "person" else case
        if name in row.sealed_names():
            values[name] = row.unseal(sealer, [name])[name]
        else:
            values[name] = getattr(row, name)
    return {name: values[name] for name in DISCLOSABLE if values.get(name) not in _EMPTY}
