"""Pages of sums over states: the list, one of them, and one page for each thing that is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.lib.asked import page_number
from ayni.lib.errors import Text, WrongState
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics import api as statistics
from ayni.statistics.api import SumAct
from ayni.statistics.pages import sum_words as words
from ayni.statistics.pages.release_forms import choice_code
from ayni.statistics.pages.sum_forms import DeclineForm
from ayni.statistics.pages.sum_pages import (
    address,
    line,
    officer,
    states_table,
    what_is_added,
    what_waits,
)

PAGE = 25
_EDIT = require_http_methods(["GET", "POST"])


def _office() -> bool:
    return members.this_node() == members.SECRETARIAT


@require_GET
@officer
def sums(request: HttpRequest, by: Actor) -> HttpResponse:
    """Every sum that was declared, the last one first."""
    try:
        number = page_number(request.GET.get("page", "1"))
    except ValueError:
        raise Http404 from None
    now = clock.now()
    page = Paginator(statistics.sum_rounds(by=by), PAGE).get_page(number)
    context = {
        "page": page,
        "head": [_("What is added"), _("Years"), _("States"), _("How it stands"), _("Until")],
        "rows": [line(each, now) for each in page.object_list],
        "may_declare": _office() and members.may(by, Permission.SUM_DECLARE),
    }
    return render(request, "statistics/sums.html", context)


@require_GET
@officer
def one(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """One sum: what is added, who has done what, and what this officer can do."""
    known = statistics.sum_round(by=by, digest=key)
    now = clock.now()
    can = statistics.sum_acts(known, by=by, now=now)
    parts = statistics.sum_parts(by=by, digest=known.digest) if _sees_parts(by) else None
    context = {
        "known": known,
        "title": statistics.sum_title(known),
        "years": statistics.period_words(known.round.declared.first, known.round.declared.last),
        "standing": words.standing(known, known.standing(now)),
        "waits": what_waits(known, now),
        "kept": statistics.why_kept(
            statistics.sum_kept(known), members.moment_here(known.round.declared.share_due)
        ),
        "rows": what_is_added(known),
        "states": states_table(known, parts),
        "may": {each.value: each in can.acts for each in SumAct},
        "refused": can.refused,
        "given_here": members.this_node() in known.round.announced,
    }
    return render(request, "statistics/sum.html", context)


def _sees_parts(by: Actor) -> bool:
    return _office() and any(
        members.may(by, each) for each in (Permission.SUM_DECLARE, Permission.RELEASE_PROPOSE)
    )


def _to(by: Actor, key: str, act: SumAct) -> statistics.SumRound:
    """A round with which this officer can do that now. Raises `UnknownRound`, `WrongState` with
    the reason."""
    known = statistics.sum_round(by=by, digest=key)
    can = statistics.sum_acts(known, by=by, now=clock.now())
    if act not in can.acts:
        raise WrongState(can.refused or None)
    return known


def _done(request: HttpRequest, known: statistics.SumRound, said: str) -> HttpResponse:
    messages.success(request, said)
    return redirect(address(known))


@dataclass(frozen=True, slots=True)
class Doing:
    """A page on which one thing is done with a round: what it says, and what its button does.

    `learns`: what others learn is told before her eyes; `said`: what is told when it is done.
    """

    act: SumAct
    permission: Permission
    do: Callable[[Actor, statistics.SumRound, forms.Form], None]
    title: Text
    intro: Text
    said: Text
    button: Text = ""  # the title, if it says nothing else
    form: type[forms.Form] = forms.Form
    kind: str = ""
    learns: bool = False


def _page(doing: Doing) -> Callable[..., HttpResponse]:
    """The page of it: one form, one button."""

    @_EDIT
    @officer
    def page(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
        members.check_may(by, doing.permission)
        known = _to(by, key, doing.act)
        form = doing.form(request.POST if request.method == "POST" else None)
        if request.method == "POST" and members.attempt(form, lambda: doing.do(by, known, form)):
            return _done(request, known, str(doing.said))
        context = {
            "back": address(known),
            "caption": statistics.sum_title(known),
            "title": doing.title,
            "intro": doing.intro,
            "button": doing.button or doing.title,
            "kind": doing.kind,
            "learns": doing.learns,
        }
        return members.form_page(request, form, "statistics/sum_form.html", context)

    return page


take_part = _page(
    Doing(
        SumAct.TAKE_PART,
        Permission.SUM_GIVE,
        lambda by, known, _form: statistics.take_part_in_sum(by=by, digest=known.digest),
        title=gettext_lazy("Take part in the sum"),
        intro=gettext_lazy(
            "Nothing is given yet: you give the numbers yourself, on another page, later."
        ),
        said=gettext_lazy("Your state takes part. Give its part when all others take part too."),
        button=gettext_lazy("Take part"),
        learns=True,
    )
)
decline = _page(
    Doing(
        SumAct.DECLINE,
        Permission.SUM_GIVE,
        lambda by, known, form: statistics.decline_sum(
            by=by, digest=known.digest, reason=form.cleaned_data["reason"]
        ),
        title=gettext_lazy("Do not take part"),
        intro=gettext_lazy(
            "The sum then ends for all. The secretariat can declare another one with the states "
            "that are left. All members read the reason."
        ),
        said=gettext_lazy("Your state does not take part. All members see it."),
        form=DeclineForm,
        kind="warning",
    )
)
withdraw = _page(
    Doing(
        SumAct.WITHDRAW,
        Permission.SUM_GIVE,
        lambda by, known, _form: statistics.withdraw_from_sum(by=by, digest=known.digest),
        title=gettext_lazy("Take our part back"),
        intro=gettext_lazy(
            "The sum ends for all without a result. What you gave stays hidden, and a later sum of "
            "the same persons has to have your state in it."
        ),
        said=gettext_lazy("Taken back. The sum has ended for all."),
        kind="warning",
    )
)
take_back = _page(
    Doing(
        SumAct.TAKE_BACK,
        Permission.SUM_DECLARE,
        lambda by, known, _form: statistics.take_back_sum(by=by, key=known.key, seen=known.version),
        title=gettext_lazy("Take the sum back"),
        intro=gettext_lazy("It ends for all states without a result, and they are told."),
        said=gettext_lazy("Taken back. Nobody gives anything to it any more."),
        kind="warning",
    )
)


@_EDIT
@officer
def give(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """The very numbers that would be given, and the button that gives them."""
    counts = statistics.own_counts(by=by, digest=key)
    known = statistics.sum_round(by=by, digest=key)
    changed = False
    if request.method == "POST":
        try:
            statistics.give_to_sum(by=by, digest=key, mark=request.POST.get("mark", ""))
            return _done(request, known, _("Given. Nobody can read your numbers from it."))
        except statistics.CountsChanged:
            changed = True
    can = statistics.sum_acts(known, by=by, now=clock.now())
    context = {
        "known": known,
        "title": statistics.sum_title(known),
        "years": statistics.period_words(known.round.declared.first, known.round.declared.last),
        "back": address(known),
        "counts": words.counts_table(known.table, counts.cells),
        "nothing": not any(counts.cells.values()),
        "mark": counts.mark,
        "changed": changed,
        "may_give": SumAct.GIVE in can.acts,
        "refused": can.refused,
        "given": members.this_node() in known.round.announced,
    }
    return render(request, "statistics/sum_counts.html", context, status=422 if changed else 200)


@require_POST
@officer
def add(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Add now, if every part is here."""
    members.check_may(by, Permission.SUM_DECLARE)
    known = _to(by, key, SumAct.ADD)
    statistics.add_sums(by=by)
    said = _("A part is still missing, so nothing was added. It is done by itself when it comes.")
    if statistics.added_here(by=by, digest=known.digest):
        said = _("Added. The statistician of the secretariat can open the sum.")
    messages.success(request, said)
    return redirect(address(known))


