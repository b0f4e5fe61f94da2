"""The words of this room's codes, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from ayni.members import api as members
from ayni.norms.model import Crime, Force, Mark, Standing, Subject, Text, Topic, TransferGround
from ayni.norms.passages import Reach
from ayni.norms.resolver import Reason, Status, Why
from ayni.norms.reviewing import Outcome

CRIMES: dict[Crime, Promise] = {
    Crime.TRAFFICKING: _("Trafficking in persons"),
    Crime.SMUGGLING: _("Smuggling of migrants"),
}
SUBJECTS: dict[Subject, Promise] = {
    Subject.ASSISTANCE: _("Assistance and referral"),
    Subject.TRANSFER: _("Transfer of personal data"),
    Subject.CONSULAR: _("Consular protection by another state's post"),
    Subject.STAY: _("Stay of the person in the host state"),
    Subject.RETURN: _("Return of the person"),
    Subject.MISSING_PERSON: _("Search for a missing person"),
    Subject.EVIDENCE: _("Evidence for proceedings"),
}
STATUSES: dict[Status, Promise] = {
    Status.AVAILABLE: _("Can be cited"),
    Status.CANDIDATE: _("To check"),
    Status.MISSING: _("Not available"),
}
COLOURS = {Status.AVAILABLE: "green", Status.CANDIDATE: "yellow", Status.MISSING: "grey"}
MARKS: dict[Mark, Promise] = {
    Mark.VERIFIED: _("read in the source"),
    Mark.COMPUTED: _("worked out from verified values"),
    Mark.SECONDARY: _("to check: seen only in a secondary source"),
    Mark.INDEX: _("to check: only its heading was seen"),
    Mark.UNVERIFIED: _("to check: nobody has verified it"),
    Mark.NOT_FOUND: _("to check: not found in public sources"),
}
STANDINGS: dict[Standing, Promise] = {
    Standing.PARTY: _("Bound"),
    Standing.ACCEDED: _("Bound (accession)"),
    Standing.SIGNED_ONLY: _("Signed, not ratified"),
    Standing.NEITHER: _("Neither signed nor acceded"),
    Standing.NOT_PARTY: _("Not a party"),
    Standing.NO_ACTION: _("No action taken"),
    Standing.UNKNOWN: _("To check"),
}
TOPICS: dict[Topic, Promise] = {
    Topic.TRAFFICKING: _("Law on trafficking in persons"),
    Topic.SMUGGLING: _("Law on the smuggling of migrants"),
    Topic.LEAD_BODY: _("Lead body"),
    Topic.PLAN: _("National plan"),
    Topic.NON_PUNISHMENT: _("Victims are not punished"),
    Topic.REFLECTION: _("Time to recover and reflect"),
    Topic.RESIDENCE: _("Residence"),
    Topic.COMPENSATION: _("Compensation and restitution"),
    Topic.HELP: _("Help without complaint or cooperation"),
    Topic.CONSULAR_DUTY: _("Duty of consulates"),
    Topic.PERSONAL_DATA: _("Personal data and their transfer abroad"),
    Topic.ASSISTANCE: _("Assistance and protection of persons"),
    Topic.CHILDREN: _("Children"),
    Topic.RETURN: _("Return and repatriation"),
    Topic.INFORMATION: _("Exchange of information and investigation"),
    Topic.BLOCS: _("Membership in the Andean Community and Mercosur"),
}
GROUNDS: dict[TransferGround, Promise] = {
    TransferGround.CONSENT: _("Consent of the person: prior, informed, express, recorded"),
    TransferGround.TREATY: _("A treaty between the two states"),
    TransferGround.VITAL_INTEREST: _("Vital interest of the person"),
    TransferGround.MEDICAL: _("Medical treatment"),
    TransferGround.JUDICIAL_COOPERATION: _("International judicial cooperation"),
    TransferGround.INTELLIGENCE: _("Cooperation between intelligence bodies"),
    TransferGround.PUBLIC_INTEREST: _("Public interest or legal defence"),
    TransferGround.ADEQUACY: _("Adequate protection in the receiving state"),
    TransferGround.SENDERS_GUARANTEE: _("Guarantees given by the sender"),
}
REASONS: dict[Why, Promise] = {
    Why.BOTH_BOUND: _("Both states are bound."),
    Why.OWN_LAW: _("Law of %(state)s."),
    Why.NOT_AMONG_BOUND: _("%(state)s is not among the states bound."),
    Why.SIGNED_ONLY: _("%(state)s signed and has not ratified."),
    Why.NEITHER: _("%(state)s neither signed nor acceded."),
    Why.NOT_PARTY: _("%(state)s is not a party."),
    Why.NO_ACTION: _("%(state)s has taken no action."),
    Why.STANDING_UNVERIFIED: _("Whether %(state)s is bound has not been verified."),
    Why.NOT_YET_IN_FORCE: _("Not in force for %(state)s on this day: it became so later."),
    Why.NOT_YET_SEEN: _(
        "Whether it was in force for %(state)s on this day is not known: the sources show it later."
    ),
    Why.SEEN_IN_FORCE: _("Seen in force for %(state)s on %(date)s; the day of entry is not known."),
    Why.NOBODY_NAMED: _("Which states it binds has not been verified."),
    Why.ENTRY_UNVERIFIED: _("Its entry into force has not been verified."),
    Why.INSTRUMENT_UNVERIFIED: _("The instrument itself has not been read."),
    Why.PROVISION_UNVERIFIED: _("The provision has not been verified: %(reference)s."),
    Why.ARTICLE_NOT_NAMED: _(
        "The register does not name the article of it on which this could rest."
    ),
    Why.NOT_APPLIED: _("%(host)s does not apply it to nationals of %(state)s."),
    Why.NOTICE_TO_HOST: _("After notice to the host state, and if it does not object."),
    Why.AUTHORISATION_FOR_SOME_ACTS: _(
        "Legalisations and safe-conducts need the authorisation of the state of origin."
    ),
    Why.LIMITS_ON_USE: _("The receiver honours the limits on use that the sender sets."),
    Why.BEGINNING_UNKNOWN: _("No source says from which day it applies for %(state)s."),
    Why.PERMITTED: _("The law of the sending state permits it."),
    Why.NOT_LISTED: _("The law of the sending state was read and does not list it."),
    Why.NO_GENERAL_LAW: _("The sending state has no general law on personal data."),
    Why.RULE_UNREAD: _("The transfer rule of the sending state has not been verified."),
    Why.NO_LAW_ON_DAY: _("No law of the sending state is known for this day."),
    Why.NO_TREATY_AVAILABLE: _("The law permits it, and no treaty for it has been verified."),
    Why.ADEQUACY_UNDECIDED: _(
        "The law permits it if the receiving state protects data adequately: not decided here."
    ),
    Why.STATED_NOT: _("%(state)s itself states that it is not in force for it."),
    Why.STATED_NOT_KNOWN: _("%(state)s itself states that it does not know."),
    Why.STATEMENTS_CONTRADICT: _(
        "%(state)s published two statements under one number that contradict each other."
    ),
    Why.NO_LONGER_HOLDS: _("Its last review says that it no longer holds as it stands here."),
    Why.STANDING_NO_LONGER_HOLDS: _(
        "The last review of how %(state)s stands to it says that this no longer holds."
    ),
    Why.READ_BY_STATE: _("Read in its law and published by the state itself: %(state)s."),
    Why.GUARANTEE_NEEDED: _("The law permits it once the sender has given the guarantees."),
}

FORCES: dict[Force, Promise] = {
    Force.IN_FORCE: _("In force"),
    Force.NOT_IN_FORCE: _("Not in force"),
    Force.NOT_KNOWN: _("Not known whether it is in force"),
}
FORCE_COLOURS = {Force.IN_FORCE: "green", Force.NOT_IN_FORCE: "grey", Force.NOT_KNOWN: "yellow"}
REACHES: dict[Reach, Promise] = {
    Reach.CAN: _("Andean Community"),
    Reach.MERCOSUR: _("Mercosur"),
    Reach.OAS: _("Organization of American States"),
    Reach.UNIVERSAL: _("United Nations and International Labour Organization"),
    Reach.BILATERAL: _("Between two states"),
    Reach.NATIONAL: _("Law of one state"),
    Reach.OTHER: _("Other agreements and practice"),
}
OUTCOMES: dict[Outcome, Promise] = {
    Outcome.SAME: _("It holds as it stands here."),
    Outcome.CHANGED: _("It no longer holds as it stands here."),
    Outcome.UNCLEAR: _("It could not be settled."),
}
PROVIDES: dict[bool, Promise] = {
    True: _("The law provides for it"),
    False: _("The law was read, and does not provide for it"),
}
# What an officer has to know before she names anything.
WARNINGS: dict[str, Promise] = {
    "ratification_pending": _("%(state)s has signed and not ratified: %(instrument)s."),
    "not_party": _("%(state)s is not a party: %(instrument)s."),
    "stated_not_in_force": _(
        "%(state)s itself states that it is not in force for it: %(instrument)s."
    ),
    "not_known": _("Whether it binds %(state)s has not been verified: %(instrument)s."),
}
# What has to be found, and written down with its source, before something can be named.
SETTLED_BY: dict[Why, Promise] = {
    Why.ENTRY_UNVERIFIED: _("The day of its entry into force, with a source."),
    Why.BEGINNING_UNKNOWN: _("The day of its entry into force, with a source."),
    Why.NOT_YET_SEEN: _("The day of its entry into force, with a source."),
    Why.STANDING_UNVERIFIED: _("Whether the state has ratified or acceded, with a source."),
    Why.NOBODY_NAMED: _("Which states it binds, with a source."),
    Why.INSTRUMENT_UNVERIFIED: _("Its text, read at its source."),
    Why.PROVISION_UNVERIFIED: _("The article, read at its source."),
    Why.ARTICLE_NOT_NAMED: _("The article, read at its source."),
    Why.SIGNED_ONLY: _("The ratification of the state."),
    Why.NEITHER: _("The accession of the state."),
    Why.NOT_PARTY: _("The accession of the state."),
    Why.NO_ACTION: _("The accession of the state."),
    Why.NOT_AMONG_BOUND: _("The accession of the state."),
    Why.STATED_NOT_KNOWN: _("A statement of the state itself, with a source."),
    Why.STATEMENTS_CONTRADICT: _("A later statement of the state itself."),
    Why.NO_LONGER_HOLDS: _("A new review that says what holds, with a source."),
    Why.STANDING_NO_LONGER_HOLDS: _("A statement of the state itself, with a source."),
}

# Sources that are described in words instead of named; every other source is a name.
SOURCES: dict[str, Promise] = {
    "not verified": _("not verified"),
    "content not verified": _("content not verified"),
    "entry into force not verified": _("entry into force not verified"),
    "signature and entry into force not verified": _("signature and entry into force not verified"),
    "present status not verified": _("present status not verified"),
    "instrument and current status not verified": _("instrument and current status not verified"),
    "approval and entry into force not verified": _("approval and entry into force not verified"),
    "secondary source": _("secondary source"),
    "official text read; address not recorded": _("official text read; address not recorded"),
    "as named for each state": _("as named for each state"),
    "follows from its ratification of ILO P29": _("follows from its ratification of ILO P29"),
    "follows from CAN Decisions 548 and 878": _("follows from CAN Decisions 548 and 878"),
    "page of the Colombian foreign ministry": _("page of the Colombian foreign ministry"),
    "text of the protocol": _("text of the protocol"),
    "preamble of the agreement between Colombia and Peru": _(
        "preamble of the agreement between Colombia and Peru"
    ),
    "recital of CAN Decision 548: still in force when that decision was adopted": _(
        "recital of CAN Decision 548: still in force when that decision was adopted"
    ),
    "United Nations": _("United Nations"),
    "two statements of the state that contradict each other": _(
        "two statements of the state that contradict each other"
    ),
    "day named in the terms of this register; its document is to be added": _(
        "day named in the terms of this register; its document is to be added"
    ),
}


def in_readers_language(text: Text | None) -> str:
    """A text of the data; empty where the content is not known."""
    return "" if text is None else text.in_language(get_language() or "es")


def source_text(source: str) -> str:
    """A source as a page shows it: its name, or in words in the reader's language."""
    return str(SOURCES.get(source, source))


