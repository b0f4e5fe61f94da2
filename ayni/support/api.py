"""The door of support between countries: ask, offer, accept, deliver, confirm, close, broker."""

from __future__ import annotations

from ayni.support import vocabulary
from ayni.support.asking import Asked, accept, ask, change_need, close, confirm, is_key, new_key
from ayni.support.brokering import propose, remind
from ayni.support.errors import (
    DayIsOver,
    IncompleteNeed,
    LooksPersonal,
    NeedChanged,
    NobodyToRemind,
    NotForItself,
    NotThisNode,
    NotWhole,
    OfferChanged,
    RemindedToday,
)
from ayni.support.figures import Figures, Row
from ayni.support.limits import Limit, limits
from ayni.support.offering import deliver, offer, take_back_offer
from ayni.support.reading import (
    Show,
    Waiting,
    acts,
    figures,
    listed,
    may_ask,
    need,
    needs,
    not_counted,
    waiting,
)
from ayni.support.standing import Kind, Move, Need, Offer
from ayni.support.states import Act, Reason, Standing

__all__ = [
    "Act",
    "Asked",
    "DayIsOver",
    "Figures",
    "IncompleteNeed",
    "Kind",
    "Limit",
    "LooksPersonal",
    "Move",
    "Need",
    "NeedChanged",
    "NobodyToRemind",
    "NotForItself",
    "NotThisNode",
    "NotWhole",
    "Offer",
    "OfferChanged",
    "Reason",
    "RemindedToday",
    "Row",
    "Show",
    "Standing",
    "Waiting",
    "accept",
    "acts",
    "ask",
    "change_need",
    "close",
    "confirm",
    "deliver",
    "figures",
    "is_key",
    "limits",
    "listed",
    "may_ask",
    "need",
    "needs",
    "new_key",
    "not_counted",
    "offer",
    "propose",
    "remind",
    "take_back_offer",
    "vocabulary",
    "waiting",
]