@require_POST
@officer
def tell(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """Tell all members what came of it."""
    members.check_may(by, Permission.SUM_DECLARE)
    known = _to(by, key, SumAct.TELL)
    statistics.tell_outcome(by=by, digest=known.digest)
    return _done(request, known, _("Told. All members see what came of it, and no number."))


@require_GET
@officer
def table(request: HttpRequest, by: Actor, key: str) -> HttpResponse:
    """The sum itself, at the secretariat; the opening is recorded."""
    added = statistics.added_sum(by=by, digest=key)
    known = statistics.sum_round(by=by, digest=key)
    told = None if added.cells is None else words.counts_table(known.table, added.cells)
    context = {
        "known": known,
        "title": statistics.sum_title(known),
        "years": statistics.period_words(known.round.declared.first, known.round.declared.last),
        "states": statistics.states_by_name(known.round.declared.states),
        "back": address(known),
        "counts": told,
        "added_at": members.moment_here(added.added_at),
        "no_table": words.outcome(statistics.Outcome.NO_TABLE, ()),
        "propose": _proposing(by, key) if told else "",
    }
    return render(request, "statistics/sum_table.html", context)


def _proposing(by: Actor, key: str) -> str:
    """Where a release of this sum is proposed; empty for who may propose none."""
    if not members.may(by, members.Permission.RELEASE_PROPOSE):
        return ""
    found = (each for each in statistics.choices(by=by) if each.digest == key)
    of = next((choice_code(each, "") for each in found), "")
    return f"{reverse('statistics:release-propose-tables')}?{urlencode({'of': of})}" if of else ""
