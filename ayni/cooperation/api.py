"""The door of cooperation: referrals, requests, letters, protection, clocks."""

from __future__ import annotations

from ayni.cooperation import vocabulary
from ayni.cooperation.answering import (
    accept_referral,
    ask_more,
    close_referral,
    decline_referral,
    first_action,
    mark_read,
    outcome,
)
from ayni.cooperation.board import Owed, may_read_rows, owed_answers, state_figures
from ayni.cooperation.earlier import link_earlier, search_earlier, unlink_earlier
from ayni.cooperation.errors import (
    ImpossibleDay,
    NothingToSend,
    NotReferredHere,
    NotSendable,
    OwnInstitution,
    SameOfficer,
)
from ayni.cooperation.letters import (
    letter_of,
    print_again,
    record_letter,
    recordable,
    send_letter,
)
from ayni.cooperation.models import Clock, Letter, Referral, Request, SecretariatClock, Transfer
from ayni.cooperation.protection import protect
from ayni.cooperation.reading import (
    LISTS,
    OpenedReferral,
    incoming,
    listed,
    open_referral,
    open_request,
    outgoing,
    referrals_of_case,
    requests_in,
    requests_of_case,
    requests_out,
    transfers,
)
from ayni.cooperation.referrals import (
    Preview,
    answer_more,
    draft_referral,
    feedback,
    preview_referral,
    second_officer,
    send_referral,
    withdraw_referral,
)
from ayni.cooperation.requests import (
    accept_request,
    answer_request,
    decline_request,
    send_request,
    withdraw_request,
)
from ayni.cooperation.scoreboard import Figures, Grade
from ayni.cooperation.states import Move, Side, State

__all__ = [
    "LISTS",
    "Clock",
    "Figures",
    "Grade",
    "ImpossibleDay",
    "Letter",
    "Move",
    "NotReferredHere",
    "NotSendable",
    "NothingToSend",
    "OpenedReferral",
    "Owed",
    "OwnInstitution",
    "Preview",
    "Referral",
    "Request",
    "SameOfficer",
    "SecretariatClock",
    "Side",
    "State",
    "Transfer",
    "accept_referral",
    "accept_request",
    "answer_more",
    "answer_request",
    "ask_more",
    "close_referral",
    "decline_referral",
    "decline_request",
    "draft_referral",
    "feedback",
    "first_action",
    "incoming",
    "letter_of",
    "link_earlier",
    "listed",
    "mark_read",
    "may_read_rows",
    "open_referral",
    "open_request",
    "outcome",
    "outgoing",
    "owed_answers",
    "preview_referral",
    "print_again",
    "protect",
    "record_letter",
    "recordable",
    "referrals_of_case",
    "requests_in",
    "requests_of_case",
    "requests_out",
    "search_earlier",
    "second_officer",
    "send_letter",
    "send_referral",
    "send_request",
    "state_figures",
    "transfers",
    "unlink_earlier",
    "vocabulary",
    "withdraw_referral",
    "withdraw_request",
]
