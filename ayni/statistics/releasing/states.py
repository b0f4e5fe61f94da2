"""States of a release and what leads from one to the next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ayni.lib.errors import Text


class State(StrEnum):
    """Where a release stands."""

    PROPOSED = "proposed"  # the machine has still to look at it
    CHECKED = "checked"  # the machine found no reason against it; a second person decides
    REFUSED = "refused"  # the machine found a reason; nobody can overrule it
    SENT_BACK = "sent_back"
    ACCEPTED = "accepted"
    PUBLISHING = "publishing"  # signed; a job sends it to all members
    PUBLISHED = "published"
    REPLACED = "replaced"  # a correction was published in its place
    WITHDRAWN = "withdrawn"
    DISCARDED = "discarded"  # taken back by the office before it was published


class Act(StrEnum):
    """What is done to a release."""

    ALLOW = "allow"
    REFUSE = "refuse"
    ACCEPT = "accept"
    SEND_BACK = "send_back"
    SIGN = "sign"
    PUBLISH = "publish"  # the job, in the name of who signed
    STOP = "stop"  # the job could not publish it
    REPLACE = "replace"
    WITHDRAW = "withdraw"
    DISCARD = "discard"


# (state, act) -> state. What is not here is not possible.
TRANSITIONS: Mapping[tuple[State, Act], State] = {
    (State.PROPOSED, Act.ALLOW): State.CHECKED,
    (State.PROPOSED, Act.REFUSE): State.REFUSED,
    (State.PROPOSED, Act.DISCARD): State.DISCARDED,
    (State.CHECKED, Act.ACCEPT): State.ACCEPTED,
    (State.CHECKED, Act.SEND_BACK): State.SENT_BACK,
    (State.CHECKED, Act.DISCARD): State.DISCARDED,
    (State.ACCEPTED, Act.SIGN): State.PUBLISHING,
    (State.PUBLISHING, Act.PUBLISH): State.PUBLISHED,
    (State.PUBLISHING, Act.STOP): State.ACCEPTED,
    (State.ACCEPTED, Act.SEND_BACK): State.SENT_BACK,
    (State.ACCEPTED, Act.DISCARD): State.DISCARDED,
    (State.PUBLISHED, Act.REPLACE): State.REPLACED,
    (State.PUBLISHED, Act.WITHDRAW): State.WITHDRAWN,
}
# What was seen by the public and stays known, whatever became of it.
SEEN = (State.PUBLISHED, State.REPLACED, State.WITHDRAWN)

# What was never published and cannot be any more.
ENDED = (State.REFUSED, State.SENT_BACK, State.DISCARDED)


class Phase(StrEnum):
    """How far the machine's check of a proposal is, in order."""

    WAITING = "waiting"
    READING = "reading"
    CHARGING = "charging"
    COUNTING = "counting"
    MODEL = "model"
    CHECKING = "checking"
    DONE = "done"


STATE_WORDS: Mapping[State, Text] = {
    State.PROPOSED: _("Waits for the machine's check"),
    State.CHECKED: _("Waits for a second person"),
    State.REFUSED: _("Refused by the machine"),
    State.SENT_BACK: _("Sent back"),
    State.ACCEPTED: _("Accepted, not yet published"),
    State.PUBLISHING: _("Is being published"),
    State.PUBLISHED: _("Published"),
    State.REPLACED: _("Replaced by a correction"),
    State.WITHDRAWN: pgettext_lazy("of a release", "Withdrawn"),
    State.DISCARDED: _("Not pursued"),
}
PHASE_WORDS: Mapping[Phase, Text] = {
    Phase.WAITING: _("Has not begun"),
    Phase.READING: _("Opens what is counted"),
    Phase.CHARGING: _("Enters the cost in the ledger"),
    Phase.COUNTING: _("Counts, and hides or changes what is small"),
    Phase.MODEL: _("Fits the model and draws the open records"),
    Phase.CHECKING: _("Tries to work out what is hidden"),
    Phase.DONE: _("Done"),
}


def leads_to(state: State, act: Act) -> State | None:
    """The state to which an act leads, None where it is not possible."""
    return TRANSITIONS.get((state, act))
