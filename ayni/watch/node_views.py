"""One other node, for the administrator: the way to it, what waits, its clock and its keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from ayni.audit.api import Actor
from ayni.exchange import api as exchange
from ayni.exchange.api import Circuit, PeerReport
from ayni.lib import clock
from ayni.watch import api as watch
from ayni.watch.views import duration, member, officer

FEW = 10  # below it a count is not told: one message on a quiet day is somebody


def few(count: int) -> str:
    """A count as an administrator may see it."""
    if count == 0:
        return _("no message")
    return _("fewer than 10") if count < FEW else number_format(count)


def _when(moment: datetime | None) -> str:
    return _("never") if moment is None else date_format(localtime(moment), "DATETIME_FORMAT")


def _way(report: PeerReport) -> str:
    if report.fetched_at is not None and report.circuit is not Circuit.WORKS:
        return _(
            "Cannot be reached from here. It fetches by itself what waits for it, last at %(when)s"
        ) % {"when": _when(report.fetched_at)}
    if report.circuit is Circuit.WORKS:
        return _("Works")
    if report.circuit is Circuit.RESTS:
        assert report.next_attempt is not None
        return _("Rests after failed attempts; it is tried again at %(when)s") % {
            "when": _when(report.next_attempt)
        }
    return _("Failed; it is being tried again")


def _rate(part: int, whole: int) -> str:
    if whole < FEW:
        return _("fewer than 10 attempts: no share is told")
    share = number_format(100 * part / whole, decimal_pos=1)
    return _("%(share)s %% of %(n)s attempts") % {"share": share, "n": number_format(whole)}


def _clock(seconds: int | None) -> str:
    if not seconds:
        return _("in time")
    told = {"time": duration(abs(seconds))}
    if seconds > 0:
        return _("%(time)s ahead of ours") % told
    return _("ours is %(time)s ahead of it") % told


def _number(number: int | None) -> str:
    return _("not told yet") if number is None else number_format(number, use_l10n=False)


def _row(key: str, value: str) -> dict[str, str]:
    return {"key": key, "value": value}


def _parts(report: PeerReport, own: watch.Own) -> list[dict[str, Any]]:
    way = [
        _row(_("How it is"), _way(report)),
        _row(_("Failed attempts in a row"), number_format(report.failures)),
        _row(_("It last took something of ours"), _when(report.answered_at)),
        _row(_("Its last message came"), _when(report.heard_at)),
        _row(_("Attempts that failed within a day"), _rate(report.failed, report.attempts)),
        _row(_("Its clock"), _clock(report.skew_seconds)),
    ]
    oldest = _when(report.oldest) if report.oldest else _("no message")
    to_it = [
        _row(_("Waiting for it"), few(report.waits)),
        _row(_("The oldest waits since"), oldest),
        _row(_("Delivered within a day"), few(report.delivered)),
        _row(_("Refused by it within a day"), few(report.refused)),
        _row(_("Cancelled here before they left, within a day"), few(report.cancelled)),
    ]
    from_it = [
        _row(_("Received within a day"), few(report.received)),
        _row(_("Waiting for an earlier one or for their time"), few(report.waiting)),
        _row(_("Set aside: they could not be applied"), few(report.set_aside)),
        _row(_("Left out by it for more than a day, without a word"), few(report.missing)),
    ]
    keys = [
        _row(_("Directory of members here"), _number(own.directory)),
        _row(_("Directory of members there"), _number(report.directory)),
        _row(_("Our key sheet here"), _number(own.sheet)),
        _row(_("Our key sheet there"), _number(report.our_sheet)),
        _row(_("Its key sheet here"), _number(report.sheet)),
        _row(_("Its keys are valid until"), _when(report.sheet_until)),
        _row(_("When it told what it has"), _when(report.told_at)),
    ]
    return [
        {"title": _("The way to it"), "rows": way},
        {"title": _("Messages to it"), "rows": to_it},
        {"title": _("Messages from it"), "rows": from_it},
        {"title": _("Members and keys"), "rows": keys},
    ]


def _behind(report: PeerReport, own: watch.Own) -> list[str]:
    """What the administrator should tell the other one."""
    found = []
    if report.directory is not None and own.directory and report.directory < own.directory:
        found.append(
            _("It works with an older directory of members than this node. Its administrator "
              "should see whether its worker runs.")
        )  # fmt: skip
    if report.our_sheet is not None and own.sheet and report.our_sheet < own.sheet:
        found.append(
            _("It does not have our newest keys yet. It fetches them every hour, and as soon as a "
              "message of ours comes that it cannot check.")
        )  # fmt: skip
    if report.missing:
        found.append(
            _("Messages of its conversations with us are missing, and it does not say what became "
              "of them, though it was asked. Its administrator should see whether it was restored.")
        )  # fmt: skip
    return found


@require_GET
@officer
def node(request: HttpRequest, by: Actor, code: str) -> HttpResponse:
    """One other node."""
    report, own = watch.other_node(by=by, code=code)
    context = {
        "name": member(code),
        "parts": [] if report is None else _parts(report, own),
        "behind": [] if report is None else _behind(report, own),
        "at": clock.now(),
        "set_aside": report is not None and report.set_aside > 0,
        "resting": report is not None and exchange.rested_count(code) > 0,
    }
    return render(request, "watch/node.html", context)
