"""Two kinds of entries of the gazette: what a release is, and the parts of what it says.

Nothing in either was written by a person: names come from declared data, the rest are numbers and
codes of what the machine checked.
"""

from __future__ import annotations

import re
from typing import Any

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ayni.gazette import api as gazette
from ayni.gazette.api import Owner, Said
from ayni.members.api import Permission
from ayni.statistics.disclosure.findings import Mode
from ayni.statistics.masked.errors import PeriodReversed
from ayni.statistics.releasing import content, reasons
from ayni.statistics.releasing.declared import MODES, Method
from ayni.statistics.releasing.errors import CannotCorrect, OtherMode, UnknownRelease
from ayni.statistics.releasing.reasons import WhyCorrected, WhyWithdrawn
from ayni.statistics.releasing.tables import Release

RELEASE, PART = "statistics.release", "statistics.release_part"
NO_DATE = "unknown"  # in the place of the date of the data, of records of which nobody has said it
_DAY = {"type": "string", "pattern": "^20[0-9]{2}(-[0-9]{2}-[0-9]{2})?$"}
_NAME = {"type": "string", "minLength": 1, "maxLength": 200}


def header(release: Release, raw: bytes, *, withdrawn: str = "") -> dict[str, Any]:
    """The entry of a release whose content is `raw`; `withdrawn`: why it is shown no longer."""
    about = release.about
    more = {"reason": release.reason} if release.reason else {}
    more |= {"withdrawn": withdrawn} if withdrawn else {}
    return {
        **more,
        "corrects": release.corrects_id is not None,
        "crime": about["crime"],
        "dated": about["dated"],
        "first": about["first"],
        "last": about["last"],
        "method": release.method,
        "mode": release.mode,
        "names": {name: about["names"][name] for name in ("en", "es", "pt")},
        "parts": len(content.packed(raw)),
        "population": release.population,
        "sha256": content.digest_of(raw),
        "size": len(raw),
        "source": release.source,
    }


def part_key(sha256: str, number: int) -> str:
    """The key of a part of the content with this hash."""
    return f"{sha256[:40]}.{number}"


def title(said: Said) -> str:
    """What a release is of, in the reader's language, with its period."""
    names = said.body["names"]
    name = names.get((get_language() or "en")[:2], names["en"])
    return f"{name}, {period(said.body['first'], said.body['last'])}"


def period(first: str, last: str) -> str:
    """Years or days as one text."""
    return first if first == last else f"{first} – {last}"


_KEY = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _check(said: Said) -> None:
    body = said.body
    if body["last"] < body["first"]:
        raise PeriodReversed
    if "reason" in body and not body["corrects"]:
        raise CannotCorrect
    if MODES[Method(body["method"])] != Mode(body["mode"]):
        raise OtherMode
    if not _KEY.fullmatch(said.key):  # the public page has its address by it
        raise UnknownRelease


def _released(said: Said) -> str:
    why = reasons.said_of(said.body)
    if "withdrawn" in said.body:
        told = {"what": title(said), "why": why}
        return _("Figures were withdrawn: %(what)s. Why: %(why)s.") % told
    if said.body["corrects"] and why:
        told = {"what": title(said), "why": why}
        return _("Corrected figures were published: %(what)s. Why: %(why)s.") % told
    if said.body["corrects"]:
        return _("Corrected figures were published: %(what)s") % {"what": title(said)}
    return _("Figures were published: %(what)s") % {"what": title(said)}


def _part(said: Said) -> str:
    return _("A part of published figures")


def _name(said: Said) -> str:
    return said.key[:12]


_HEADER = gazette.closed(
    corrects={"type": "boolean"},
    crime={"enum": ["trafficking", "smuggling"]},
    dated={
        "anyOf": [
            {"type": "string", "format": "moment", "pattern": "^20"},
            {"const": NO_DATE},
        ]
    },
    first=_DAY,
    last=_DAY,
    method={"enum": [each.value for each in Method]},
    mode={"enum": [each.value for each in Mode]},
    names=gazette.closed(en=_NAME, es=_NAME, pt=_NAME),
    parts={"type": "integer", "minimum": 1, "maximum": content.MOST_PARTS},
    population={"type": "string", "pattern": "^[a-z0-9_.-]{1,120}$"},
    sha256={"type": "string", "pattern": "^[0-9a-f]{64}$"},
    size={"type": "integer", "minimum": 2, "maximum": content.LARGEST},
    source={"type": "string", "pattern": "^[a-z0-9_]{1,20}$"},
)
_REASONS = {  # not in what was published before reasons were given
    "reason": {"enum": [each.value for each in WhyCorrected]},
    "withdrawn": {"enum": [each.value for each in WhyWithdrawn]},
}
RELEASES = gazette.EntryKind(
    name=RELEASE,
    title=gettext_lazy("Published figures"),
    schema={**_HEADER, "properties": {**_HEADER["properties"], **_REASONS}},
    permission=Permission.RELEASE_REVIEW,
    owners=frozenset({Owner.STATE, Owner.SECRETARIAT}),
    about_nobody=True,
    in_words=_released,
    about=title,
    check=_check,
)
PARTS = gazette.EntryKind(
    name=PART,
    title=gettext_lazy("Part of published figures"),
    schema=gazette.closed(
        part={
            "type": "string",
            "pattern": "^[A-Za-z0-9+/]*={0,2}$",
            "minLength": 1,
            "maxLength": content.PART,
        }
    ),
    permission=Permission.RELEASE_REVIEW,
    owners=frozenset({Owner.STATE, Owner.SECRETARIAT}),
    about_nobody=True,
    in_words=_part,
    about=_name,
)
