"""Codes of this room, each with its words."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from ayni.cooperation.states import Move, State
from ayni.lib.errors import Text


class DeclineReason(models.TextChoices):
    """Why a referral or request is declined."""

    NOT_COMPETENT = "not_competent", _("We are not the body responsible")
    NO_CAPACITY = "no_capacity", _("We have no place or service for this now")
    NOT_ELIGIBLE = "not_eligible", _("The rules of our service do not cover this")
    ALREADY_ASSISTED = "already_assisted", _("We already assist this person")
    PERSON_DECLINES = "person_declines", _("The person does not want it")
    UNCLEAR = "unclear", _("What was sent is not enough to act on")


class AttachmentKind(models.TextChoices):
    """What a file is that goes with a referral or request."""

    IDENTITY = "identity_document", _("Identity or travel document")
    PHOTO = "photo", _("Picture of the person")
    MEDICAL = "medical_report", _("Medical report")
    STATEMENT = "statement", _("Statement or report of what happened")
    COURT = "court_document", _("Document of a court or prosecutor")
    OTHER = "other_document", _("Another document")


class WithdrawReason(models.TextChoices):
    """Why the sending side withdraws."""

    CONSENT_WITHDRAWN = "consent_withdrawn", _("The consent was withdrawn")
    NO_LONGER_NEEDED = "no_longer_needed", _("It is no longer needed")
    SAFETY = "safety", _("For the safety of the person")
    MISTAKE = "mistake", _("It was sent by mistake")


class PauseReason(models.TextChoices):
    """Why a due time shall stand still: codes of the protocol's list of reasons."""

    AWAITING_DOCUMENTS = "awaiting_documents", _("Documents are awaited")
    AWAITING_AUTHORITY = "awaiting_authority", _("An authority's answer is awaited")
    PERSON_NOT_FOUND = "person_not_found", _("The person cannot be found")
    SITUATION_CHANGED = "situation_changed", _("The situation changed")
    SAFETY_OF_PERSON = "safety_of_person", _("For the safety of the person")


class EndReason(models.TextChoices):
    """Why one side ends a pause before its time."""

    ARRIVED = "arrived", _("What was awaited is here")
    URGENT = "urgent", _("It cannot wait any longer")
    SITUATION_CHANGED = "situation_changed", _("The situation changed")
    SAFETY = "safety_of_person", _("For the safety of the person")
    MISTAKE = "mistake", _("The pause was agreed on by mistake")


class FirstAction(models.TextChoices):
    """The first thing that was done for the person."""

    CONTACTED = "contacted", _("The person was contacted safely")
    MET = "met", _("The person was met")
    LODGED = "lodged", _("The person has a safe place to stay")
    DOCUMENTED = "documented", _("Work on her or his documents began")
    PASSED_ON = "passed_on", _("The responsible service was asked to act")


class Outcome(models.TextChoices):
    """How a referral or request ended on the receiving side."""

    ASSISTED = "assisted", _("The person was assisted")
    ASSISTED_IN_PART = "assisted_in_part", _("The person was assisted in part")
    PERSON_DECLINED = "person_declined", _("The person declined the assistance")
    NOT_REACHED = "not_reached", _("The person could not be reached")
    ANSWERED = "answered", _("What was asked for was done")
    NOT_POSSIBLE = "not_possible", _("What was asked for is not possible")


class SearchResult(models.TextChoices):
    """What the search for earlier records gave before a referral was accepted (step 1.4)."""

    NONE = "none", _("Nothing similar is known.")
    SIMILAR = "similar", _("Something similar is known")
    LINKED = "linked", _("Linked to an earlier record")
    NOTHING_TO_SEARCH = (
        "nothing_to_search",
        _("Nothing was sent that can be searched for: no name, document or telephone number."),
    )


class Rating(models.TextChoices):
    """The sender's opinion on the answer (indicators of the European IMI: timeliness, effort)."""

    GOOD = "good", _("Good")
    FAIR = "fair", _("Could be better")
    BAD = "bad", _("Bad")


class Matter(models.TextChoices):
    """What a request asks for."""

    PROSECUTOR_INTERVENES = (
        "prosecutor_intervenes",
        _("That the competent prosecutor intervene (protocol step 2.3)"),
    )


class ClockKind(models.TextChoices):
    """The three kinds of clock that the secretariat sees (promise 2)."""

    REFERRAL = "referral", _("Referral")
    REQUEST = "request", _("Request")
    ALERT = "alert", _("Alert")


