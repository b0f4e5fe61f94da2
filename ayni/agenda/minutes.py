"""The minutes of a meeting as a tagged PDF, made of what was published: every node makes the same.

Times are in UTC and named so. Texts stand as they were recorded, in whatever language; the document
around them is in the reader's. Until the minutes are closed it calls itself a draft.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from ayni.agenda.document_kind import Document
from ayni.agenda.meeting import Meeting
from ayni.agenda.meeting_changes import Change, Phase, Step
from ayni.agenda.meetings import Decision
from ayni.agenda.notice import ShortNotice, short_notice_text
from ayni.agenda.wording import codes_text, day_text, size_text, state_text
from ayni.agenda.work import Commitment
from ayni.agenda.work_kinds import beside_text
from ayni.lib.paper import tagged_pdf
from ayni.members import api as members

# Django's code -> language and, where it tells something, region as PDF names them (BCP 47).
LANGUAGES = {"es": ("es", ""), "pt-br": ("pt", "BR"), "en": ("en", "")}
Json = dict[str, Any]


@cache
def _template() -> bytes:
    return (Path(__file__).parent / "data" / "minutes.typ").read_bytes()


def minutes_pdf(
    found: Meeting, *, caller: str, short: ShortNotice | None,
    commitments: Iterable[Commitment], documents: Iterable[Document], language: str,
) -> bytes:  # fmt: skip
    """The minutes as a tagged PDF (PDF/UA-1) in `es`, `pt-br` or `en`.

    `caller`: the code of whoever called the meeting; `short`: that it was called at shorter notice
    than the rule asks for; `commitments`: those that came from it. What is published alike gives
    the same bytes on every node and day. Raises KeyError for another language."""
    assert found.stands.version is not None  # a meeting is what stands
    with translation.override(language):
        content = content_of(
            found, caller=caller, short=short, commitments=commitments, documents=documents,
            language=language,
        )  # fmt: skip
        return tagged_pdf(_template(), name="minutes", content=content, at=found.stands.version.at)


def moment_text(moment: datetime) -> str:
    """A moment in UTC, named so, as the reader's language writes it."""
    return f"{date_format(moment.astimezone(UTC), 'DATETIME_FORMAT')} (UTC)"


def change_sentences() -> dict[Step, str]:
    """What each step that is listed says, in the reader's language, with `moment`, `place` and
    `reason` to be filled in."""
    return {
        Step.MOVE: _("Moved: it was to be on %(moment)s, %(place)s. Reason: %(reason)s"),
        Step.CANCEL: _("Cancelled: it was to be on %(moment)s, %(place)s. Reason: %(reason)s"),
        Step.CLOSE: _("The minutes were closed."),
        Step.REOPEN: _("The minutes were opened again. Reason: %(reason)s"),
    }


def _change(each: Change) -> str:
    words = {
        "moment": moment_text(each.at),
        "place": each.place or _("place not told"),
        "reason": each.reason,
    }
    return change_sentences()[each.what] % words


def quorum_text(found: Meeting) -> str:
    """How the quorum was counted, by which rule, and whether there was one."""
    if found.rule is not None:
        rule = _("By the rule of the plenary (%(source)s) states that must be present: %(n)s.") % {
            "source": found.rule[1] or _("source not told"), "n": found.rule[0],
        }  # fmt: skip
    elif found.held:
        rule = _("The plenary had set no quorum, so all states had to be present: %(n)s.")
        rule %= {"n": found.quorum}
    else:
        rule = _("States that must be present, as it was known when the meeting was called: %(n)s.")
        return rule % {"n": found.quorum}
    there = _("States present: %(n)s.") % {"n": len(found.present)}
    verdict = (
        _("There was a quorum.")
        if found.quorate
        else _("There was no quorum: nothing was decided.")
    )
    return " ".join((rule, there, verdict))


_STATUS_TEXTS = {
    Phase.CALLED: ("draft", "not_held"),
    Phase.HELD: ("draft", "open"),
    Phase.CLOSED: ("final", "closed"),
    Phase.CANCELLED: ("final", "cancelled"),
}


def status_texts(phase: Phase) -> tuple[str, str]:
    """What the document is, in one word and in a sentence."""
    word, sentence = _STATUS_TEXTS[phase]
    words = {"draft": _("Draft"), "final": _("Final")}
    sentences = {
        "not_held": _("The meeting has not been held."),
        "open": _("The minutes are open: something may be added or changed."),
        "closed": _("The minutes are closed."),
        "cancelled": _("The meeting was cancelled. It was not held."),
    }
    return words[word], sentences[sentence]


def outcome_text(each: Decision) -> str:
    """Whether it was adopted, in a few words."""
    return _("Adopted by consensus") if each.adopted else _("Not adopted: objected to")


