"""Objectives and commitments that the plenary has withdrawn: with its reason, and nothing is lost.

What was withdrawn stays in the agenda and is shown as such, with all that its state has said. It
can be taken up again, by a next version.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.agenda import reading, work_kinds, writing
from ayni.agenda.errors import AlreadySo, WhyNeeded, WrongValue
from ayni.agenda.kinds import BOTH, WRITTEN, check_no_person, check_written, text
from ayni.agenda.reading import Presidencies
from ayni.agenda.standing import Stands
from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.gazette.api import Published, Said
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.members.api import Permission

WITHDRAWAL = "agenda.withdrawal"


class Of(StrEnum):
    """What an entry beside the text is about."""

    OBJECTIVE = "objective"
    COMMITMENT = "commitment"

    @property
    def kind(self) -> str:
        """The kind of the text itself."""
        return work_kinds.OBJECTIVE if self is Of.OBJECTIVE else work_kinds.COMMITMENT

    def key(self, key: str) -> str:
        """The key of an entry about the text of this key."""
        return f"{self.value}:{key}"


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """Whether a text is `withdrawn`; `reason`: why it is, or why it was taken up again, empty if
    nothing was said; how the entry stands."""

    withdrawn: bool
    reason: str
    stands: Stands


_NOTHING = Withdrawal(withdrawn=False, reason="", stands=Stands(None, broken=False, passed_over=()))


def _read(stands: Stands) -> Withdrawal:
    if stands.version is None:
        return Withdrawal(withdrawn=False, reason="", stands=stands)
    body = stands.version.body
    return Withdrawal(body["withdrawn"], body["reason"], stands)


class Withdrawals:
    """What was said of withdrawing, of every text, read once."""

    def __init__(self, known: Presidencies) -> None:
        self._found = {
            key: _read(stands) for key, stands in reading.all_of(WITHDRAWAL, known).items()
        }

    def of(self, about: Of, key: str) -> Withdrawal:
        """Of one objective or commitment."""
        return self._found.get(about.key(key), _NOTHING)

    def reason(self, key: str, objective: str) -> str:
        """Why a commitment is not worked on any more: its own reason, or that of its objective;
        empty if it is."""
        both = (self.of(Of.COMMITMENT, key), self.of(Of.OBJECTIVE, objective))
        return next((each.reason for each in both if each.withdrawn), "")


def check_exists(about: Of, key: str, known: Presidencies) -> None:
    """Raise `NotFound` for a text of which nothing stands."""
    if reading.stands_of(about.kind, key, known).version is None:
        raise NotFound


def withdraw(
    *, by: Actor, about: Of, key: str, withdrawn: bool, reason: str, after: str, instead: str = ""
) -> Published:
    """Withdraw an objective or a commitment, or take it up again. With an objective all of its
    commitments are withdrawn. Raises `NotFound`, `WhyNeeded`, `AlreadySo`, and what `record_term`
    raises."""
    known = reading.presidencies()
    writing.check_may_write(by=by, known=known)
    check_exists(about, key, known)
    if len(reason.strip()) < 3:
        raise WhyNeeded
    now = _read(reading.stands_of(WITHDRAWAL, about.key(key), known))
    if now.stands.ref == after and now.withdrawn is withdrawn:
        raise AlreadySo
    body: writing.Json = {"reason": reason.strip(), "withdrawn": withdrawn}
    with audit.act(by=by, verb="agenda.withdraw", subject=key, about=about.value) as act:
        act.note(withdrawn=withdrawn)
        return writing.publish(
            by, WITHDRAWAL, about.key(key), body, known=known, after=after, instead=instead
        )


def all_versions(kind: str, key: str) -> list[Published]:
    """Every version that anybody published of an entry beside a text."""
    owners = [members.SECRETARIAT, *members.states()]
    found = gazette.histories(kind=kind, owners=owners, key=key)
    return [each for line in found.values() for each in line]


def history(about: Of, key: str) -> list[Published]:
    """Every version of what was said of withdrawing it."""
    return all_versions(WITHDRAWAL, about.key(key))


def check_about(said: Said) -> tuple[Of, str]:
    """What an entry beside the text is about. Raises `WrongValue`."""
    about, _colon, key = said.key.partition(":")
    if about not in list(Of) or not work_kinds.is_key(key):
        raise WrongValue(key=said.key)
    return Of(about), key


def _check(said: Said) -> None:
    check_written(said)
    check_about(said)
    if len(said.body["reason"].strip()) < 3:
        raise WhyNeeded
    check_no_person(said.body["reason"])


def in_words(said: Said) -> str:
    """What was said, in one sentence."""
    words: dict[str, Any] = {"why": said.body["reason"]}
    if said.body["withdrawn"]:
        return _("Withdrawn by the plenary: %(why)s") % words
    return _("Taken up again: %(why)s") % words


def address(said: Said) -> str:
    """The page of the commitment; of an objective the work agenda."""
    from django.urls import reverse

    about, key = check_about(said)
    if about is Of.COMMITMENT:
        return reverse("agenda:commitment", args=[key])
    return reverse("agenda:work")


WITHDRAWALS = gazette.EntryKind(
    name=WITHDRAWAL,
    title=gettext_lazy("Withdrawals from the work agenda"),
    schema=gazette.closed(**WRITTEN, reason=text(300), withdrawn={"type": "boolean"}),
    permission=Permission.AGENDA_WRITE,
    owners=BOTH,
    about_nobody=True,
    in_words=in_words,
    about=lambda _said: _("Withdrawal from the work agenda"),
    check=_check,
    address=address,
)
