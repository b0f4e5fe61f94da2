"""Files with a referral as test_every_verb.py calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.members import api as members
from tests.config.world import World
from tests.cooperation.files import a_picture
from tests.cooperation.stories import FIELDS, a_consented_case, a_draft, sent_by_two

Told = dict[str, Any]
NAMED = {"fields": FIELDS | {cases.ATTACHMENTS}}


def _file() -> cooperation.IncomingFile:
    writer = cooperation.IncomingFile()
    writer.write(a_picture())
    return writer


def _about(by: Actor) -> Told:
    case = a_consented_case(by, consent=NAMED)
    return {"about_id": sent_by_two(by, a_draft(by, case)).id}


def _drafted(w: World, by: Actor) -> Told:
    about = _about(by)
    one = cooperation.attach(by=by, file=_file(), what="photo", **about)
    return {**about, "attachment_id": one.id}


CALLS: dict[str, Callable[[World, Actor], Told]] = {
    "cooperation.agree_attachment": lambda w, by: {
        **_drafted(w, by),
        "by": members.actor_of(w.cast.luis),
    },
    "cooperation.attach": lambda w, by: {**_about(by), "file": _file(), "what": "photo"},
    "cooperation.open_attachment": _drafted,
    "cooperation.read_attachment": _drafted,
    "cooperation.remove_attachment": _drafted,
    "cooperation.send_attachment": _drafted,
}
