"""Codes of this room, each with its words. HTCDS 2.0 value names where the standard has them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.TextChoices):
    """How a notice came (protocol step 1.1)."""

    IN_PERSON = "in_person", _("In person")
    PHONE = "phone", _("By telephone")
    HOTLINE = "hotline", _("Help line")
    MESSAGE = "message", _("Message on a telephone")
    E_MAIL = "e_mail", _("E-mail or letter")
    WEB = "web", _("Public page")
    OTHER_BODY = "other_body", _("Another authority or organisation")
    OTHER_STATE = "other_state", _("Another state")


class Informant(models.TextChoices):
    """Who gives the notice (protocol step 1.1; Línea 145 field `denunciante_tipo`)."""

    DIRECT_VICTIM = "direct_victim", _("The person herself or himself")
    INDIRECT_VICTIM = "indirect_victim", _("A relative or friend")
    CITIZEN = "citizen", _("Another person")
    INSTITUTION = "institution", _("An institution")


class InformantBody(models.TextChoices):
    """Which kind of institution gives the notice (step 1.1)."""

    NGO = "ngo", _("Civil society organisation")
    HOTLINE = "hotline", _("Help line")
    POLICE = "police", _("Police")
    MIGRATION = "migration", _("Migration authority")
    PROSECUTION = "prosecution", _("Prosecution")
    OTHER_STATE = "other_state", _("Another state")
    OTHER = "other", _("Another institution")


class SubjectMatter(models.TextChoices):
    """What a notice tells of (step 1.1; the commonest values of Línea 145's `subtema`)."""

    SEXUAL_EXPLOITATION = "sexual_exploitation", _("Sexual exploitation")
    LABOUR_EXPLOITATION = "labour_exploitation", _("Labour exploitation")
    SERVITUDE = "servitude", _("Servitude")
    FORCED_MARRIAGE = "forced_marriage", _("Forced marriage")
    POSSIBLE_RECRUITMENT = "possible_recruitment", _("Possible recruitment")
    DECEPTIVE_OFFER = "deceptive_offer", _("Deceptive offer of work")
    CHILD_IMAGES = "child_images", _("Images of children, or contact with them online")
    MISSING_PERSON = "missing_person", _("Missing person")
    PAID_CROSSING = "paid_crossing", _("Crossing of a border with help that was paid for")
    OTHER = "other", _("Something else")


class MatchResult(models.TextChoices):
    """What the search for antecedents brought (step 1.4)."""

    NONE = "none", _("Nothing similar is known")
    PROBABLE = "probable", _("Something similar is known; not decided")
    LINKED = "linked", _("Linked by an officer's decision")


class Situation(models.TextChoices):
    """The triage class (step 1.3); it decides the kind of referral."""

    EMERGENCY = "emergency", _("Emergency: danger now, or a child")
    URGENCY = "urgency", _("Urgency")
    ORIENTATION = "orientation", _("Orientation and advice")


class NoticeOutcome(models.TextChoices):
    """What was decided about a notice (step 1.5)."""

    OPEN_CASE = "open_case", _("Open a case")
    REFER_BODY = "refer_body", _("Refer to another body")
    PROSECUTION = "prosecution", _("Hand to the prosecution")
    INQUIRY = "inquiry", _("Preliminary inquiry")
    ARCHIVE_EXHAUSTED = "archive_exhausted", _("Archive: all possibilities exhausted")
    ARCHIVE_INCOMPLETE = "archive_incomplete", _("Archive: indispensable information missing")


class NamedAs(models.TextChoices):
    """As what somebody is named in a notice. The three are never added up."""

    VICTIM = "victim", _("Direct victim")
    RELATIVE = "relative", _("Relative")
    ACCUSED = "accused", _("Accused")


class NationalityTold(models.TextChoices):
    """Whether a nationality was told of a person named in a notice; never which one."""

    MISSING = "missing", _("Not written")
    UNCLEAR = "unclear", _("Written, and names no country")
    TOLD = "told", _("Written")


class Track(models.TextChoices):
    """The two crimes: different rules, two tracks, never added up."""

    TRAFFICKING = "trafficking", _("Trafficking in persons")
    SMUGGLING = "smuggling", _("Smuggling of migrants")


class Side(models.TextChoices):
    """Which side a state plays in a case (design, section 1)."""

    HOST = "host", _("State where the person is")
    NATIONALITY = "nationality", _("State of nationality")
    RESIDENCE = "residence", _("State of residence")
    TRANSIT = "transit", _("State of transit")


class Answer(models.TextChoices):
    """What is known of a situation that somebody was asked about, and who said so."""

    PERSON = "person", _("Yes: she or he says so")
    OTHERS = "others", _("Yes: somebody else or a document says so")
    NOT_SO = "not_so", _("No: she or he says so")


class Risk(models.TextChoices):
    """Level of risk (step 4.1: severity by likelihood)."""

    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")
    VERY_HIGH = "very_high", _("Very high")


class CaseStatus(models.TextChoices):
    """HTCDS 2.0 `cas_Status`."""

    ACTIVE = "Active", _("Active")
    FOLLOW_UP = "FollowUp", _("Follow-up")
    CLOSED = "Closed", _("Closed")
    CLOSED_REFERRED = "ClosedReferred", _("Closed, referred")


class ClosureReason(models.TextChoices):
    """Why a case is closed; refusal of protection alone is no reason (step 4.3)."""

    GOALS_MET = "goals_met", _("Assistance has ended, goals met")
    REFERRED = "referred", _("Another institution is responsible now")
    PERSON_ASKED = "person_asked", _("The person asked for it")
    NOT_REACHED = "not_reached", _("The person could not be reached in spite of all follow-up")
    NOT_A_VICTIM = "not_a_victim", _("Not a victim; advised")
    DIED = "died", _("The person died")


class Gender(models.TextChoices):
    """HTCDS 2.0 `prs_Gender`."""

    FEMININE = "Feminine", _("Woman or girl")
    MASCULINE = "Masculine", _("Man or boy")
    TRANS_FEMININE = "TransgenderFeminine", _("Trans woman or girl")
    TRANS_MASCULINE = "TransgenderMasculine", _("Trans man or boy")
    NON_CONFORMING = "NonConforming", _("Non-binary")
    UNKNOWN = "NonSpecifiedUnknown", _("Not stated")


class Language(models.TextChoices):
    """Languages that a person may speak (ISO 639-1)."""

    SPANISH = "es", _("Spanish")
    PORTUGUESE = "pt", _("Portuguese")
    ENGLISH = "en", _("English")
    QUECHUA = "qu", _("Quechua")
    AYMARA = "ay", _("Aymara")
    GUARANI = "gn", _("Guaraní")
    OTHER = "other", _("Another language")


class Need(models.TextChoices):
    """What a person may need now: the list `needs` of the protocol (step 2.5)."""

    LODGING = "lodging", _("Lodging")
    FOOD = "food", _("Food")
    MATERIAL_HELP = "material_help", _("Material help")
    ACCOMPANIMENT = "accompaniment", _("Accompaniment in transfers")
    MEDICAL_CARE = "medical_care", _("Medical care")
    PSYCHOLOGICAL_CARE = "psychological_care", _("Psychological care")
    LEGAL_ADVICE = "legal_advice", _("Legal advice and representation")


class ContactMethod(models.TextChoices):
    """How a person may be contacted safely (step 1.1: safe contact method). The public page offers
    the same codes but one: nobody is met in person through it."""

    CALL = "call", _("By telephone call")
    MESSAGE = "message", _("By message to the telephone")
    E_MAIL = "e_mail", _("By e-mail")
    IN_PERSON = "in_person", _("In person, where it is safe")
    PERSON = "person", _("Through somebody she or he trusts")
    NONE = "none", _("Not at all: she or he must not be contacted")


class NameKind(models.TextChoices):
    """Kinds of other names."""

    USED = "used", _("Name used in daily life")
    ALIAS = "alias", _("Alias for safety")
    SPELLED = "spelled", _("As spelled by another body")


class DocumentKind(models.TextChoices):
    """Kinds of identity documents."""

    NATIONAL_ID = "national_id", _("National identity document")
    PASSPORT = "passport", _("Passport")
    BIRTH_CERTIFICATE = "birth_certificate", _("Birth certificate")
    CONSULAR_CARD = "consular_card", _("Consular card")
    TRAVEL_DOCUMENT = "travel_document", _("Provisional travel document")
    OTHER = "other", _("Other")


class Purpose(models.TextChoices):
    """Consent is given per purpose (step 3.2)."""

    INTERVIEW = "interview", _("Interview")
    ASSIST = "assist", _("Assistance by this institution")
    REFER = "refer", _("Referral to another institution, for assistance")
    PROSECUTION = "prosecution", _("Hand-over to the prosecution")
    STATISTICS = "statistics", _("Statistics without identity")


class ConsentBy(models.TextChoices):
    """Who gave the consent (design promise 9)."""

    PERSON = "person", _("The person")
    GUARDIAN = "guardian", _("Guardian")
    CHILD_AUTHORITY = "child_authority", _("Child protection authority")


# Step 3.2: the seven questions of the HTCDS consent text, asked one by one.
CONSENT_QUESTIONS = {
    "interview": _("Agrees to be interviewed"),
    "purpose": _("Was told what the data is for"),
    "use": _("Was told how the data is and may be used"),
    "research": _("Agrees to research use that does not identify her or him"),
    "access": _("Was told of the right to ask for the own data at any time"),
    "storage": _("Was told how long the data is kept"),
    "withdrawal": _("Was told how to withdraw"),
}


class Indicator(models.TextChoices):
    """Indicators for a first screening (protocol.md 2.3)."""

    FORCED = "forced", _("Made to do something against her or his will")
    MONEY_TIME = "money_time", _("Money or time is controlled by someone else")
    DOCUMENTS = "documents", _("Documents are withheld")
    MOVEMENT = "movement", _("Movement is restricted or watched")
    ABUSE = "abuse", _("Physical or psychological abuse")
    CONDITIONS = "conditions", _("Exploitative conditions")
    PAY = "pay", _("Little or no pay")
    BEGGING = "begging", _("Forced to beg")
    PROSTITUTION = "prostitution", _("Forced into prostitution")
    ORGANS = "organs", _("Was offered money for an organ or tissue")
    PHONE = "phone", _("Telephone was taken away")
    DEBT = "debt", _("A debt that grows")
    ACCOMPANIED = "accompanied", _("Never alone; someone else speaks for her or him")
    FEAR = "fear", _("Shows fear, is isolated, or has signs of violence")
    CHILD_WORKS = "child_works", _("A child who begs or is made to work")
    CHILD_INTIMIDATED = (
        "child_intimidated",
        _("A child who is intimidated, or behaves unlike her or his age"),
    )
    CHILD_ALONE = "child_alone", _("A child without access to parents or guardian")
    CHILD_NO_SCHOOL = "child_no_school", _("A child who does not go to school")
    CHILD_NO_PLAY = "child_no_play", _("A child without time to play")
    CHILD_TRAVEL = "child_travel", _("A child travelling without papers or permission")
    DANGER_NOW = "danger_now", _("In danger now")
