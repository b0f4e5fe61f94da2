"""A state without a node is written to by hand: a printed letter under the same consent gate."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import typst
from django.utils import translation
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import history, referrals, telling
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Letter, Referral
from ayni.cooperation.reading import as_text
from ayni.cooperation.states import REFERRAL, Move, Side, State, check_move
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.members import api as members
from ayni.vault import api as vault

LANGUAGES = {"es": "es", "pt-br": "pt", "en": "en"}


@cache
def _template() -> bytes:
    return (Path(__file__).parent / "data" / "letter.typ").read_bytes()


def send_letter(
    *, by: Actor, referral_id: UUID, addressee: str, language: str
) -> tuple[Letter, bytes]:
    """Refer by printed letter; the record and its PDF (tagged, PDF/UA-1).

    The same consent, children's and fear rules hold as for a message. No clock starts: the other
    side has none. Raises what `send_referral` raises.
    """
    members.check_may(by, members.Permission.REFERRAL_SEND)
    with audit.act(by=by, verb="cooperation.send_letter", subject=referral_id):
        row = history.fetch(Referral, referral_id, by=by, lock=True)
        check_move(REFERRAL, State(row.state), Move.SEND, Side.SENDER)
        consent, data = referrals.ready(row, by=by)
        row.sent_at = clock.now()
        row.seal(vault.sealer(row.subject), content=data)
        history.advance(row, REFERRAL, Move.SEND, Side.SENDER, by=by, channel="letter")
        letter = Letter.objects.create(
            institution_id=row.institution_id,
            referral=row,
            addressee=addressee,
            language=language,
            printed_at=clock.now(),
        )
        telling.register(row, basis=f"consent:{consent.id}", fields=list(data), channel="letter")
    return letter, render_letter(letter, data)


def print_again(*, by: Actor, referral_id: UUID) -> bytes:
    """The same letter once more; recorded."""
    members.check_may(by, members.Permission.REFERRAL_SEND)
    row = history.fetch(Referral, referral_id, by=by)
    letter = Letter.objects.filter(referral=row).first()
    if letter is None:
        raise WrongState
    audit.read(by=by, verb="cooperation.print_again", subject=referral_id)
    opened = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    return render_letter(letter, opened if isinstance(opened, dict) else {})


def record_letter(
    *, by: Actor, referral_id: UUID, handed_over_on: date | None, answered_on: date | None
) -> Letter:
    """Record by hand when it was handed over and when it was answered."""
    members.check_may(by, members.Permission.REFERRAL_SEND)
    with audit.act(by=by, verb="cooperation.record_letter", subject=referral_id):
        row = history.fetch(Referral, referral_id, by=by, lock=True)
        letter = Letter.objects.filter(referral=row).first()
        if letter is None:
            raise WrongState
        letter.handed_over_on = handed_over_on or letter.handed_over_on
        letter.answered_on = answered_on or letter.answered_on
        letter.save()
    return letter


def render_letter(letter: Letter, data: dict[str, Any]) -> bytes:
    """The letter as a tagged PDF in its language. Pure but for the words of the catalogue."""
    with translation.override(letter.language):
        sender = members.institution(letter.institution_id)
        rows = [
            {"name": str(cases.DISCLOSABLE[name][1]), "value": as_text(value)}
            for name, value in data.items()
            if name in cases.DISCLOSABLE
        ]
        content = {
            "language": LANGUAGES.get(letter.language, "es"),
            "title": _("Referral of a person for assistance"),
            "from": _("From: %(sender)s") % {"sender": sender.name},
            "to": _("To: %(addressee)s") % {"addressee": letter.addressee},
            "date": letter.printed_at.date().isoformat(),
            "intro": _(
                "With the consent of the person concerned we ask you to assist her or him. Use "
                "these data for this purpose only."
            ),
            "never": _("These states must not receive this: %(states)s")
            % {"states": ", ".join(members.state(code).name for code in data[NEVER])}
            if data.get(NEVER)
            else "",
            "columns": [_("Data"), _("Value")],
            "rows": rows,
            "signature": _("Name, office and signature"),
        }
    return bytes(
        typst.compile(
            _template(),
            format="pdf",
            pdf_standards=["ua-1"],
            sys_inputs={"letter": json.dumps(content)},
            timestamp=int(letter.printed_at.timestamp()),
        )
    )


def letter_of(*, by: Actor, referral_id: UUID) -> Letter | None:
    """The letter by which a referral went, if it did."""
    members.check_may(by, members.Permission.REFERRAL_SEND)
    return Letter.objects.filter(institution_id=by.institution, referral_id=referral_id).first()
