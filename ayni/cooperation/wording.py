"""What happened with a referral or request, and how it goes with its delivery, in sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import vocabulary as words
from ayni.cooperation.models import Event, FirstReading, Pause
from ayni.cooperation.pages import moment, state_name
from ayni.cooperation.pauses import Standing
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import Text
from ayni.members import api as members

_CODES: Mapping[str, Any] = {
    "action": words.FirstAction,
    "outcome": words.Outcome,
}
_REASONS: Mapping[str, Text] = {
    **dict(words.DeclineReason.choices),
    **dict(words.WithdrawReason.choices),
}
# Why something of ours was cancelled before it left.
_CANCELLED: Mapping[str, Text] = {
    "feared_state": cases.FearedState.reason,
    "fear_unplaced": cases.FearUnplaced.reason,
    "consent_missing": cases.ConsentMissing.reason,
    "guardian_missing": cases.GuardianMissing.reason,
    "second_officer_missing": cases.SecondOfficerMissing.reason,
    "second_for_identity": cases.SecondForIdentity.reason,
    "protection_changed": gettext_lazy(
        "She or he has named a state that must not learn of this, and the receiver would not have "
        "known. Write it anew."
    ),
    "case_hidden": gettext_lazy(
        "The time for which the case is kept was over before this could be sent."
    ),
    "restored": gettext_lazy(
        "This was not sent: the node was restored from a backup, and it is not known any more "
        "whether the person still agrees. Ask her or him; then withdraw it and send it anew."
    ),
    "not_a_member": gettext_lazy("That state is no member of the directory any more."),
    "grant_expired": gettext_lazy("The consent had expired before it could be sent."),
    "expired": gettext_lazy("Its time was over before it could be sent."),
}
_AHEAD = 60


def event_text(event: Event, by: Actor) -> str:
    """When it happened, and what was said about it: codes in the reader's language."""
    return " ".join([f"{moment(event.at, by)}.", *_details(event.detail)])


def _details(detail: Mapping[str, Any]) -> Iterable[str]:
    if detail.get("on"):
        day = date_format(date.fromisoformat(detail["on"]), "SHORT_DATE_FORMAT")
        yield _("On %(day)s, by letter.") % {"day": day}
    if detail.get("reason") in _REASONS:
        yield _("Reason: %(reason)s.") % {"reason": _REASONS[detail["reason"]]}
    if detail.get("cancelled"):
        why = _CANCELLED.get(detail["cancelled"], detail["cancelled"])
        yield _("Reason: %(reason)s.") % {"reason": str(why).rstrip(".")}
    if detail.get("wanted"):
        yield _("Asked for: %(fields)s.") % {"fields": field_names(detail["wanted"])}
    if detail.get("fields"):
        yield _("Sent: %(fields)s.") % {"fields": field_names(detail["fields"])}
    for name, codes in _CODES.items():
        if detail.get(name) in codes.values:
            yield f"{codes(detail[name]).label}."
    if detail.get("timeliness") in words.Rating.values:
        rating = words.Rating(detail["timeliness"]).label
        yield _("In time: %(rating)s.") % {"rating": rating}
    if detail.get("effort") in words.Rating.values:
        yield _("Effort: %(rating)s.") % {"rating": words.Rating(detail["effort"]).label}
    if detail.get("never"):
        yield _("Also sent: which states must not learn of her or him.")
    if detail.get("late"):
        yield _("It came too late to change anything.")


def unanswered_text(*, letter: bool, is_referral: bool) -> str:
    """What an officer can do when the other side is late."""
    if letter:
        return _(
            "The time for an answer to the letter is over. Telephone the addressee and ask whether "
            "it arrived and what they decide, and write that down below. If it did not arrive, "
            "print it again and hand it over. If they cannot help, withdraw it and refer to "
            "another institution. If the person is in danger, do not wait for the answer."
        )
    if is_referral:
        return _(
            "The time for an answer is over. Telephone the institution; below stands whether it "
            "arrived and who has read it there. If nobody can help there, withdraw it and refer to "
            "another institution. If the person is in danger, do not wait for the answer."
        )
    return _(
        "The time for an answer is over. Telephone the institution; below stands whether it "
        "arrived and who has read it there. If nobody can answer there, withdraw it and ask "
        "another institution. If the person is in danger, do not wait for the answer."
    )


def reading_text(reading: FirstReading, *, by: Actor) -> str:
    """Which role has read what we sent, and when; a role of a later version by its code."""
    known = {str(role): name for role, name in members.ROLE_NAMES.items()}
    role = str(known.get(reading.role, reading.role))
    return _("%(role)s: %(at)s") % {"role": role, "at": moment(reading.at, by)}


