"""Pages on which the work agenda is written, and on which a state says how far it is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ayni.agenda import api, work_kinds
from ayni.agenda.evidence_views import evidence_rows
from ayni.agenda.work_forms import CommitmentForm, ObjectiveForm, ProgressForm, ValidationForm
from ayni.agenda.writing_views import closed_text, page, sent, write
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members

_officer = members.officer_page()
_EDIT = require_http_methods(["GET", "POST"])
_CLOSED = (api.NotTheOwner, api.NothingToValidate, api.SameOfficer, api.IsWithdrawn)


@_EDIT
@_officer
def objective(request: HttpRequest, by: Actor, key: str = "") -> HttpResponse:
    """Record an objective of the work agenda."""
    found = next((each for each in api.objectives(api.presidencies()) if each.key == key), None)
    if key and found is None:
        return redirect("agenda:work")
    initial: dict[str, Any] = {"after": ""}
    if found is not None:
        initial = {"after": found.stands.ref, "axis": found.axis, "objective": found.objective}
    form = ObjectiveForm(sent(request), initial=initial)
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, str, str]:
            rows = [each for each in api.objectives(api.presidencies()) if each.key == key]
            told = " · ".join(f"{each.axis}: {each.objective}" for each in rows)
            # Of a new one with words that are taken: nothing is to be written over it.
            taken = _("An objective with these words is in the agenda already.")
            return "after", rows[0].stands.ref if rows else "", told or taken

        done, words = write(
            request, form, lambda: api.set_objective(by=by, key=key, **form.told()), now,
            _("Recorded. Every member is told."),
        )  # fmt: skip
        if done:
            return redirect("agenda:work")
    return page(
        request, form, title=_("Objective of the work agenda"), button=_("Record and publish"),
        stands=words, closed=closed_text(by), **_back_to_work(),
    )  # fmt: skip


def _back_to_work() -> dict[str, str]:
    return {"back": reverse("agenda:work"), "back_text": _("Work agenda")}


def _decided(request: HttpRequest) -> dict[str, Any]:
    """What a decision of a meeting fills in: its words, which meeting and which decision it was."""
    key, number = request.GET.get("meeting", ""), request.GET.get("decision", "")
    if not key or not number.isdecimal() or len(number) > 3:
        return {}
    try:
        found = api.meeting(key, api.presidencies())
        decision = found.decisions[int(number)]
    except (NotFound, IndexError):
        return {}
    if not decision.adopted:
        return {}
    return {"title": decision.text, "meeting": key, "decision": int(number) + 1}


@_EDIT
@_officer
def commitment(request: HttpRequest, by: Actor, key: str = "") -> HttpResponse:
    """Record a commitment, a new one also from a decision of a meeting, or change one."""
    known, today = api.presidencies(), clock.now().date()
    initial: dict[str, Any] = {"after": "", **_decided(request)}
    if key:
        found = _found(key)
        if found is None:
            return redirect("agenda:work")
        said = found.said
        names = ("title", "objective", "state", "office", "institution", "due", "public", "meeting")
        initial = {"after": found.stands.ref, **{name: getattr(said, name) for name in names}}
        initial |= {
            "decision": said.decision or None, "beside": [*said.beside],
            "beside_offices": said.beside_offices,
        }  # fmt: skip
    objectives = _open_objectives(known, str(initial.get("objective", "")))
    form = CommitmentForm(sent(request), initial=initial, objectives=objectives)
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, str, str]:
            if not key:
                return "after", "", _("A commitment with these words is in the agenda already.")
            stands = api.commitment(key, today, api.presidencies()).stands
            rows = [each for each in api.commitment_history(key) if _ref(each) == stands.ref]
            return "after", stands.ref, work_kinds.commitment_in_words(rows[0].said)

        done, words = write(
            request, form, lambda: api.set_commitment(by=by, key=key, **form.told()), now,
            _("Recorded. Every member is told."),
        )  # fmt: skip
        if done:
            return redirect("agenda:commitment", key) if key else redirect("agenda:work")
    title = _("Change a commitment") if key else _("New commitment")
    return page(
        request, form, title=title, button=_("Record and publish"), stands=words,
        closed=closed_text(by), **_back_to_work(),
    )  # fmt: skip


def _open_objectives(known: api.Presidencies, key: str) -> list[api.Objective]:
    """Those that a commitment can be under: not withdrawn, or the one that it is under."""
    found = api.objectives(known)
    return [each for each in found if not each.withdrawal.withdrawn or each.key == key]


def _found(key: str) -> api.Commitment | None:
    """A commitment as it stands today; None if there is none of that key."""
    try:
        return api.commitment(key, clock.now().date(), api.presidencies())
    except NotFound:
        return None


def _ref(found: Any) -> str:
    return f"{found.said.owner}:{found.said.version}"


def _refused(call: Any) -> str:
    """Why something is not possible here now, empty if it is."""
    try:
        call()
    except _CLOSED as refusal:
        return str(refusal.reason)
    return ""


def _own_word(
    request: HttpRequest, by: Actor, found: api.Commitment, form: Any, **told: Any
) -> HttpResponse:
    """A form of the state's own word about a commitment."""
    verb = told.pop("verb")
    check = told.pop("check")
    key, today, words = found.key, clock.now().date(), ""
    if request.method == "POST":

        def now() -> tuple[str, int, str]:
            latest = api.commitment(key, today, api.presidencies()).latest
            if latest is None:
                return "seen", 0, ""
            counts = latest.known and not latest.problem
            said = work_kinds.progress_in_words(latest.said) if counts else str(latest.problem)
            return "seen", latest.said.version, said

        done, words = write(
            request, form, lambda: verb(by=by, key=key, day=today, **form.told()), now,
            _("Recorded. Every member is told."),
        )  # fmt: skip
        if done:
            return redirect("agenda:commitment", key)
    return page(
        request, form, intro=found.said.title, stands=words, back_text=_("Commitment"),
        closed=_refused(lambda: check(by=by, found=found)),
        back=reverse("agenda:commitment", args=[key]), files=evidence_rows(found),
        commitment=found, **told,
    )  # fmt: skip


@_EDIT
@_officer
def progress(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Tell how far a commitment of the own state is."""
    found = _found(key)
    if found is None:
        return redirect("agenda:work")
    initial: dict[str, Any] = {"seen": found.seen}
    report = found.standing.report
    if report is not None:
        names = ("word", "action", "evidence", "reason")
        initial |= {name: getattr(report, name) for name in names}
    form = ProgressForm(sent(request), initial=initial)
    return _own_word(
        request, by, found, form, verb=api.report_progress, check=api.check_may_report,
        title=_("Report progress"), button=_("Report and publish"),
    )  # fmt: skip


@_EDIT
@_officer
def validate(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Say whether what a colleague reported as done is done."""
    found = _found(key)
    if found is None:
        return redirect("agenda:work")
    form = ValidationForm(sent(request), initial={"seen": found.seen})
    return _own_word(
        request, by, found, form, verb=api.validate_progress, check=api.check_may_validate,
        title=_("Validate what was reported"), button=_("Answer and publish"),
    )  # fmt: skip
