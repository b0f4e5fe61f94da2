"""Refusals of the platform's own work; a class decides, the sentence is for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Refused, Stale

if TYPE_CHECKING:
    from ayni.agenda.standing import Version


class TermsOverlap(Refused):
    """Two presidencies would share a day. `params`: the states and first days of both."""

    code = "terms_overlap"
    reason = _(
        "This presidency overlaps another one: two states would preside on the same day. Nothing "
        "was recorded. Change the days here, or correct the end of the other presidency first."
    )


class TermEndsTooEarly(Refused):
    """A presidency would end, or was last seen, before there was a day of it."""

    code = "term_ends_too_early"
    reason = _("This presidency would end before it has lasted a day.")


class LinesOverlap(Refused):
    """Two values of one rule would hold on one day. `params`: their first days, or `unknown`."""

    code = "lines_overlap"
    reason = _(
        "Two values of this rule would hold on the same day. Nothing was recorded. Change the days "
        "here, or correct the last day of the other value first."
    )


class MoreThanMembers(Refused):
    """A quorum that could never be met. `params`: how many members there are."""

    code = "more_than_members"
    reason = _("No more states can have to be present than there are members.")


class EndsAfterTheHandingOver(Refused):
    """The day on which the presidency before would have ended is after the handing over."""

    code = "ends_after_the_handing_over"
    reason = _("The presidency before cannot end after the day of the handing over.")


class NotPresiding(Refused):
    """Neither the secretariat's node, nor that of the state known to preside today."""

    code = "not_presiding"
    reason = _(
        "The text of the platform is written by the technical secretariat, or by the state that "
        "presides while the secretariat is away. It is not known that this node's state presides "
        "today."
    )


class ReasonNeeded(Refused):
    """The presidency writes instead of the secretariat and does not say why."""

    code = "reason_needed"
    reason = _("Write why the presidency writes instead of the secretariat.")


class NotTheSecretariats(Refused):
    """A reason for writing instead of the secretariat, by the secretariat."""

    code = "not_the_secretariats"
    reason = _("The secretariat writes for itself and instead of nobody.")


class StandsOtherwise(Stale):
    """Something else stands than what the author had before her eyes. `stands`: that version; None
    if nothing was published."""

    code = "stands_otherwise"
    reason = _(
        "Somebody published another version meanwhile. Nothing was overwritten. Look at it, and "
        "then decide whether you still want to publish yours."
    )

    def __init__(self, stands: Version | None) -> None:
        self.stands = stands
        super().__init__()


class NothingStands(Refused):
    """The secretariat's latest version cannot be used, so nothing can be written on it here."""

    code = "nothing_stands"
    reason = _(
        "The last version of the secretariat cannot be used on this node. The secretariat must "
        "publish it again first."
    )


class ItemsOpen(Refused):
    """An item of the checklist was neither handed over nor left open. `params`: their codes."""

    code = "items_open"
    reason = _("Say of every item whether it was handed over or stays open.")


class NamesAPerson(Refused):
    """A text that all members read looks as if it named a person."""

    code = "names_a_person"
    reason = _(
        "All members read this. Name the office or the function, not a person: no names with a "
        "title, no e-mail addresses, no telephone numbers."
    )


class UnknownState(Refused):
    """A state that is not one of the ten."""

    code = "unknown_state"
    reason = _("This is not one of the ten states.")


class WrongValue(Refused):
    """A rule with a value that it cannot have."""

    code = "wrong_value"
    reason = _("This rule cannot have this value.")


class DayNeeded(Refused):
    """A mandate without its first day."""

    code = "day_needed"
    reason = _("Give the day from which this holds.")


class MandateEndsBeforeItBegins(Refused):
    """The last day of a mandate is before its first."""

    code = "mandate_ends_before_it_begins"
    reason = _("The mandate would end before it begins.")


class NoQuorum(Refused):
    """Fewer states were present than must be. `params`: quorum, present."""

    code = "no_quorum"
    reason = _(
        "There was no quorum, so nothing can be decided. While the plenary has set no quorum, all "
        "ten states must be present."
    )


class NotPresent(Refused):
    """A state that was not present objects or reserves."""

    code = "not_present"
    reason = _("Only a state that was present can object or make a reservation.")


class ObjectsAndReserves(Refused):
    """One state objects and makes a reservation at once."""

    code = "objects_and_reserves"
    reason = _("A state either objects, which blocks the decision, or agrees with a reservation.")


class NotHeldYet(Refused):
    """Nobody has recorded who was present."""

    code = "not_held_yet"
    reason = _("Record first which states were present.")


class NotBegunYet(Refused):
    """The meeting lies in the future. `day`: when it is to begin, as the reader is told it."""

    code = "not_begun_yet"
    reason = _("This meeting has not begun.")
    told = _(
        "This meeting is called for %(day)s and has not begun. Who was present and what was "
        "decided is recorded when it has. If it was held earlier, move it to that day first."
    )

    def __init__(self, day: str) -> None:
        super().__init__(self.told % {"day": day})


class IsCancelled(Refused):
    """The meeting was cancelled."""

    code = "is_cancelled"
    reason = _("This meeting was cancelled. If it is to be held after all, call another one.")


class AlreadyHeld(Refused):
    """A meeting that was held is neither moved nor cancelled."""

    code = "already_held"
    reason = _(
        "It is recorded which states were present, so the meeting was held. It cannot be moved or "
        "cancelled any more."
    )


