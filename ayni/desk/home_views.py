"""The home page: what is due for me, what is new for my institution, what nobody has taken; and
handing over at the end of a shift."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from ayni.agenda import api as agenda
from ayni.alerts import api as alerts
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.desk.forms import ShiftForm
from ayni.desk.officer import (
    asked_form,
    attempt,
    author,
    done,
    form_page,
    keep_draft,
    looked_at_list,
    officer,
)
from ayni.desk.shown import institution_name, language
from ayni.exchange import api as exchange
from ayni.incidents import api as incidents
from ayni.lib import clock
from ayni.members import api as members
from ayni.norms import api as norms
from ayni.protocol import api as protocol
from ayni.returns import api as returns
from ayni.statistics import api as statistics
from ayni.support import api as support

SHORT = 10
FEW = 5  # of what is many on the first day and hurries nobody
SOON = timedelta(days=30)  # readiness of a post is due once in months: it is told when it is near
LAST_DAYS = timedelta(days=3)
Permission = members.Permission
COLLEAGUES = cases.Listed("", open=False, taken=True)


@require_GET
@officer
def home(request: HttpRequest, by: Actor) -> HttpResponse:
    """What is due for me, what waits for my institution, what nobody has taken."""
    if not members.may(by, Permission.CASE_READ):
        waiting = {
            "rights": _rights(by),
            "effects": _effects(by),
            "alarms": exchange.alarms_waiting(by=by),
            "emergencies": cases.emergencies_waiting(by=by),
            "readings": cases.reading_alarms_waiting(by=by),
            "incidents": incidents.incidents_waiting(by=by, now=clock.now()),
            "support": _support(by),
            "commitments": _commitments(by),
            "sums": _sums(by),
            "releases": _releases(by),
            **_reviews(by),
        }
        runs = members.may(by, Permission.NODE_RUN)
        told = {"links": _elsewhere(by), "runs_node": runs, **waiting}
        return render(request, "desk/elsewhere.html", told)
    looked_at_list(by, "home")
    may_alerts = members.may(by, Permission.REFERRAL_ANSWER)
    seen = alerts.at_a_glance(by=by) if may_alerts else alerts.Glance()
    lists = _due(by)
    mine = cases.case_list(by=by, query=cases.CaseQuery(assigned="me"))
    nobodys = cases.case_list(by=by, query=cases.CaseQuery(assigned="nobody"))
    subjects = {row.subject for rows in lists.values() for row in rows}
    known = cases.listed(by=by, ids=subjects)
    return render(
        request,
        "desk/home.html",
        {
            **{
                name: [(row, known.get(row.subject, COLLEAGUES)) for row in rows]
                for name, rows in lists.items()
            },
            "counts": protocol.counts(institution=by.institution),
            "referrals": _referrals(by),
            "unanswered": _unanswered(by),
            "ends": _ends(by),
            "may_alerts": may_alerts,
            "alerts": seen.open,
            "answered": seen.answered,
            "rights": _rights(by),
            "journeys": _journeys(by) if may_alerts else [],
            "removals": seen.late[:SHORT],
            "taken_back": _taken_back(seen),
            "effects": _effects(by),
            "notices": cases.notices_waiting(by=by, limit=SHORT),
            "mine": mine[:SHORT],
            "more_mine": len(mine) > SHORT,
            "nobodys": nobodys[:SHORT],
            "more_nobodys": len(nobodys) > SHORT,
            "may_take": members.may(by, Permission.NOTICE_TAKE),
            "may_assign": members.may(by, Permission.CASE_ASSIGN),
            "drafts": cases.drafts_of(author=author(request)),
        },
    )


def _taken_back(seen: alerts.Glance) -> list[tuple[alerts.AlertAnswer, str]]:
    """Answers to alerts that we took back, late to be confirmed as destroyed, and by whom."""
    return [
        (row, str(members.institution_name(row.received.sender_institution)))
        for row in seen.back[:SHORT]
        if row.received is not None
    ]


def _due(by: Actor) -> dict[str, list[protocol.DueRow]]:
    """Due for me: my own cases, and what nobody has taken and my role does. Late: of others."""
    place, my_cases = by.institution, cases.my_cases(by=by)
    own = protocol.due_for(institution=place, subjects=my_cases, limit=SHORT * 2)
    role: dict[str, Any] = {"institution": place, "roles": [by.role], "limit": SHORT}
    free = protocol.due_for(subjects=cases.free_cases(place), **role)
    rest = protocol.due_for(kinds=("notice",), **role)
    rest += protocol.due_for(kinds=("post",), until=clock.now() + SOON, **role)
    mine = sorted([*own, *free, *rest], key=lambda row: row.cursor or ())[: SHORT * 2]
    late = protocol.due_for(
        institution=place, not_subjects=my_cases, overdue_only=True, limit=SHORT
    )
    known = {(row.subject, row.step) for row in mine}
    owed = protocol.due_for(institution=place, mine=False, overdue_only=True, limit=SHORT)
    others = [row for row in late if (row.subject, row.step) not in known]
    return {"due": mine, "late": others, "owed": owed}


def _referrals(by: Actor) -> list[tuple[Any, str]]:
    """Referrals to us that nobody has accepted or declined."""
    if not members.may(by, Permission.REFERRAL_ANSWER):
        return []
    found = [row for row in cooperation.incoming(by=by) if row.agreed_at is None]
    return [(row, institution_name(row.counterpart_institution)) for row in found[:SHORT]]


def _unanswered(by: Actor) -> list[tuple[Any, str, str, bool]]:
    """What we referred or asked and the other side has not answered in time: the row, who owes it,
    what it is if it is a question of a kind, and whether it is a referral."""
    permission = members.Permission
    if not (
        members.may(by, permission.REFERRAL_SEND) or members.may(by, permission.REFERRAL_ANSWER)
    ):
        return []
    return [
        (
            row,
            institution_name(row.counterpart_institution),
            cooperation.title_of(row),
            isinstance(row, cooperation.Referral),
        )
        for row in cooperation.unanswered(by=by, limit=SHORT)
    ]


def _ends(by: Actor) -> list[tuple[cooperation.EndWaiting, str]]:
    """Ends of a protection that another officer asked for and this one may decide."""
    waiting = cooperation.ends_waiting(by=by, limit=SHORT)
    names = cases.references(by=by, ids=[row.case_id for row in waiting]) if waiting else {}
    return [(row, names.get(row.case_id, "")) for row in waiting]


def _rights(by: Actor) -> list[cooperation.RightsRequest]:
    """What persons ask about their data and my institution has not answered."""
    if not members.may(by, Permission.RIGHTS_ANSWER):
        return []
    return cooperation.rights_waiting(by=by)[:SHORT]


def _effects(by: Actor) -> list[tuple[Any, str]]:
    """Ended consents of which the receiver, the other one or we, is late to say what it does."""
    if not members.may(by, Permission.RIGHTS_ANSWER):
        return []
    late = cooperation.effects_late(by=by)[:SHORT]
    return [(row, institution_name(row.counterpart_institution)) for row in late]


def _journeys(by: Actor) -> list[tuple[Any, Any]]:
    """Journeys that somebody should look at now: did not arrive, or nobody has said so."""
    return returns.plans_alarming(by=by)[:SHORT]


def _support(by: Actor) -> list[dict[str, Any]]:
    """Needs of states where mine has the move, or somebody is late, or that nobody was proposed for
    and are soon due; of the secretariat: any that nobody was proposed for, or that is late or soon
    due."""
    names = support.vocabulary
    told = members.moments(by=by)
    return [
        {
            "owner": each.need.owner,
            "key": each.need.key,
            "title": names.title(each.need.body),
            "state": members.state_name(each.need.owner),
            "due": told(each.need.move.due) if each.need.move else "",
            "waits": each,
        }
        for each in support.waiting(by=by, now=clock.now())[:SHORT]
    ]


def _commitments(by: Actor) -> list[dict[str, Any]]:
    """Commitments of my state in the platform's work agenda that are late, soon due, or wait for
    it; for whoever writes the agenda, those of all states whose last day passed long ago."""
    today = clock.now().date()
    own = [_commitment(each, "") for each in agenda.owed(by=by, day=today)[:SHORT]]
    late = agenda.escalated(by=by, day=today)[:SHORT]
    return own + [_commitment(each, members.state_name(each.said.state)) for each in late]


def _commitment(found: agenda.Commitment, state: str) -> dict[str, Any]:
    status = found.standing.status
    return {
        "key": found.key,
        "title": found.said.title,
        "state": state,
        "due": found.said.due,
        "late": status is agenda.Status.LATE,
        "waiting": status is agenda.Status.WAITING,
        "unclear": status is agenda.Status.UNCLEAR,
    }


def _sums(by: Actor) -> list[dict[str, Any]]:
    """Sums over states in which my state, or the secretariat, has something to do, and those that
    ended lately."""
    now, told = clock.now(), members.moments(by=by)
    return [
        {
            "digest": each.known.digest,
            "title": statistics.sum_title(each.known),
            "due": told(each.move.due) if each.move else "",
            "soon": each.move is not None and each.move.due - now <= LAST_DAYS,
            "ended": statistics.why_ended(each.ended) if each.ended else "",
            "waits": each,
        }
        for each in statistics.sums_waiting(by=by, now=now)[:SHORT]
    ]


def _releases(by: Actor) -> list[dict[str, Any]]:
    """Figures that somebody else has proposed and that wait for me to review or publish them."""
    return [
        {
            "id": each.release.id,
            "title": statistics.release_title(each.release),
            "publish": each.act is statistics.ReleaseAct.SIGN,
        }
        for each in statistics.releases_waiting(by=by)[:SHORT]
    ]


def _reviews(by: Actor) -> dict[str, Any]:
    """Entries of the regulatory framework that my state, or the secretariat, looks at again."""
    found = norms.reviews_owed(by=by, day=clock.now().date())
    rows = [{"id": each.item.id, "name": norms.review_name(each.item)} for each in found[:FEW]]
    return {"reviews": rows, "reviews_count": len(found)}


def _elsewhere(by: Actor) -> list[tuple[str, str]]:
    """What a role without cases can do here."""
    links = []
    if members.may(by, Permission.AUDIT_READ):
        links.append(("desk:emergencies", _("Cases opened in an emergency")))
        links.append(("desk:readings", _("How much is opened")))
        links.append(("desk:opened", _("Who opened a case")))
        links.append(("own:delays", _("Of whom persons are told later")))
        links.append(("desk:trail", _("What was done and read")))
        links.append(("desk:heads", _("Who witnesses the audit trail")))
    if members.may(by, Permission.RIGHTS_ANSWER):
        links.append(("cooperation:rights", _("What persons ask about their data")))
    if members.may(by, Permission.INCIDENT_KEEP):
        links.append(("incidents:list", _("Incidents")))
    if members.may(by, Permission.TRANSFERS_READ):
        links.append(("cooperation:transfers", _("Register of transfers")))
    if members.may(by, Permission.POST_WRITE):
        links.append(("desk:post", _("Readiness of this post")))
    if members.may(by, Permission.SUM_GIVE) or members.may(by, Permission.SUM_DECLARE):
        links.append(("statistics:sums", _("Sums over states")))
    if members.may(by, Permission.RELEASE_PROPOSE) or members.may(by, Permission.RELEASE_REVIEW):
        links.append(("statistics:releases", _("Figures for everybody")))
    if members.may(by, Permission.STATE_CLOCKS_READ):
        links.append(("cooperation:clocks", _("Clocks")))
    if members.may(by, Permission.AGENDA_WRITE):
        links.append(("agenda:platform", _("The platform")))
    if members.may(by, Permission.PROGRESS_WRITE) or members.may(by, Permission.AGENDA_WRITE):
        links.append(("agenda:work", _("Work agenda")))
    return links


@require_http_methods(["GET", "POST"])
@officer
def shift(request: HttpRequest, by: Actor) -> HttpResponse:
    """Hand over several cases at the end of a shift, with one note."""
    members.check_may(by, Permission.CASE_ASSIGN)
    looked_at_list(by, "shift")
    mine = cases.case_list(by=by, query=cases.CaseQuery(assigned="me"))
    due = protocol.next_due([row.id for row in mine])
    rows = [(f"{row.id}:{row.version}", _line(row, due.get(row.id))) for row in mine]
    form = asked_form(request, ShiftForm, own=by.institution, me=by.id, rows=rows)
    if keep_draft(request):
        return redirect(request.path)
    given: list[cases.Case] = []
    if request.method == "POST":
        try:
            if attempt(
                form,
                lambda: given.extend(
                    cases.hand_over_shift(
                        by=by,
                        versions=form.versions(),
                        to_user=form.cleaned_data["to_user"],
                        note=form.cleaned_data["note"],
                    )
                ),
            ):
                said = ngettext("%(n)s case handed over.", "%(n)s cases handed over.", len(given))
                messages.success(request, said % {"n": len(given)})
                return done(request, "desk:home")
        except cases.Conflict:
            form.add_error(
                None, _("One of these cases was changed meanwhile. Nothing was handed over.")
            )
    return form_page(
        request, form, title=_("Hand over at the end of the shift"), button=_("Hand over"),
        intro=_("Each case goes to the officer you choose, with your note."), keeps=True,
    )  # fmt: skip


def _line(row: cases.Case, due: protocol.DueRow | None) -> str:
    parts = [row.reference, row.risk_words, due.title.in_language(language()) if due else ""]
    return " · ".join(part for part in parts if part)