def settling(reasons: Iterable[Reason]) -> list[Why]:
    """For which of these reasons it can be said what would settle it, each once."""
    return sorted(
        {each.why for each in reasons if each.status is not Status.AVAILABLE} & set(SETTLED_BY)
    )


def purpose_text(purpose: tuple[Crime, Subject]) -> str:
    """For which crime and for what something serves."""
    crime, subject = purpose
    return f"{CRIMES[crime]}: {SUBJECTS[subject]}"


def settled_text(why: Why) -> str:
    """What would settle that something cannot be named."""
    return str(SETTLED_BY[why])


def state_name(code: str) -> str:
    """A state in the reader's language."""
    return str(members.state(code).name)


def member_name(code: str) -> str:
    """A state, or the secretariat, in the reader's language."""
    if code == members.SECRETARIAT:
        return gettext("Technical secretariat")
    return state_name(code)


def day_text(text: str) -> str:
    """A day, month or year of the data, day first; empty where there is none."""
    return "/".join(reversed(text.split("-")))


def reason_text(reason: Reason, references: dict[str, str]) -> str:
    """One reason as a sentence. `references`: what to call each provision, by id."""
    words = dict(reason.params)
    for key in ("state", "host"):
        if key in words:
            words[key] = members.state(words[key]).name
    if "date" in words:
        words["date"] = day_text(words["date"])
    if "provision" in words:
        words["reference"] = references.get(words["provision"]) or gettext("not yet known")
    return str(REASONS[reason.why]) % words
