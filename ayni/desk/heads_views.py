"""Whether the audit trail can be rewritten unnoticed: heads of this node and of the others, and
what does not go together. For the data protection officer; nothing about any person."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from ayni.audit.api import Actor
from ayni.desk.keys_ahead import keys_shown
from ayni.desk.officer import officer
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.lib.errors import Text
from ayni.members import api as members

# Code of an alarm -> what happened, and what it may mean.
ALARMS: dict[str, Text] = {
    "contradicts": gettext_lazy(
        "%(node)s: the daily signature that came does not follow from the one before. Its audit "
        "trail was changed afterwards, or restored from a backup without saying so."
    ),
    "gap": gettext_lazy(
        "%(node)s: at least one daily signature never came. The days between cannot be compared."
    ),
    "restored": gettext_lazy(
        "%(node)s: says that it was restored from a backup on %(restored)s, to its daily signature "
        "number %(before)s. What it recorded after that one is lost there."
    ),
    "anew": gettext_lazy(
        "%(node)s: its daily signatures begin anew with number 1, under a new identity key. Its "
        "node was set up again, and its audit trail of before does not go on. Ask whether that was "
        "agreed."
    ),
    "two_truths": gettext_lazy(
        "%(node)s: signed two different daily signatures with the same number. Another node was "
        "shown another audit trail than this one. Told by: %(source)s."
    ),
    "not_ours": gettext_lazy(
        "This node: another node holds a daily signature of ours that is not known here any more. "
        "The audit trail here was changed, or restored from a backup without saying so. "
        "Told by: %(source)s."
    ),
    "two_directories": gettext_lazy(
        "The members of the platform: two different directories with the number %(number)s were "
        "signed by as many states as are needed. This node keeps to the first. "
        "Told by: %(source)s."
    ),
    "two_key_sheets": gettext_lazy(
        "%(node)s: signed two different key sheets with the number %(number)s. Its identity key "
        "may be in wrong hands. This node keeps to the first. Told by: %(source)s."
    ),
    "foreign_sheet": gettext_lazy(
        "This node: a key sheet of ours (number %(number)s) was not made here. Whoever made it has "
        "our identity key, can speak for this node and can read what is sealed to that sheet. If "
        "it was made for us on a machine that is no more, nothing is stolen. Told by: %(source)s."
    ),
    "two_entries": gettext_lazy(
        "%(node)s: published two different entries with the number %(version)s under one name "
        "(%(entry)s). Both are kept, and neither counts until it publishes a later one. "
        "Told by: %(source)s."
    ),
    "own_entry_revoked": gettext_lazy(
        "This node: another node brought an entry under our name (%(entry)s, number %(version)s) "
        "that was not known here, signed with a key that this node has revoked. Either a restore "
        "had lost it, or whoever has the stolen key wrote it. Nobody gets it from here. If it is "
        "not ours, publish a next version or take it back. Told by: %(source)s."
    ),
    "log_contradicts": gettext_lazy(
        "%(node)s: the daily signature of its messages that came does not follow from the one "
        "before. Its log of messages was changed afterwards, or restored from a backup without "
        "saying so. Where single days do not agree, another alarm names the messages."
    ),
    "log_gap": gettext_lazy(
        "%(node)s: at least one daily signature of its messages never came. The days between "
        "cannot be compared."
    ),
    "log_restored": gettext_lazy(
        "%(node)s: says that it was restored from a backup on %(restored)s, to the daily signature "
        "of its messages number %(before)s. It learns from the other nodes what it has lost."
    ),
    "log_anew": gettext_lazy(
        "%(node)s: the daily signatures of its messages begin anew with number 1, under a new "
        "identity key. Its node was set up again, and its log of messages of before does not go "
        "on. Ask whether that was agreed."
    ),
    "log_two_truths": gettext_lazy(
        "%(node)s: signed two different daily signatures of its messages with the same number. "
        "Another node was shown another log than this one. Told by: %(source)s."
    ),
    "log_not_ours": gettext_lazy(
        "This node: another node holds a daily signature of our messages that is not known here "
        "any more. The log of messages here was changed, or restored from a backup without saying "
        "so. Told by: %(source)s."
    ),
    "log_differs": gettext_lazy(
        "%(node)s: on %(day)s it does not hold the same messages between us as this node does. "
        "Held only here: %(only_here)s. Held only there: %(only_there)s. "
        "Numbers of the messages: %(messages)s."
    ),
    "log_changed": gettext_lazy(
        "This node: messages of %(day)s are no longer what was signed on that day. Somebody has "
        "changed or removed them, or the log of messages. Numbers of the messages: %(messages)s."
    ),
}
# Alarms that the trail of no node explains: people ask each other, no command tells more.
_NO_COMMAND = frozenset(
    {
        "two_directories",
        "two_key_sheets",
        "foreign_sheet",
        "two_entries",
        "own_entry_revoked",
        *(code for code in ALARMS if code.startswith("log_")),
    }
)
# About what everybody holds: the members, their keys, what one of them published. All must agree on
# which document holds.
_OF_TRUST = frozenset({"two_directories", "two_key_sheets", "two_entries"})


def node_name(code: str) -> str:
    """A member in the reader's language."""
    if code == members.SECRETARIAT:
        return str(_("Technical secretariat"))
    return str(members.state(code).name)


