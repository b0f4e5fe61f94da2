"""The framework for officers: by state, by instrument, by pair of states.

Every value stands with its source, how it is known, and up to when it was seen. What nobody
verified is shown "to check"; a blank is never shown as "no".
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.norms import api, article_kind, article_stating, articles, joined
from ayni.norms.finding_kind import grounds_in_words
from ayni.norms.forms import PairForm
from ayni.norms.gaps import GapRow, gap_rows
from ayni.norms.model import SURVEY
from ayni.norms.wording import (
    COLOURS,
    CRIMES,
    FORCES,
    GROUNDS,
    MARKS,
    PROVIDES,
    STANDINGS,
    STATUSES,
    SUBJECTS,
    TOPICS,
    day_text,
    in_readers_language,
    source_text,
)

Row = dict[str, Any]


@login_required
@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """The ten states, all instruments, and the question about two states."""
    return render(
        request,
        "norms/start.html",
        {
            "states": sorted(members.states().values(), key=lambda state: state.name),
            "instruments": [heading(each) for each in api.instruments()],
            "form": PairForm(),
            "agreement": api.register().agreement.value,
        },
    )


@login_required
@require_safe
def state(request: HttpRequest, code: str) -> HttpResponse:
    """One state: its own law by topic, and how it stands to each instrument."""
    if code not in members.states():
        raise Http404
    found = api.provisions_of(state=code)
    topics = [
        {
            "name": TOPICS[topic],
            "findings": [_finding(each) for each in found if each.topic is topic],
        }
        for topic in SURVEY
    ]
    standing = [
        {**heading(each), **stands(each, code)}
        for each in api.instruments()
        if code in each.named and each.kind != "negotiation"
    ]
    disagreements = [
        in_readers_language(each.text)
        for each in api.shipped().disagreements
        if code in each.states
    ]
    return render(
        request,
        "norms/state.html",
        {
            "state": members.state(code),
            "own": code == members.this_node() and api.may_state(by=members.actor_of(request.user)),
            "topics": topics,
            "standing": standing,
            "disagreements": disagreements,
        },
    )


@login_required
@require_safe
def instrument(request: HttpRequest, ident: str) -> HttpResponse:
    """One instrument: content, articles, standing of each state, remarks."""
    try:
        found = api.instrument(ident)
    except NotFound:
        raise Http404 from None
    by = members.actor_of(request.user)
    may_state = api.may_state(by=by) and api.can_be_stated(found, members.this_node())
    said = _said(found)
    return render(
        request,
        "norms/instrument.html",
        {
            "instrument": heading(found),
            "changed": api.changed(found.id),
            "entry": _entry(found),
            "seen": _seen(found),
            "articles": [
                {
                    **_finding(each),
                    "said": said.get(each.id, []),
                    "differ": _differ(each),
                    "to_read": not articles.is_read(each.id),
                }
                for each in api.provisions_of(instrument=found.id)
            ],
            "said": said.get(found.id, []),
            "to_read": not articles.is_read(found.id),
            "reads": article_stating.can_state_article(by=by, found=article_stating.item(found.id)),
            "standing": _standing(found),
            "own_state": members.state(members.this_node()).name if may_state else "",
            "exceptions": [
                gettext("%(host)s does not apply it to nationals of %(states)s.")
                % {
                    "host": members.state(row.host).name,
                    "states": ", ".join(members.state(s).name for s in sorted(row.nationals_of)),
                }
                for row in found.not_applied
            ],
            "notes": [
                {
                    "id": f"{found.id}.note-{n}",
                    "text": in_readers_language(note.text),
                    **evidence_row(note.evidence),
                }
                for n, note in enumerate(found.notes, start=1)
            ],
        },
    )


@login_required
@require_safe
def pair(request: HttpRequest) -> HttpResponse:
    """Which basis may be cited between two states on a day, subject by subject."""
    form = PairForm(request.GET or None)
    context: Row = {"form": form, "asked": False}
    if form.is_valid():
        asked = form.cleaned_data
        day, known = asked["on"] or clock.now().date(), api.framework()
        subjects = [
            {
                "name": name,
                "bases": [
                    _basis(each, known)
                    for each in api.legal_bases(
                        requesting=asked["requesting"],
                        requested=asked["requested"],
                        crime=asked["crime"],
                        subject=subject,
                        on=day,
                    )
                ],
            }
            for subject, name in SUBJECTS.items()
        ]
        grounds = api.transfer_grounds(
            sender=asked["requesting"],
            recipient=asked["requested"],
            crime=asked["crime"],
            on=day,
        )
        context |= {
            "asked": True,
            "requesting": members.state(asked["requesting"]),
            "requested": members.state(asked["requested"]),
            "crime": CRIMES[api.Crime(asked["crime"])],
            "subjects": subjects,
            "grounds": [_ground(each, known) for each in grounds],
            "gaps": _gap_between(request, asked, day),
            "day": day,
        }
    return render(request, "norms/pair.html", context)


def _gap_between(request: HttpRequest, asked: Row, day: date) -> list[GapRow]:
    """The gap between the two states that were asked for on that day, if there is one."""
    both = {asked["requesting"], asked["requested"]}
    found = [each for each in api.common_ground(on=day) if {each.a, each.b} == both]
    return gap_rows(members.actor_of(request.user), found, api.Crime(asked["crime"]))


def evidence_row(evidence: api.Evidence) -> Row:
    """Source, mark and day of a value as a page shows them."""
    return {
        "source": source_text(evidence.source),
        "mark": MARKS[evidence.mark],
        "verified": evidence.mark is api.Mark.VERIFIED,
        "as_at": _as_at(evidence.as_at),
    }


def _as_at(text: str) -> str:
    if text == "unknown":
        return gettext("date not stated in the source")
    if text == "as published":
        return gettext("as published, without later amendments")
    return day_text(text)


def heading(of: api.Instrument) -> Row:
    """An instrument as the head of a page shows it."""
    return {
        "id": of.id,
        "name": in_readers_language(of.names),
        "short": in_readers_language(of.short),
        "text": in_readers_language(of.text),
        **evidence_row(of.evidence),
    }


def _said(of: api.Instrument) -> dict[str, list[Row]]:
    """What states have read of an instrument, by the id of the article, or of the instrument for
    its whole text; why it does not count, if it does not."""
    found: dict[str, list[Row]] = {}
    for each in articles.article_statements(of.id):
        _of, number = article_kind.parted(each.said.key)
        key = f"{of.id}.{number}" if number else of.id
        reason: Any = each.problem
        if each.line.contested:
            reason = gettext("The state published two statements under one number.")
        elif not reason and not joined.can_read(of, each.said.owner):
            reason = gettext("The state is not bound by the instrument, as far as is known here.")
        elif not reason and articles.is_read(key):
            reason = api.ReadAlready.reason
        unreadable = each.line.contested or each.problem
        row = {
            "state": members.state(each.said.owner),
            "words": "" if unreadable else article_kind.in_words(each.said),
            "at": each.said.at,
            "version": each.said.version,
            "reason": reason,
        }
        found.setdefault(key, []).append(row)
    return found


def _differ(article: api.Provision) -> bool:
    """Whether states do not say the same of what an article serves for."""
    said = {each.serves for each in article.read_by if not each.contested}
    return len(said) > 1 and not articles.is_read(article.id)


def _standing(of: api.Instrument) -> list[Row]:
    """Each state of which the register or the state itself says something, with what the state
    says and where the two do not agree."""
    said = {each.said.owner: each for each in api.statements(of.id)}
    differ = {each.state: each for each in api.contradictions(of)}
    codes = [*of.standing, *sorted(said.keys() - of.standing.keys())]
    return [
        {
            "state": members.state(code),
            **stands(of, code),
            "statement": statement_row(said[code]) if code in said else None,
            "differs": _differs(differ[code]) if code in differ else "",
        }
        for code in codes
    ]


def said_row(published: api.Published, in_words: Callable[[gazette.Said], str]) -> Row:
    """What a state says, as a page shows it; why it does not count, if it does not."""
    reason: Any = published.problem
    if published.line.contested:
        reason = gettext("The state published two statements under one number.")
    return {
        "words": "" if reason else in_words(published.said),
        "at": published.said.at,
        "version": published.said.version,
        "reason": reason,
    }


def statement_row(published: api.Published) -> Row:
    """What a state says of itself; what it does not know from its source does not count."""
    row = said_row(published, api.statement_in_words)
    if not row["reason"] and published.said.body["mark"] != api.Mark.VERIFIED.value:
        row["reason"] = gettext(
            "It is shown to be checked; only what was read in its source counts."
        )
    return row


def _differs(found: api.Contradiction) -> str:
    return gettext(
        "The register and the state do not agree. The register: %(register)s (source: %(its)s). "
        "The state itself: %(state)s (source: %(theirs)s). What the state says is used here."
    ) % {
        "register": _on_days(found.answer.force, found.answer.since, seen=found.answer.seen),
        "its": source_text(found.answer.evidence.source),
        "state": _on_days(found.stated.force, found.stated.on, seen=found.stated.seen),
        "theirs": found.stated.evidence.source,
    }


def _on_days(force: Any, since: date | None, *, seen: bool) -> str:
    """One of the three values, and since when."""
    if since is None:
        return str(FORCES[force])
    return f"{FORCES[force]} ({_since(since.isoformat(), seen=seen)})"


def stands(of: api.Instrument, state: str) -> Row:
    """How one state stands to an instrument, and whether it is in force for it today."""
    standing = of.standing.get(state)
    today = api.in_force(of, state, clock.now().date())
    found: Row = {
        "standing": gettext("The register says nothing of this state"),
        "on": "",
        "force": FORCES[today.force],
        "since": "" if today.since is None else _since(today.since.isoformat(), seen=today.seen),
        "stated": state in of.stated,
        "register": standing is not None,
    }
    if standing is not None:
        found |= {
            "standing": STANDINGS[standing.standing],
            "on": day_text(standing.on),
            **evidence_row(standing.evidence),
        }
    return found


def _since(day: str, *, seen: bool) -> str:
    said = gettext("seen on %(day)s") if seen else gettext("since %(day)s")
    return said % {"day": day_text(day)}


def _entry(of: api.Instrument) -> Row | None:
    if of.in_force is None:
        return None
    return {"on": day_text(of.in_force.on), **evidence_row(of.in_force.evidence)}


def _seen(of: api.Instrument) -> Row | None:
    if of.seen is None:
        return None
    return {"on": day_text(of.seen.on), **evidence_row(of.seen.evidence)}


def _finding(provision: api.Provision) -> Row:
    return {
        "id": provision.id,
        "reference": provision.reference,
        "text": in_readers_language(provision.text),
        "changed": provision.no_longer,
        "lang": _written_in(provision),
        "verified_by": _verified_by(provision),
        **evidence_row(provision.evidence),
    }


def _written_in(provision: api.Provision) -> str:
    """The language in which a state wrote what its law, or an article, says, if that is not the
    reader's; empty where states wrote it in different ones."""
    said = provision.stated
    if said is not None and not said.contested:
        languages = {said.language}
    elif articles.is_read(provision.id):
        return ""
    else:
        languages = {each.language for each in provision.read_by if not each.contested}
    found = languages.pop() if len(languages) == 1 else ""
    return "" if found == api.title_language() else found