class MinutesClosed(Refused):
    """The minutes are final."""

    code = "minutes_closed"
    reason = _("The minutes are final. To change something, open them again first and say why.")


class MinutesOpen(Refused):
    """The minutes are a draft still: there is nothing to open again."""

    code = "minutes_open"
    reason = _("The minutes are still a draft.")


class SameCall(Refused):
    """A call that is corrected to what it says."""

    code = "same_call"
    reason = _("The call says this already. Nothing was changed.")


class SameDecision(Refused):
    """A decision that is corrected to what it says."""

    code = "same_decision"
    reason = _("The decision says this already. Nothing was changed.")


class DecisionRests(Refused):
    """A decision from which a commitment was made, or by which a common action was adopted."""

    code = "decision_rests"
    reason = _(
        "A commitment or a common action rests on this decision, so it stays as it is. Record "
        "another decision that says what holds now."
    )


class TooManyCorrections(Refused):
    """A decision that was corrected as often as it may be."""

    code = "too_many_corrections"
    reason = _(
        "This decision was corrected too often. Record another decision that says what holds now."
    )


class ItemsNeeded(Refused):
    """An agenda that would lose an item to which a document is attached, or every item."""

    code = "items_needed"
    reason = _(
        "The agenda keeps at least one item, and as many as the number of the last one that has a "
        "document. Take that document back first, or write other words for the item."
    )


class SameMoment(Refused):
    """A meeting moved to where and when it is."""

    code = "same_moment"
    reason = _("The meeting is at this time and place already. Nothing was changed.")


class ItemUnknown(Refused):
    """A document about an item that the agenda of the meeting does not have."""

    code = "item_unknown"
    reason = _("The agenda of this meeting has no such item.")


class AttachedAlready(Refused):
    """The same file, byte by byte, is attached to this meeting or commitment."""

    code = "attached_already"
    reason = _("This file is attached here already.")


class TooManyDocuments(Refused):
    """A meeting has as many documents as it may."""

    code = "too_many_documents"
    reason = _("This meeting has 40 documents, and cannot have more.")


class TooManyFiles(Refused):
    """A commitment has as many files as evidence as it may."""

    code = "too_many_files"
    reason = _(
        "This commitment has 10 files as evidence, and cannot have more. Take one back first."
    )


class DocumentNotHere(Refused):
    """The bytes of a document have not all come to this node."""

    code = "document_not_here"
    reason = _(
        "This document has not come to this node yet. The node asks for it by itself; try again "
        "later."
    )


class NotByConsensus(Refused):
    """The plenary decides in another way than by consensus, or it is not known how."""

    code = "not_by_consensus"
    reason = _(
        "Decisions are recorded here by consensus only, and the rule of the plenary says otherwise."
    )


class OfficeNeeded(Refused):
    """A commitment without an office that answers for it."""

    code = "office_needed"
    reason = _("Name the office of the state that is responsible. Without one nobody would be.")


class BesideUnclear(Refused):
    """States that are responsible beside the owner, among which is the owner, or offices of none
    of them."""

    code = "beside_unclear"
    reason = _(
        "States that are responsible beside it are others than the one responsible state. Choose "
        "them before you name their offices."
    )


class ObjectiveNeeded(Refused):
    """A commitment under an objective that is not in the work agenda."""

    code = "objective_needed"
    reason = _("This objective is not in the work agenda. Publish the objective first.")


class EvidenceUnclear(Refused):
    """Evidence that is neither the address of a page nor the reference of a document."""

    code = "evidence_unclear"
    reason = _(
        "The evidence is neither an address (https://…) nor the reference of a document, which "
        "has words and a number, for example “Resolution 12/2026”."
    )


class EvidenceNeeded(Refused):
    """A commitment told as done without evidence."""

    code = "evidence_needed"
    reason = _(
        "Say where it can be seen that it is done: an address or a document reference, or attach a "
        "file first."
    )


class WhyNeeded(Refused):
    """A commitment given up, or a report not validated, without why."""

    code = "why_needed"
    reason = _("Write why.")


class NotTheOwner(Refused):
    """Of a commitment, only the state that owns it says how far it is."""

    code = "not_the_owner"
    reason = _("Only the state that is responsible for this commitment says how far it is.")


class NothingToValidate(Refused):
    """The state's latest word is not a report that the commitment is done, or has its answer."""

    code = "nothing_to_validate"
    reason = _("No report that this is done waits to be validated.")


class SameOfficer(Refused):
    """The officer who reported validates her own report, or it is not known who reported."""

    code = "same_officer"
    reason = _(
        "Another officer than the one who reported must validate it. If nothing on this node tells "
        "who reported, it must be reported again first."
    )


class AlreadySo(Refused):
    """A commitment is withdrawn that is withdrawn, or taken up that is not."""

    code = "already_so"
    reason = _("It stands like this already.")


class IsWithdrawn(Refused):
    """A report about what the plenary has withdrawn."""

    code = "is_withdrawn"
    reason = _("The plenary has withdrawn it. What was said of it stays, and nothing is added.")


class IndicatorNeeded(Refused):
    """An indicator that the wiring table does not offer."""

    code = "indicator_needed"
    reason = _("This node does not know this indicator.")


class TargetNeeded(Refused):
    """A target that the indicator cannot have."""

    code = "target_needed"
    reason = _("Give the target as a whole number: per cent from 1 to 100, or hours.")


class AgendaFull(Refused):
    """A meeting whose agenda has as many items as it may."""

    code = "agenda_full"
    reason = _("The agenda of this meeting is full. Choose another meeting, or call one.")