def _day(moment: Any) -> str:
    return "" if moment is None else date_format(localtime(moment), "DATETIME_FORMAT")


def _words(alarm: Any) -> str:
    head = alarm.evidence[-1]["body"]
    restored = clock.parse(head["restored"]) if head.get("restored") else None
    return str(ALARMS[alarm.code]) % {
        "node": node_name(alarm.node),
        "source": node_name(alarm.source),
        "restored": _day(restored),
        "before": head.get("number", 1) - 1,
        "number": head.get("number"),
        "version": head.get("version"),
        "entry": f"{head.get('kind', '')}: {head.get('key', '')}",
        **_of_a_day(head),
    }


def _of_a_day(body: dict[str, Any]) -> dict[str, Any]:
    """What does not agree of one day: the day, how many messages, and their numbers."""
    if "day" not in body:
        return {}
    here, there = body.get("only_here", []), body.get("only_there", [])
    named = [*here, *there, *body.get("changed", [])]
    return {
        "day": date_format(date.fromisoformat(body["day"]), "DATE_FORMAT"),
        "only_here": len(here),
        "only_there": len(there),
        "messages": ", ".join(named) or _("not known"),
    }


def _alarm(alarm: Any) -> dict[str, Any]:
    own = alarm.node == members.this_node() and alarm.code not in _OF_TRUST
    return {
        "commands": alarm.code not in _NO_COMMAND,
        "of_trust": alarm.code in _OF_TRUST,
        "of_keys": alarm.code == "foreign_sheet",
        "id": alarm.id,
        "at": alarm.at,
        "words": _words(alarm),
        "whom": "" if own else node_name(alarm.node),
        "code": alarm.source if own else alarm.node,
        "own": own,
        "seen_at": alarm.seen_at,
        "seen_by": members.user(alarm.seen_by).display_name if alarm.seen_by else "",
    }


def _row(witness: exchange.Witness) -> list[str]:
    last = state = _("None yet")
    if witness.number is not None:
        state = _("Late: nothing for two days") if witness.late else _("Comes every day")
        last = _("Number %(n)s of %(day)s") % {"n": witness.number, "day": _day(witness.at)}
    ours = _("Not said yet")
    if witness.ours_there is not None:
        ours = _("Number %(n)s") % {"n": witness.ours_there}
    return [node_name(witness.node), last, state, ours]


@require_GET
@officer
def heads(request: HttpRequest, by: Actor) -> HttpResponse:
    """Heads and alarms."""
    found = exchange.witnesses(by=by)
    context = {
        "number": found.number,
        "at": found.at,
        "head": [
            _("Node"),
            _("Its last daily signature"),
            _("Does it come?"),
            _("Our last one that it holds"),
        ],
        "rows": [_row(witness) for witness in found.others],
        "alarms": [_alarm(alarm) for alarm in found.alarms],
        "keys": keys_shown(node_name),
    }
    return render(request, "desk/heads.html", context)


@require_POST
@officer
def seen(request: HttpRequest, by: Actor, alarm_id: int) -> HttpResponse:
    """An alarm was seen; it stays in the list."""
    exchange.see_alarm(by=by, alarm_id=alarm_id)
    messages.success(request, _("It is noted that you have seen this alarm. It stays in the list."))
    return redirect("desk:heads")