STATE_WORDS: dict[State, Text] = {
    State.DRAFT: _("Draft"),
    State.APPROVED: _("Agreed by a second officer"),
    State.SENT: _("Sent"),
    State.RECEIVED: _("Delivered"),
    State.READ: _("Read"),
    State.MORE_ASKED: _("More information asked"),
    State.ACCEPTED: _("Accepted"),
    State.DECLINED: _("Declined"),
    State.FIRST_ACTION: _("First action taken"),
    State.OUTCOME: _("Outcome reported"),
    State.FEEDBACK: _("Feedback given"),
    State.DONE: _("Concluded"),
    State.WITHDRAWN: _("Withdrawn"),
    State.CANCELLED: _("Cancelled before it left"),
}

# What is recorded by hand of a referral that went as a printed letter.
BY_HAND_WORDS: dict[Move, Text] = {
    Move.ARRIVE: _("The letter was handed over"),
    Move.ACCEPT: _("They accepted"),
    Move.DECLINE: _("They declined"),
    Move.FIRST_ACTION: _("They reported the first action"),
    Move.OUTCOME: _("They reported the outcome"),
}

MOVE_WORDS: dict[Move, Text] = {
    Move.APPROVE: _("Agree as second officer"),
    Move.SEND: _("Send"),
    Move.ARRIVE: _("Arrived"),
    Move.READ: _("Mark as read"),
    Move.ASK_MORE: _("Ask for more information"),
    Move.ANSWER_MORE: _("Send the information asked for"),
    Move.ACCEPT: _("Accept"),
    Move.DECLINE: _("Decline"),
    Move.FIRST_ACTION: _("Report the first action"),
    Move.OUTCOME: _("Report the outcome"),
    Move.FEEDBACK: _("Give feedback"),
    Move.CLOSE: _("Close"),
    Move.WITHDRAW: _("Withdraw"),
    Move.CANCEL: _("Cancelled"),
    Move.UNSEND: _("Cancelled before it left"),
}


class Right(models.TextChoices):
    """What a person may ask of whoever keeps her data."""

    ACCESS = "access", _("To receive a copy of her or his data")
    CORRECTION = "correction", _("To have something corrected")
    ERASURE = "erasure", _("To have it erased")
    OBJECTION = "objection", _("That it is no longer used")


class RightDecision(models.TextChoices):
    """How a request about one's own data is answered."""

    GRANTED = "granted", _("Yes")
    PARTLY = "partly", _("In part")
    REFUSED = "refused", _("No")


class Ending(models.TextChoices):
    """How a consent ended."""

    WITHDRAWN = "withdrawn", _("The consent was withdrawn")
    EXPIRED = "expired", _("The time of the consent is over")


class Effect(models.TextChoices):
    """What a receiver did with data whose consent was withdrawn or is over."""

    DESTROYED = "destroyed", _("Destroyed: nobody can read them any more")
    PARTLY = "partly", _("Destroyed in part")
    KEPT = "kept", _("Still kept")


class What(models.TextChoices):
    """What was received under a consent that ended; empty: a referral or a request."""

    ASSESSMENT = "assessment", _("joint assessment of a return")
    TRAVEL_PLAN = "travel_plan", _("travel plan")


class WhyKept(models.TextChoices):
    """Why a receiver still keeps them. A code crosses borders; words of the officer do not."""

    LAW_KEEPS = "law_keeps", _("A law obliges us to keep or to use them")
    PROCEEDINGS = "proceedings", _("They are needed in a proceeding")
    OWN_CONSENT = "own_consent", _("She or he agreed here as well, and that still holds")
    OTHERS = "others", _("They are also about somebody else")


class RightReason(models.TextChoices):
    """Why it is answered so. A code crosses borders; words of the officer do not."""

    DONE = "done", _("What was asked for was done")
    NOT_KEPT = "not_kept", _("No such data are kept here")
    RIGHT_AS_IS = "right_as_is", _("The data were checked and are right")
    LAW_KEEPS = "law_keeps", _("A law obliges us to keep or to use them")
    PROCEEDINGS = "proceedings", _("They are needed in a proceeding")
    OTHERS = "others", _("They are also about somebody else")
    UNCERTAIN = "uncertain", _("It is not certain that the person concerned asks")