def pause_text(pause: Pause, by: Actor) -> str:
    """Who asked for a pause, why and until when, and what the other side said."""
    told = {
        "until": moment(pause.until, by),
        "asked": moment(pause.asked_at, by),
        "answered": moment(pause.answered_at, by),
        "since": moment(pause.since, by),
        "ended": moment(pause.ended_at, by),
        "why": pause.get_end_reason_display(),
    }
    ours = pause.direction == "out"
    asked = (
        _("We asked on %(asked)s for a pause until %(until)s.")
        if ours
        else _("They asked on %(asked)s for a pause until %(until)s.")
    )
    why = _("Reason: %(reason)s.") % {"reason": pause.get_reason_display()}
    return f"{asked % told} {why} {_answered(pause, ours) % told}"


def _answered(pause: Pause, ours: bool) -> str:
    if pause.ended_at is not None:
        return (
            _("Both sides agreed from %(since)s on. We ended it early: from %(ended)s on the time "
              "runs. Reason: %(why)s.")
            if pause.ended_by == "out"
            else _("Both sides agreed from %(since)s on. They ended it early: from %(ended)s on "
                   "the time runs. Reason: %(why)s.")
        )  # fmt: skip
    if pause.standing == Standing.AGREED:
        return _("Both sides agreed: the time stood or stands still from %(since)s on.")
    if pause.standing == Standing.REFUSED:
        return (
            _("They did not agree (%(answered)s). The time goes on.")
            if ours
            else _("We did not agree (%(answered)s). The time goes on.")
        )
    if pause.until <= clock.now():
        return _("Nobody answered in time. The time went on.")
    return (
        _("They have not answered yet. Without their agreement there is no pause.")
        if ours
        else _("We have not answered yet. Without our agreement there is no pause.")
    )


def field_names(names: Iterable[str]) -> str:
    """Names of disclosable fields in the reader's language."""
    known = cases.DISCLOSABLE
    return ", ".join(str(known[name][1]) for name in names if name in known)


def delivery_text(row: Any, sent: Iterable[exchange.Delivery]) -> str:
    """What has not reached the other side yet, or was not taken there; empty if all was applied."""
    state = state_name(row.counterpart_state)
    for one in reversed(list(sent)):
        if one.state == "refused" and one.reason == exchange.KeyGone.code:
            return _(
                "This message waited so long that the node of %(state)s has removed the keys that "
                "it was sealed to. Nothing of it was read there, and it is not sent again by "
                "itself: withdraw it and send it anew, or use a printed letter."
            ) % {"state": state}
        if one.state == "refused":
            return _(
                "The node of %(state)s has not taken this message (%(code)s). Nothing of it was "
                "read there. Tell your administrator; then withdraw it and send it anew, or use a "
                "printed letter."
            ) % {"state": state, "code": one.reason}
        if one.state == "cancelled" and one.reason == "restored":
            return str(_CANCELLED["restored"])
        if one.state == "queued" and one.attempts:
            return ngettext(
                "The node of %(state)s does not answer. It was tried once, and is tried again and "
                "again. Nothing is lost.",
                "The node of %(state)s does not answer. It was tried %(count)d times, and is tried "
                "again and again. Nothing is lost.",
                one.attempts,
            ) % {"state": state, "count": one.attempts}
        if one.state == "queued":
            return _("It is about to be sent to the node of %(state)s.") % {"state": state}
        if one.reason == "waiting":
            return _(
                "It has reached the node of %(state)s and waits there, because the clocks of the "
                "two nodes differ or an earlier message is missing. It will be applied by itself."
            ) % {"state": state}
        if one.reason == "set_aside":
            return _(
                "It has reached the node of %(state)s, which has set it aside: its administrator "
                "must look at it. Nothing is lost."
            ) % {"state": state}
        return ""
    return ""


def neighbour_notes() -> list[str]:
    """What officers must know of the other nodes: who does not answer, whose clock is wrong."""
    notes = []
    for one in exchange.neighbours():
        name = _("Technical secretariat")
        if one.node != members.SECRETARIAT:
            name = state_name(one.node)
        if one.failures and one.queued and one.node != members.SECRETARIAT:
            notes.append(
                _(
                    "The node of %(state)s does not answer at present. What is for it waits here "
                    "and will be sent."
                )
                % {"state": name}
            )
        if one.skew_seconds is not None and abs(one.skew_seconds) >= _AHEAD:
            minutes = abs(one.skew_seconds) // 60
            notes.append(_skew(one.skew_seconds > 0) % {"state": name, "minutes": minutes})
    return notes


def _skew(theirs_ahead: bool) -> str:
    if theirs_ahead:
        return _(
            "The clock of the node of %(state)s is %(minutes)d minutes ahead of ours. Its messages "
            "wait until their time has come. Tell your administrator."
        )
    return _(
        "Our clock is %(minutes)d minutes ahead of the clock of the node of %(state)s. Our "
        "messages wait there until their time has come. Tell your administrator."
    )
