"""A state without a node is written to by hand: a printed letter under the same consent gate."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cooperation import grants, history, limits, referrals, telling
from ayni.cooperation import vocabulary as words
from ayni.cooperation.errors import HasNode, ImpossibleDay
from ayni.cooperation.ground import legal_ground
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.models import Letter, Referral
from ayni.cooperation.states import REFERRAL, Move, Side, State, check_move
from ayni.lib import clock
from ayni.lib.errors import WrongState
from ayni.lib.paper import tagged_pdf
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

    The same consent, children's and fear rules hold as for a message. By when an answer is owed is
    counted here alone, from the printing on: the other side has no clock, and the secretariat is
    told of none. Raises what `send_referral` raises, and `HasNode` where a message goes.
    """
    members.check_may(by, members.Permission.REFERRAL_SEND)
    mark = _new_mark()
    with audit.act(by=by, verb="cooperation.send_letter", subject=referral_id, mark=mark):
        row = history.fetch(Referral, referral_id, by=by, lock=True)
        check_move(REFERRAL, State(row.state), Move.SEND, Side.SENDER)
        if not referrals.letter_may_go(row):
            raise HasNode
        consent, data = referrals.ready(row, by=by)
        assert row.case is not None
        row.sent_at = clock.now()
        row.due_at = limits.due("referral", "accept", row.case.situation, row.sent_at)
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
        cases.tell_changed(row.case)
    return letter, render_letter(letter, data, mark=mark, until=consent.valid_until)


def _new_mark() -> str:
    """What one printed copy bears on each page; the entry about the printing names it."""
    return secrets.token_hex(4).upper()


def print_again(*, by: Actor, referral_id: UUID) -> bytes:
    """The same letter once more, with a mark of its own; recorded. Only while the consent holds
    under which it went: raises what `send_letter` raises."""
    members.check_may(by, members.Permission.REFERRAL_SEND)
    row = history.fetch(Referral, referral_id, by=by)
    letter = Letter.objects.filter(referral=row).first()
    if letter is None:
        raise WrongState
    consent = grants.check_leaves(row, row.fields, clock.now())
    mark = _new_mark()
    audit.read(by=by, verb="cooperation.print_again", subject=referral_id, mark=mark)
    history.note_opened(row, by=by, form="letter")
    opened = row.unseal(vault.sealer(row.subject), ["content"])["content"]
    data: dict[str, Any] = opened if isinstance(opened, dict) else {}
    return render_letter(letter, data, mark=mark, until=consent.valid_until)


# What the other side may say by letter, in order; a later one implies those before it.
BY_HAND = (Move.ARRIVE, Move.READ, Move.ACCEPT, Move.FIRST_ACTION, Move.OUTCOME)
RECORDED = (Move.ARRIVE, Move.ACCEPT, Move.DECLINE, Move.FIRST_ACTION, Move.OUTCOME)


def recordable(row: Referral) -> list[Move]:
    """What can be recorded by hand of a referral that went by letter."""
    return [move for move in RECORDED if _way(State(row.state), move)]


def _way(state: State, wanted: Move) -> list[Move]:
    """The moves that lead from this state to the wanted one and are the other side's; empty if
    none does."""
    line = BY_HAND if wanted is not Move.DECLINE else (Move.ARRIVE, Move.READ, Move.DECLINE)
    way: list[Move] = []
    for move in line:
        if (state, move) in REFERRAL:
            state = REFERRAL[(state, move)].to
            way.append(move)
        if move is wanted:
            break
    return way if way and way[-1] is wanted else []


def record_letter(*, by: Actor, referral_id: UUID, move: Move, on: date, **told: Any) -> Letter:
    """Record by hand what the other side did, and on which day: `ARRIVE` (the letter was handed
    over), `ACCEPT` (`agreed_at`), `DECLINE` (`reason`), `FIRST_ACTION` (`action`), `OUTCOME`
    (`outcome`).

    Raises `WrongState`, `ImpossibleDay`, `NotADeadline`, ValueError for a code that is none.
    """
    members.check_may(by, members.Permission.REFERRAL_SEND)
    detail = _checked(move, told)
    with audit.act(by=by, verb="cooperation.record_letter", subject=referral_id, move=move.value):
        row = history.fetch(Referral, referral_id, by=by, lock=True)
        letter = Letter.objects.filter(referral=row).first()
        way = _way(State(row.state), move)
        if letter is None or not way:
            raise WrongState
        _check_day(letter, on)
        if move is Move.ACCEPT and told.get("agreed_at") is not None:
            row.agreed_at = told["agreed_at"]
            limits.check_agreed(told["agreed_at"], since=datetime.combine(on, time(), UTC))
        for step in way:
            last = step is move
            history.hear(row, step, by=by, on=on.isoformat(), **(detail if last else {}))
        if letter.handed_over_on is None:
            letter.handed_over_on = on
        if move is not Move.ARRIVE and letter.answered_on is None:
            letter.answered_on = on
        letter.save()
    return letter


def _checked(move: Move, told: dict[str, Any]) -> dict[str, str]:
    match move:
        case Move.DECLINE:
            return {"reason": words.DeclineReason(told["reason"]).value}
        case Move.FIRST_ACTION:
            return {"action": words.FirstAction(told["action"]).value}
        case Move.OUTCOME:
            return {"outcome": words.Outcome(told["outcome"]).value}
        case _:
            return {}


def _check_day(letter: Letter, on: date) -> None:
    zone = ZoneInfo(members.institution(letter.institution_id).time_zone)
    printed = letter.printed_at.astimezone(zone).date()
    if not printed <= on <= clock.now().astimezone(zone).date():
        raise ImpossibleDay


def _ground(row: Referral) -> str:
    """The verified provisions on sending data to that state; empty if none is known."""
    cited = "; ".join(legal_ground(row.provisions))
    return _("Legal ground: %(provisions)s") % {"provisions": cited} if cited else ""


def render_letter(letter: Letter, data: dict[str, Any], *, mark: str, until: datetime) -> bytes:
    """One copy of the letter as a tagged PDF in its language: each page bears its mark and until
    when it may be used."""
    with translation.override(letter.language):
        content = content_of(letter, data, mark=mark, until=until)
        return tagged_pdf(_template(), name="letter", content=content, at=letter.printed_at)


def content_of(
    letter: Letter, data: dict[str, Any], *, mark: str, until: datetime
) -> dict[str, Any]:
    """What stands in one copy of a letter, in its language."""
    with translation.override(letter.language):
        sender = members.institution(letter.institution_id)
        rows = [
            {"name": str(label), "value": cases.in_words(name, data[name])}
            for name, (_row, label) in cases.DISCLOSABLE.items()
            if name in data
        ]
        return {
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
            "ground": _ground(letter.referral),
            "columns": [_("Data"), _("Value")],
            "rows": rows,
            "signature": _("Name, office and signature"),
            "footer": _(
                "Copy %(mark)s, for %(addressee)s only. To be used until %(until)s, then destroyed."
            )
            % {"mark": mark, "addressee": letter.addressee, "until": until.date().isoformat()},
        }
