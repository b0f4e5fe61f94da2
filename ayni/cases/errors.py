"""Refusals of this room."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import NotAllowed, Refused, Stale


class CaseClosed(NotAllowed):
    """Need to know: a case is open to those who work on it. `taken`: it is assigned to somebody."""

    code = "case_closed_to_you"
    reason = _("This case is open only to those who work on it.")

    def __init__(self, case_id: UUID, *, taken: bool) -> None:
        super().__init__(case_id=case_id)
        self.case_id = case_id
        self.taken = taken


class ReadOnly(Refused):
    """A historical notice is not worked on."""

    code = "read_only"
    reason = _("This is a historical record. It can be read, not changed.")


class SearchFirst(Refused):
    """Step 1.4: no case is opened before the search for antecedents."""

    code = "search_first"
    reason = _("Search for earlier records first, then open the case.")


class CaseOpenAlready(Refused):
    """A notice leads to one case of this institution."""

    code = "case_open_already"
    reason = _("The case of this notice is open already.")


class AccusedPerson(Refused):
    """A person accused in a notice is not opened as the person of a case."""

    code = "accused_person"
    reason = _("A person accused in a notice is not opened as the person of a case.")


class UnknownCode(Refused):
    """A value that is not in its list of codes."""

    code = "unknown_code"
    reason = _("This value is not in the list.")


class Contradicted(Refused):
    """An answer says something else than the details of the person."""

    code = "contradicted"
    reason = _(
        "This contradicts the details of the person. Correct the details first, if they are wrong."
    )


class FormTaken(Refused):
    """A form was sent with the number of a form that somebody else sent."""

    code = "form_taken"
    reason = _("This form was sent already. Open it again.")


class ConsentMissing(Refused):
    """Nothing is shared without a consent that covers it; assistance continues."""

    code = "consent_missing"
    reason = _("There is no consent that covers this. Assistance continues; sharing does not.")


class GuardianMissing(Refused):
    """Promise 9: a child's data needs the guardian's or child authority's consent."""

    code = "guardian_missing"
    reason = _(
        "This person is or may be under 18. The guardian or the child protection authority must "
        "consent, and her or his own view must be recorded."
    )


class QuestionsOpen(Refused):
    """Step 3.2: all that must be told has to be told before a consent counts."""

    code = "questions_open"
    reason = _("The person was not told everything that must be told. Ask all questions first.")


class OpenDuties(Refused):
    """A case is not closed with open duties."""

    code = "open_duties"
    reason = _("There are open duties. The case cannot be closed yet.")


class RiskTooHigh(Refused):
    """Step 7.5: no closing with open risk of level high or above."""

    code = "risk_too_high"
    reason = _("The risk is high or was never assessed. The case cannot be closed.")


class Conflict(Stale):
    """Two officers changed the same thing; the later one sees both values and chooses."""

    code = "conflict"

    def __init__(self, current_version: int, theirs: Mapping[str, object]) -> None:
        super().__init__(version=current_version)
        self.current_version = current_version
        self.theirs = theirs