def earlier_texts(each: Decision, moment: Callable[[datetime], str] = moment_text) -> list[str]:
    """What a decision said before each correction, the first first, in the reader's language."""
    sentence = _(
        "Corrected on %(moment)s. Before it said: “%(text)s” %(outcome)s. %(lines)s "
        "Reason: %(reason)s"
    )
    return [
        sentence
        % {
            "moment": moment(one.at),
            "text": one.said.text,
            "outcome": outcome_text(one.said),
            "lines": " ".join(_ended(line) for line in _stood(one.said)),
            "reason": one.reason,
        }
        for one in each.earlier
    ]


def _stood(each: Decision) -> list[str]:
    """Who objected, and who agreed with which reservation."""
    lines = []
    if each.objections:
        lines.append(_("Objects: %(states)s.") % {"states": codes_text(each.objections)})
    if each.reservations:
        told = _("With a reservation: %(states)s.") % {"states": codes_text(each.reservations)}
        lines.append(f"{told} {each.reserved}".strip())
    if not lines:
        lines.append(_("No state objected or made a reservation."))
    return lines


def _ended(text: str) -> str:
    """A sentence, with a full stop if whoever recorded its end wrote none."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _decision(number: int, each: Decision) -> Json:
    return {
        "title": _("Decision %(number)s") % {"number": number},
        "text": each.text,
        "outcome": outcome_text(each),
        "lines": [*_stood(each), *earlier_texts(each)],
    }


def _commitment(each: Commitment) -> Json:
    said = each.said
    who = ", ".join(filter(None, (state_text(said.state), said.office, said.institution)))
    others = beside_text(said.beside, said.beside_offices)
    if others:
        who = _("%(who)s, together with %(others)s") % {"who": who, "others": others}
    return {"title": said.title, "who": who, "due": day_text(said.due)}


def _document(each: Document, items: Sequence[str]) -> str:
    about = items[each.item - 1] if 0 < each.item <= len(items) else _("the whole meeting")
    told = _("%(title)s (%(type)s, %(size)s), on: %(item)s. SHA-256: %(digest)s")
    return told % {
        "title": each.title,
        "type": each.type_name,
        "size": size_text(each.size),
        "item": about,
        "digest": each.sha256,
    }


def _states(found: Meeting) -> list[Json]:
    if not found.held:
        return []
    rows = sorted((members.state_name(code), code) for code in members.states())
    there = set(found.present)
    return [
        {"name": name, "value": _("Present") if code in there else _("Absent")}
        for name, code in rows
    ]


def _rows(found: Meeting, caller: str) -> list[Json]:
    return [
        {"name": _("When"), "value": moment_text(found.at)},
        {"name": _("Where"), "value": found.place or _("Not told")},
        {"name": _("Called by"), "value": _caller_text(caller)},
    ]


def _caller_text(caller: str) -> str:
    if caller == members.SECRETARIAT:
        return state_text(caller)
    told = _("%(state)s, which presided, instead of the technical secretariat")
    return told % {"state": state_text(caller)}


def content_of(
    found: Meeting, *, caller: str, short: ShortNotice | None,
    commitments: Iterable[Commitment], documents: Iterable[Document], language: str,
) -> Json:  # fmt: skip
    """What stands in the minutes, in the language that is in force."""
    code, region = LANGUAGES[language]
    status, sentence = status_texts(found.phase)
    version = found.stands.version
    assert version is not None  # a meeting is what stands
    return {
        "language": code,
        "region": region,
        "organ": _(
            "Regional platform against trafficking in persons and the smuggling of migrants"
        ),
        "title": _("Minutes: %(meeting)s") % {"meeting": found.title},
        "status": status,
        "status_text": sentence,
        "columns": [_("About the meeting"), pgettext("column of the minutes", "What is recorded")],
        "rows": _rows(found, caller),
        "short": short_notice_text(short),
        "changes": [_change(each) for each in found.changes],
        "agenda_title": _("Agenda"),
        "agenda": list(found.items),
        "none": _("None is recorded."),
        "present_title": _("Attendance and quorum"),
        "quorum": quorum_text(found),
        "states_columns": [_("State"), _("Attendance")],
        "states": _states(found),
        "text_title": _("Minutes"),
        "text": [each for each in found.minutes.splitlines() if each.strip()],
        "decisions_title": _("Decisions"),
        "decisions": [_decision(n, each) for n, each in enumerate(found.decisions, start=1)],
        "commitments_title": _("Commitments that came from it"),
        "commitments_columns": [_("Commitment"), _("Responsible"), _("Last day")],
        "commitments": [_commitment(each) for each in commitments],
        "documents_title": _("Documents"),
        "documents": [_document(each, found.items) for each in documents],
        "note": _(
            "Made from what was published and signed for all members. Texts stand as they were "
            "recorded. The document names offices and states, not persons."
        ),
        "footer": _("%(status)s. Version %(number)s (%(writer)s), %(moment)s")
        % {
            "status": status,
            "number": version.number,
            "writer": state_text(version.owner),
            "moment": moment_text(version.at),
        },
    }
