"""Pages on which the platform's text is written, and a state's own focal points."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ayni.agenda import api, kinds, seed, views
from ayni.agenda.forms import HandOverForm, OfficeForm, PartyForm, RuleForm, TermForm
from ayni.agenda.wording import FUNCTIONS, state_text
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotFound, Refused, Stale
from ayni.lib.forms import DateInParts
from ayni.members import api as members

_officer = members.officer_page()
_EDIT = require_http_methods(["GET", "POST"])


def sent(request: HttpRequest) -> Any:
    """What was sent; None for a page that is only looked at."""
    return request.POST if request.method == "POST" else None


def page(request: HttpRequest, form: forms.Form, **told: Any) -> HttpResponse:
    """One form on one page of this room."""
    told = {"back": reverse("agenda:platform"), "back_text": _("The platform"), **told}
    return members.form_page(request, form, "agenda/form.html", told)


def write(
    request: HttpRequest, form: forms.Form, call: Callable[[], Any],
    now: Callable[[], tuple[str, Any, str]], done: str, through: tuple[type[Refused], ...] = (),
) -> tuple[bool, str]:  # fmt: skip
    """Run a verb. If something else stands than what the author saw, she is shown it, her text
    stays, and sending it again writes on what she has now seen. `now`: field, its new value, and
    what stands in words; `through`: refusals that the caller shows itself. Answers whether it was
    done, and what to show."""
    try:
        if members.attempt(form, call, through=(Stale, *through)):
            messages.success(request, done)
            return True, ""
    except Stale as stale:
        field, value, words = now()
        form.add_error(None, str(stale.reason))
        changed = request.POST.copy()
        changed[field] = str(value)
        form.data = changed
        return False, words
    return False, ""


def closed_text(by: Actor) -> str:
    """Why this officer cannot write here today; empty for one who can."""
    try:
        api.check_may_write(by=by)
    except api.NotPresiding as refusal:
        return str(refusal.reason)
    return ""


def _terms_now() -> tuple[str, str, str]:
    known = api.presidencies()
    words = "; ".join(
        f"{state_text(each.state)}, {views.begins_text(each)} – {views.until_text(each)}"
        for each in known.terms
    )
    return "after", known.stands.ref, words


def _day_sent(request: HttpRequest) -> date:
    """The day of the handing over as it was sent; today if none can be read."""
    field = DateInParts(required=False)
    parts = [request.POST.get(f"on_{name}", "") for name in ("day", "month", "year")]
    try:
        day: date | None = field.clean(parts)
    except forms.ValidationError:
        day = None
    return day or clock.now().date()


@_EDIT
@_officer
def hand_over(request: HttpRequest, by: Actor) -> HttpResponse:
    """Hand the presidency over, with the checklist of what is open."""
    known = api.presidencies()
    day = _day_sent(request)
    last = known.on(day).last
    form = HandOverForm(
        sent(request),
        items=api.items(day, known),
        ask_before=last is not None and last.end is api.End.UNKNOWN,
        initial={"after": known.stands.ref},
    )
    words = ""
    if request.method == "POST":
        done, words = write(
            request, form, lambda: api.hand_over(by=by, **form.told()), _terms_now,
            _("The presidency is handed over. Every member is told."),
        )  # fmt: skip
        if done:
            return redirect("agenda:handing", form.cleaned_data["on"].isoformat())
    intro = _("The presidency before: %(state)s. Since: %(day)s. Until: %(until)s.") % {
        "state": state_text(last.state), "day": views.begins_text(last),
        "until": views.until_text(last),
    } if last else ""  # fmt: skip
    return page(
        request, form, title=_("Hand over the presidency"), button=_("Hand over and publish"),
        intro=intro, stands=words, closed=closed_text(by),
    )  # fmt: skip


@_EDIT
@_officer
def term(request: HttpRequest, by: Actor, day: str = "") -> HttpResponse:
    """Record a presidency, or correct one."""
    known = api.presidencies()
    found = next((each for each in known.base if each.begins.isoformat() == day), None)
    if day and found is None:
        raise NotFound
    initial: dict[str, Any] = {"after": known.stands.ref}
    if found is not None:
        names = ("state", "begins", "until", "seen", "month_only", "inferred", "source", "mark")
        initial |= {name: getattr(found, name) for name in names} | {"end": found.end.value}
    form = TermForm(sent(request), initial=initial)
    words = ""
    if request.method == "POST":
        replaces = found.begins if found else None
        done, words = write(
            request, form,
            lambda: api.record_term(by=by, term=form.told(), replaces=replaces, **form.written()),
            _terms_now, _("Recorded. Every member is told."),
        )  # fmt: skip
        if done:
            return redirect("agenda:platform")
    title = _("Correct a presidency") if day else _("Record a presidency")
    return page(
        request, form, title=title, button=_("Record and publish"), stands=words,
        closed=closed_text(by),
    )  # fmt: skip


def _lines_told(rule: api.Rule) -> list[tuple[str, str]]:
    """The lines of a rule that say something, by code; none if nothing was ever known."""
    if not any(each.value or each.begins for each in rule.lines):
        return []
    return [(each.code, views.line_text(each)) for each in rule.lines]


@_EDIT
@_officer
def rule(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """Record what the plenary has set."""
    found = api.rule(code, api.presidencies())
    last = found.lines[-1]
    initial = {
        "after": found.stands.ref, "value": last.value, "source": last.source, "mark": last.mark,
        "begins": last.begins, "until": last.until,
    }  # fmt: skip
    seen = request.POST.get("after", found.stands.ref) == found.stands.ref
    form = RuleForm(
        sent(request), rule=seed.rules()[code], lines=_lines_told(found), seen=seen,
        initial=initial,
    )  # fmt: skip
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, str, str]:
            latest = api.rule(code, api.presidencies())
            text = "; ".join(views.line_text(each) for each in latest.lines)
            return "after", latest.stands.ref, text

        done, words = write(
            request, form, lambda: api.set_rule(by=by, code=code, **form.told()), now,
            _("Recorded. Every member is told."),
        )  # fmt: skip
        if done:
            return redirect("agenda:platform")
    return page(
        request, form, title=_("What the plenary has set"), button=_("Record and publish"),
        stands=words, closed=closed_text(by),
    )  # fmt: skip


@_EDIT
@_officer
def party(request: HttpRequest, by: Actor, key: str = "") -> HttpResponse:
    """Record a working group or an observer."""
    known = api.presidencies()
    found = next((each for each in api.parties(known) if each.key == key), None)
    if key and found is None:
        raise NotFound
    initial: dict[str, Any] = {"after": found.stands.ref if found else "", "sort": "group"}
    if found is not None:
        names = ("sort", "name", "about", "leads", "source", "mark", "begins", "until")
        initial |= {name: getattr(found, name) for name in names}
    form = PartyForm(sent(request), initial=initial)
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, str, str]:
            found = [each for each in api.parties(api.presidencies()) if each.key == key]
            ref = found[0].stands.ref if found else ""
            return "after", ref, " · ".join(f"{each.name}. {each.about}" for each in found)

        done, words = write(
            request, form, lambda: api.set_party(by=by, key=key, **form.told()), now,
            _("Recorded. Every member is told."),
        )  # fmt: skip
        if done:
            return redirect("agenda:platform")
    return page(
        request, form, title=_("Working group or observer"), button=_("Record and publish"),
        stands=words, closed=closed_text(by),
    )  # fmt: skip


@_EDIT
@_officer
def office(request: HttpRequest, by: Actor, function: str) -> HttpResponse:
    """Name the office of the own state that has a function."""
    if function not in FUNCTIONS:
        raise NotFound
    here = members.this_node()
    stands = gazette.one(owner=here, kind=kinds.FOCAL_POINT, key=function)
    initial: dict[str, Any] = {"seen": 0}
    if stands is not None:
        said = stands.said
        initial = {
            **said.body, "begins": said.valid_from, "until": said.valid_until,
            "seen": said.version,
        }  # fmt: skip
    form = OfficeForm(sent(request), initial=initial)
    words = ""
    if request.method == "POST":

        def now() -> tuple[str, int, str]:
            latest = gazette.one(owner=here, kind=kinds.FOCAL_POINT, key=function)
            if latest is None:
                return "seen", 0, ""
            return "seen", latest.said.version, kinds.office_in_words(latest.said)

        done, words = write(
            request, form,
            lambda: api.name_office(by=by, function=function, **form.cleaned_data), now,
            _("Recorded. Every member is told."),
        )  # fmt: skip
        if done:
            return redirect("agenda:platform")
    closed = str(gazette.NotItsOwner.reason) if here == members.SECRETARIAT else ""
    return page(
        request, form, title=FUNCTIONS[function], button=_("Record and publish"), stands=words,
        intro=_("Which office of this state has this function before the platform, until when."),
        closed=closed,
    )  # fmt: skip