def _verified_by(provision: api.Provision) -> str:
    """Who has read it, and when it was said to all; empty where the register alone speaks."""
    said = provision.stated
    if said is None or said.contested:
        return ""
    told = gettext("Verified by %(state)s and published on %(day)s. %(provides)s.") % {
        "state": members.state(provision.state).name,
        "day": day_text(said.on.isoformat()),
        "provides": PROVIDES[said.provides],
    }
    return told if said.grounds is None else f"{told} {grounds_in_words(said.grounds)}"


def _basis(basis: api.Basis, known: api.Framework) -> Row:
    """A basis as a page shows it: what it is, whether it may be cited, why."""
    if basis.kind == "instrument":
        name = in_readers_language(api.shipped().instruments[basis.id].names)
        # One that a state has published since `known` was read comes with the next page.
        held = [known.provisions[id_] for id_ in basis.provisions if id_ in known.provisions]
        cited = [each.reference for each in held]
    else:
        found = api.provision(basis.id, known=known)
        name = in_readers_language(found.text)
        cited = [found.reference] if found.reference else []
    return {
        "name": name or gettext("Content not yet known"),
        "articles": ", ".join(cited),
        "instrument": basis.id if basis.kind == "instrument" else "",
        "status": STATUSES[basis.status],
        "colour": COLOURS[basis.status],
        "reasons": api.reasons_of(basis),
        **evidence_row(basis.evidence),
    }


def _ground(ground: api.TransferBasis, known: api.Framework) -> Row:
    return {
        "name": GROUNDS[ground.ground],
        "articles": api.provision(ground.law, known=known).reference if ground.law else "",
        "instrument": "",
        "status": STATUSES[ground.status],
        "colour": COLOURS[ground.status],
        "reasons": api.reasons_of(ground),
        **evidence_row(ground.evidence),
    }
