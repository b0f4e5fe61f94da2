"""What the audit trail calls by verbs, in words for the data protection officer."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Text

# Every verb that the code records stands here; a test compares.
VERBS: dict[str, Text] = {
    "cases.assign_case": _("Assigned the case"),
    "cases.close_case": _("Closed the case"),
    "cases.correct_person": _("Corrected the details of the person"),
    "cases.decide_notice": _("Decided on the notice"),
    "cases.disclose": _("Opened data to share them"),
    "cases.hand_over": _("Handed the case over"),
    "cases.open_case": _("Began the case"),
    "cases.open_case_page": _("Opened the page of the case"),
    "cases.open_identity": _("Opened the identity"),
    "cases.open_named": _("Opened the persons named in the notice"),
    "cases.open_notice": _("Opened the notice"),
    "cases.record_consent": _("Recorded a consent"),
    "cases.record_historical_notices": _("Kept historical notices"),
    "cases.record_historical_persons": _("Kept the persons named in historical notices"),
    "cases.record_step": _("Recorded a step of the protocol"),
    "cases.reopen_case": _("Opened the case again"),
    "cases.search_antecedents": _("Searched for earlier records"),
    "cases.set_feared_states": _("Set which states the person fears"),
    "cases.set_risk": _("Assessed the risk"),
    "cases.take_notice": _("Took the notice"),
    "cases.triage_notice": _("Classed the notice"),
    "cases.who_opened": _("Looked at who opened it"),
    "cases.withdraw_consent": _("Recorded that a consent was withdrawn"),
    "cooperation.accept_referral": _("Accepted a referral"),
    "cooperation.answer_more": _("Sent more data that was asked for"),
    "cooperation.cancel": _("Cancelled before it left"),
    "cooperation.draft_referral": _("Drafted a referral"),
    "cooperation.feedback": _("Gave feedback on an answer"),
    "cooperation.hear": _("Received word of the other side"),
    "cooperation.owed_answers": _("Looked at the answers owed"),
    "cooperation.print_again": _("Printed a letter again"),
    "cooperation.protect": _("Protected the case from a state"),
    "cooperation.receive_clock": _("Received a clock"),
    "cooperation.receive_more": _("Received more data"),
    "cooperation.record_letter": _("Recorded the answer to a letter"),
    "cooperation.second_officer": _("Agreed as the second officer"),
    "cooperation.send_letter": _("Printed a letter to refer"),
    "cooperation.send_referral": _("Sent a referral"),
    "cooperation.send_request": _("Sent a request"),
    "cooperation.transfers": _("Looked at the register of transfers"),
    "cooperation.withdraw_referral": _("Withdrew a referral"),
    "cooperation.withdraw_request": _("Withdrew a request"),
    "exchange.accept_directory": _("Accepted a directory of nodes"),
    "exchange.accept_key_sheet": _("Accepted a key sheet"),
    "exchange.cancel": _("Cancelled a message before it left"),
    "exchange.delivered": _("A message was delivered"),
    "exchange.equivocation": _("Two documents with one number were noticed"),
    "exchange.make_identity": _("Made the identity key of the node"),
    "exchange.make_key_sheet": _("Made a key sheet"),
    "exchange.queue": _("Queued a message"),
    "exchange.receive": _("Received a message"),
    "exchange.refused": _("A message was refused by its receiver"),
    "exchange.sign_directory": _("Signed a directory of nodes"),
    "members.add_institution": _("Added an institution"),
    "members.add_user": _("Added an officer"),
    "members.note_reminded": _("Reminded an officer by e-mail"),
    "protocol.adopt": _("Adopted a version of the protocol"),
    "protocol.open_subject": _("The protocol began to run"),
    "protocol.record": _("An event of the protocol was recorded"),
    "protocol.refresh": _("What is due was worked out anew"),
    "statistics.begin_load": _("Began to load records"),
    "statistics.end_load": _("Ended loading records"),
    "statistics.load_persons": _("Loaded persons named in records"),
    "statistics.load_reports": _("Loaded reports"),
    "statistics.open_log": _("Opened the log of a load"),
}


def in_words(verb: str) -> Text:
    """A verb in the reader's language. Raises KeyError for one that nobody named."""
    return VERBS[verb]
