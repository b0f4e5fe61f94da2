"""What this room refuses."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Misconfigured, Refused


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake in a data file; line counted from 1, and what to put right."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class DataRefused(Misconfigured):
    """Data files with mistakes. `mistakes` holds every one that was found; none of it is used."""

    code = "norms_data_refused"

    def __init__(self, mistakes: list[Mistake]) -> None:
        self.mistakes = sorted(mistakes)
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


class UnknownInstrument(Refused):
    """The register of this node has no instrument with that id."""

    code = "unknown_instrument"
    reason = _("The register of this node does not have this instrument.")


class NotAmongItsStates(Refused):
    """A bilateral instrument of other states, or one that is only being negotiated."""

    code = "not_among_its_states"
    reason = _(
        "This state cannot say it of this instrument: it is between other states, or only being "
        "negotiated."
    )


class DayNeeded(Refused):
    """A statement without the day from which it says so, or with one that cannot be meant."""

    code = "day_needed"
    reason = _("A statement names the day from which it holds, between 1900 and 2200.")


class BeforeItsSignature(Refused):
    """In force before it was signed, or before it entered into force for anybody."""

    code = "before_its_signature"
    reason = _("On that day the instrument was not signed yet, or in force for nobody.")


class SeenLater(Refused):
    """Seen in force on a day that was still to come when it was said."""

    code = "seen_later"
    reason = _("It cannot have been seen in force on a day that was still to come.")


class SourceNamesPerson(Refused):
    """A source in which stands an e-mail address, or what may be a number of a document or of a
    telephone."""

    code = "source_names_person"
    reason = _(
        "The source holds an e-mail address, or a number that may be of a document or telephone of "
        "a person. Take it out: all ten states read it, and it can never be erased."
    )


class NotItsLaw(Refused):
    """A statement of one state about the law of another."""

    code = "not_its_law"
    reason = _("What a law says is said by the state whose law it is.")


class NoRuleOfTransfer(Refused):
    """What lets personal data leave a state, said of something that is no law on personal data, or
    that does not provide for it, or without the article that says it."""

    code = "no_rule_of_transfer"
    reason = _(
        "What lets personal data leave the state is said of its law on personal data alone, if the "
        "law provides for it, and with the article."
    )


class ReadDayNeeded(Refused):
    """A statement about a law without the day on which it was read, or with one to come."""

    code = "read_day_needed"
    reason = _("Name the day on which the law was read in its source: today, or an earlier day.")


class WordsNamePerson(Refused):
    """Words about a law in which stands an e-mail address, or what may be a number of a document
    or of a telephone."""

    code = "words_name_person"
    reason = _(
        "The words or their source hold an e-mail address, or a number that may be of a document "
        "or telephone of a person. Take it out: all ten states read it, and it can never be erased."
    )


class NotBoundByIt(Refused):
    """A state that is not known to be bound by an instrument says what it says."""

    code = "not_bound_by_it"
    reason = _(
        "What an instrument says is said by a state that is bound by it. Say first how it stands "
        "for your state."
    )


class ReadAlready(Refused):
    """Words about an article, or a text, that the register itself holds as read in its source."""

    code = "read_already"
    reason = _("The register itself has read this in its source. What it says stays as it is.")


class NotItsPurpose(Refused):
    """An article is said to serve for something that the register does not list for its
    instrument."""

    code = "not_its_purpose"
    reason = _("The register does not list this purpose for the instrument.")


class NotCitable(Refused):
    """Something that nobody has verified was about to stand in a generated document."""

    code = "not_citable"
    reason = _(
        "This provision has not been verified. It may be shown to be checked, "
        "and it may not be cited in a document."
    )


class UnknownItem(Refused):
    """The register of this node has no item with that id to be looked at again."""

    code = "unknown_item"
    reason = _("The register of this node does not have this.")


class NotResponsible(Refused):
    """A review by a member that is not responsible for the item."""

    code = "not_responsible"
    reason = _(
        "This is looked at again by the state whose law it is, by the states of the agreement, or "
        "by the technical secretariat."
    )


class NextReviewNeeded(Refused):
    """A review that does not name a day for the next one, or one that cannot be meant."""

    code = "next_review_needed"
    reason = _("Name the day by which it is looked at again: after today, within five years.")
