"""Whether what this node holds is what its owners have signed, for every officer: verified
ten minutes ago at most, with one number for each member to compare with another node's."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from ayni.gazette import verifying
from ayni.gazette.verifying import Fault, Found, Holding
from ayni.gazette.views import member_name

# A name in the address -> the room whose kinds are looked at.
ROOMS = {"": "", "agenda": "agenda", "support": "support", "norms": "norms"}
FAULTS = {
    Fault.CHANGED: gettext_lazy("This is not what its owner has signed."),
    Fault.NO_KEY: gettext_lazy("The key sheet with which it was signed is not on this node."),
    Fault.KEY_REFUSED: gettext_lazy("It was signed with a key that does not count any more."),
}


@login_required
@require_safe
def verified(request: HttpRequest) -> HttpResponse:
    """What is held of each member, and whether every signature holds."""
    room = ROOMS.get(request.GET.get("room", ""), "")
    found = verifying.verified(room=room)
    names = (_("All"), _("Work agenda"), _("Support between countries"), _("Regulatory framework"))
    context = {
        "rooms": [
            {"code": code, "name": name, "here": code == room}
            for code, name in zip(ROOMS, names, strict=True)
        ],
        "holds": all(each.holds for each in found),
        "found": bool(found),
        "head": [_("Member"), _("Entries"), _("Number to compare"), _("Signatures")],
        "rows": [_row(each) for each in found],
        "wrong": [_wrong(each, one) for each in found for one in each.wrong],
    }
    return render(request, "gazette/verified.html", context)


def _row(found: Holding) -> list[Any]:
    standing = _("All hold") if found.holds else _("Not all hold")
    if found.missing:
        standing = _("%(standing)s; versions that have not come: %(n)s") % {
            "standing": standing, "n": found.missing
        }  # fmt: skip
    entries = {"text": str(found.entries), "number": True}
    return [member_name(found.owner), entries, verifying.in_groups(found.total), standing]


def _wrong(found: Holding, one: Found) -> str:
    words = {
        "owner": member_name(found.owner), "kind": one.kind, "key": one.key, "n": one.version,
        "why": FAULTS[one.fault],
    }  # fmt: skip
    return _("%(owner)s, %(kind)s, %(key)s, version %(n)s: %(why)s") % words
