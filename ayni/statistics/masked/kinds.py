"""What travels for a sum over states: five kinds of entries that all read, two sealed messages.

Entries (`gazette`): the secretariat declares a round; each state says whether it takes part,
announces its share before it leaves, and says so if it never left; the secretariat says what came
of it. Messages
(`exchange`): the secret of a pair of states, and a share for the secretariat.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from ayni.exchange import api as exchange
from ayni.gazette import api as gazette
from ayni.gazette.api import Owner, Said
from ayni.lib import clock
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics.masked import masks
from ayni.statistics.masked.errors import PeriodReversed, ReasonNeeded, TooFewStates
from ayni.statistics.masked.rounds import LEAST_STATES
from ayni.statistics.masked.tables import sum_table, sum_tables

ROUND, ANSWER, SHARE = "statistics.sum_round", "statistics.sum_answer", "statistics.sum_share"
OUTCOME, UNSENT = "statistics.sum_outcome", "statistics.sum_unsent"
_DIGEST = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
_DAY = {"type": "string", "pattern": "^20[0-9]{2}-[0-9]{2}-[0-9]{2}$"}
_MOMENT = {"type": "string", "format": "moment", "pattern": "^20"}
_STATES = sorted(members.states())
_SOME_STATES = {
    "type": "array",
    "uniqueItems": True,
    "maxItems": len(_STATES),
    "items": {"enum": _STATES},
}


class Reason(StrEnum):
    """Why a state does not take part. A list, so that it says nothing of anybody and is read in
    each language."""

    FEW = "few"  # so few cases that the sum could tell of somebody
    NOT_COUNTED = "not_counted"  # the cases are not in the node, or not of these years
    QUALITY = "quality"  # the counts are not good enough to be added
    NO_MANDATE = "no_mandate"  # an authority of the state has to agree first
    NO_TIME = "no_time"
    OTHER = "other"


class Outcome(StrEnum):
    """What came of a round in which every state has given."""

    ADDED = "added"
    NO_TABLE = "no_table"  # the parts add up to no possible table
    PART_WRONG = "part_wrong"  # a part is not the one that its state has announced


def _check_round(said: Said) -> None:
    body = said.body
    sum_table(body["table"])
    if len(body["states"]) < LEAST_STATES:
        raise TooFewStates
    if date.fromisoformat(body["last"]) < date.fromisoformat(body["first"]):
        raise PeriodReversed
    if clock.parse(body["share_due"]) < clock.parse(body["answer_due"]):
        raise PeriodReversed


def _round_in_words(said: Said) -> str:
    names = sum_table(said.body["table"]).names
    return _("A sum over states is declared: %(table)s, %(first)s to %(last)s") % {
        "table": names.get((get_language() or "en")[:2], names["en"]),
        "first": said.body["first"],
        "last": said.body["last"],
    }


def _check_answer(said: Said) -> None:
    # A yes has no reason; a no without one is what was published before there were reasons.
    if said.body["takes_part"] and "reason" in said.body:
        raise ReasonNeeded


def _answer_in_words(said: Said) -> str:
    if said.body["takes_part"]:
        return _("Takes part in a sum over states")
    return _("Does not take part in a sum over states")


def _outcome_in_words(said: Said) -> str:
    if said.body["outcome"] == Outcome.ADDED:
        return _("A sum over states was added")
    return _("A sum over states could not be added")


def _announced_in_words(said: Said) -> str:
    return _("Has announced its part of a sum over states")


def _unsent_in_words(said: Said) -> str:
    return _("Its part of a sum over states never left it")


def _name(said: Said) -> str:
    return said.key[:12]


def _address(said: Said) -> str:
    return reverse("statistics:sum", args=[said.key])


def _all(_said: Said) -> str:
    return reverse("statistics:sums")


ROUNDS = gazette.EntryKind(
    name=ROUND,
    title=gettext_lazy("Sum over states"),
    schema=gazette.closed(
        answer_due=_MOMENT,
        first=_DAY,
        last=_DAY,
        share_due=_MOMENT,
        states=_SOME_STATES,
        table={"enum": sorted(sum_tables())},
    ),
    permission=Permission.SUM_DECLARE,
    owners=frozenset({Owner.SECRETARIAT}),
    about_nobody=True,
    in_words=_round_in_words,
    about=_name,
    check=_check_round,
    address=_all,
)
ANSWERS = gazette.EntryKind(
    name=ANSWER,
    title=gettext_lazy("Taking part in a sum over states"),
    schema={
        **gazette.closed(
            reason={"enum": [each.value for each in Reason]}, takes_part={"type": "boolean"}
        ),
        "required": ["takes_part"],
    },
    permission=Permission.SUM_GIVE,
    owners=frozenset({Owner.STATE}),
    about_nobody=True,
    in_words=_answer_in_words,
    about=_name,
    check=_check_answer,
    address=_address,
)
SHARES = gazette.EntryKind(
    name=SHARE,
    title=gettext_lazy("Part of a sum over states"),
    schema=gazette.closed(commitment=_DIGEST),
    permission=Permission.SUM_GIVE,
    owners=frozenset({Owner.STATE}),
    about_nobody=True,
    in_words=_announced_in_words,
    about=_name,
    address=_address,
)
OUTCOMES = gazette.EntryKind(
    name=OUTCOME,
    title=gettext_lazy("What came of a sum over states"),
    schema=gazette.closed(outcome={"enum": [each.value for each in Outcome]}, states=_SOME_STATES),
    permission=Permission.SUM_DECLARE,
    owners=frozenset({Owner.SECRETARIAT}),
    about_nobody=True,
    in_words=_outcome_in_words,
    about=_name,
    address=_address,
)
UNSENTS = gazette.EntryKind(
    name=UNSENT,
    title=gettext_lazy("Part of a sum over states that never left"),
    # For whom it waited; nobody where it did not leave for another reason.
    schema=gazette.closed(states=_SOME_STATES),
    permission=Permission.SUM_SEND,
    owners=frozenset({Owner.STATE}),
    about_nobody=True,
    in_words=_unsent_in_words,
    about=_name,
    address=_address,
)


_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$"
_SEED = {"type": "string", "pattern": "^[A-Za-z0-9+/]{43}=$"}  # 32 bytes
_SHARE = {"type": "string", "pattern": _BASE64, "maxLength": -(-8 * masks.LONGEST // 3) * 4}


SEED_MESSAGE = exchange.MessageKind(
    name="sum.seed",
    personal=False,
    about_person=False,
    schema=gazette.closed(round=_DIGEST, seed=_SEED),
    largest=1024,
)
SHARE_MESSAGE = exchange.MessageKind(
    name="sum.share",
    personal=False,
    about_person=False,
    schema=gazette.closed(round=_DIGEST, share=_SHARE),
    largest=1_048_576,
)
