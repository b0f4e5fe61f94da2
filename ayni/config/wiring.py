"""What arrives goes up through these tables: kind -> the function that takes it.

Rooms below do not import rooms above; `exchange` and `help` look up a dotted path here. A line is
added by the room that understands the kind.
"""

from __future__ import annotations

# Kinds of questions (`cooperation/registry.py`), each with four messages of one form.
INQUIRIES = ("information", "nationality", "follow_up")
_ASKS, _ANSWERS = ("ask", "ask_with_data"), ("answer", "answer_with_data")

# kind -> dotted path of its `MessageKind`
MESSAGE_KINDS: dict[str, str] = {
    **{
        f"{kind}.{part}": "ayni.cooperation.inquiry_kinds." + f"{kind}_{part}".upper()
        for kind in INQUIRIES
        for part in (*_ASKS, *_ANSWERS)
    },
    "referral.send": "ayni.cooperation.kinds.REFERRAL",
    "referral.more": "ayni.cooperation.kinds.REFERRAL_MORE",
    "referral.state": "ayni.cooperation.kinds.REFERRAL_STATE",
    "message.read": "ayni.cooperation.kinds.READ",
    "attachment.send": "ayni.cooperation.attachment_kinds.ATTACHMENT",
    "attachment.state": "ayni.cooperation.attachment_kinds.ATTACHMENT_STATE",
    "request.ask": "ayni.cooperation.kinds.REQUEST",
    "request.ask_with_data": "ayni.cooperation.kinds.REQUEST_WITH_DATA",
    "request.state": "ayni.cooperation.kinds.REQUEST_STATE",
    "pause.ask": "ayni.cooperation.kinds.PAUSE_ASK",
    "pause.answer": "ayni.cooperation.kinds.PAUSE_ANSWER",
    "pause.end": "ayni.cooperation.kinds.PAUSE_END",
    "right.ask": "ayni.cooperation.kinds.RIGHT_ASK",
    "right.due": "ayni.cooperation.kinds.RIGHT_DUE",
    "right.answer": "ayni.cooperation.kinds.RIGHT_ANSWER",
    "consent.withdrawn": "ayni.cooperation.kinds.CONSENT_WITHDRAWN",
    "consent.expired": "ayni.cooperation.kinds.CONSENT_EXPIRED",
    "consent.effect": "ayni.cooperation.kinds.CONSENT_EFFECT",
    "clock": "ayni.cooperation.kinds.CLOCK",
    "assessment.propose": "ayni.returns.kinds.PROPOSE",
    "assessment.answer": "ayni.returns.kinds.ANSWER",
    "travel.plan": "ayni.returns.plan_kinds.PLAN",
    "travel.answer": "ayni.returns.plan_kinds.ANSWER",
    "travel.stop": "ayni.returns.plan_kinds.STOP",
    "travel.stopped": "ayni.returns.plan_kinds.STOPPED",
    "return.read": "ayni.returns.kinds.READ",
    "assessment.stop": "ayni.returns.kinds.STOP",
    "assessment.stopped": "ayni.returns.kinds.STOPPED",
    "travel.boarded": "ayni.returns.plan_kinds.BOARDED",
    "travel.arrival": "ayni.returns.plan_kinds.ARRIVAL",
    "alert.issue": "ayni.alerts.kinds.ISSUE",
    "alert.recall": "ayni.alerts.kinds.RECALL",
    "alert.read": "ayni.alerts.kinds.READ",
    "alert.removed": "ayni.alerts.kinds.REMOVED",
    "alert.answer": "ayni.alerts.kinds.ANSWER",
    "alert.answer_withdrawn": "ayni.alerts.kinds.ANSWER_WITHDRAWN",
    "alert.answer_removed": "ayni.alerts.kinds.ANSWER_REMOVED",
    "clock.rating": "ayni.cooperation.kinds.CLOCK_RATING",
    "audit.head": "ayni.exchange.heads.AUDIT_HEAD",
    "log.head": "ayni.exchange.message_log.LOG_HEAD",
    "log.day": "ayni.exchange.log_days.LOG_DAY",
    "gazette.entries": "ayni.gazette.messages.ENTRIES",
    "gazette.index": "ayni.gazette.messages.INDEX",
    "gazette.held": "ayni.gazette.messages.HELD",
    "agenda.document_wanted": "ayni.agenda.fetching_documents.WANTED",
    "agenda.document_part": "ayni.agenda.fetching_documents.PART",
    "sum.seed": "ayni.statistics.masked.kinds.SEED_MESSAGE",
    "sum.share": "ayni.statistics.masked.kinds.SHARE_MESSAGE",
    "exchange.again": "ayni.exchange.resealing.AGAIN",
    "exchange.given": "ayni.exchange.lost.GIVEN",
    "exchange.missing": "ayni.exchange.missing.MISSING",
    "exchange.missing_told": "ayni.exchange.missing.TOLD",
}

# kind -> dotted path of the function that applies what arrived
RECEIVERS: dict[str, str] = {
    **{
        f"{kind}.{part}": "ayni.cooperation.receiving.receive"
        for kind in INQUIRIES
        for part in _ASKS
    },
    **{
        f"{kind}.{part}": "ayni.cooperation.replying.receive_answer"
        for kind in INQUIRIES
        for part in _ANSWERS
    },
    "help.notice": "ayni.cases.api.receive_public_notice",
    "referral.send": "ayni.cooperation.receiving.receive",
    "referral.more": "ayni.cooperation.receiving.receive_more",
    "referral.state": "ayni.cooperation.receiving.receive_referral_state",
    "message.read": "ayni.cooperation.receiving.receive_read",
    "attachment.send": "ayni.cooperation.receiving.receive_attachment",
    "attachment.state": "ayni.cooperation.receiving.receive_attachment_state",
    "request.ask": "ayni.cooperation.receiving.receive",
    "request.ask_with_data": "ayni.cooperation.receiving.receive",
    "request.state": "ayni.cooperation.receiving.receive_request_state",
    "pause.ask": "ayni.cooperation.receiving.receive_pause_ask",
    "pause.answer": "ayni.cooperation.receiving.receive_pause_answer",
    "pause.end": "ayni.cooperation.receiving.receive_pause_end",
    "right.ask": "ayni.cooperation.receiving.receive_right_ask",
    "right.due": "ayni.cooperation.receiving.receive_right_due",
    "right.answer": "ayni.cooperation.receiving.receive_right_answer",
    "consent.withdrawn": "ayni.cooperation.receiving.receive_withdrawn",
    "consent.expired": "ayni.cooperation.receiving.receive_expired",
    "consent.effect": "ayni.cooperation.receiving.receive_effect",
    "clock": "ayni.cooperation.clocks.receive_clock",
    "assessment.propose": "ayni.returns.assessing.receive_proposal",
    "assessment.answer": "ayni.returns.assessing.receive_answer",
    "travel.plan": "ayni.returns.handing_over.receive_plan",
    "travel.answer": "ayni.returns.handing_over.hear_answer",
    "travel.stop": "ayni.returns.plan_ending.hear_stop",
    "travel.stopped": "ayni.returns.plan_ending.hear_stopped",
    "return.read": "ayni.returns.read_there.receive_read",
    "assessment.stop": "ayni.returns.ending.hear_stop",
    "assessment.stopped": "ayni.returns.ending.hear_stopped",
    "travel.boarded": "ayni.returns.handing_over.hear_boarded",
    "travel.arrival": "ayni.returns.handing_over.hear_arrival",
    "alert.issue": "ayni.alerts.receiving.receive_issue",
    "alert.recall": "ayni.alerts.receiving.receive_recall",
    "alert.read": "ayni.alerts.receiving.receive_read",
    "alert.removed": "ayni.alerts.receiving.receive_removed",
    "alert.answer": "ayni.alerts.receiving.receive_answer",
    "alert.answer_withdrawn": "ayni.alerts.telling_back.receive_withdrawn",
    "alert.answer_removed": "ayni.alerts.telling_back.receive_removed",
    "clock.rating": "ayni.cooperation.clocks.receive_rating",
    "audit.head": "ayni.exchange.heads.receive_head",
    "log.head": "ayni.exchange.message_log.receive",
    "log.day": "ayni.exchange.log_days.receive_day",
    "gazette.entries": "ayni.gazette.receiving.receive_entries",
    "gazette.index": "ayni.gazette.comparing.receive_index",
    "gazette.held": "ayni.gazette.comparing.receive_held",
    "agenda.document_wanted": "ayni.agenda.fetching_documents.receive_wanted",
    "agenda.document_part": "ayni.agenda.fetching_documents.receive_part",
    "sum.seed": "ayni.statistics.masked.giving.receive_seed",
    "sum.share": "ayni.statistics.masked.adding.receive_share",
    "exchange.again": "ayni.exchange.resealing.receive_again",
    "exchange.given": "ayni.exchange.lost.receive_given",
    "exchange.missing": "ayni.exchange.missing.receive_missing",
    "exchange.missing_told": "ayni.exchange.missing.receive_told",
}

# kind -> dotted path of the `EntryKind` of what one member publishes for all
GAZETTE_KINDS: dict[str, str] = {
    "agenda.action": "ayni.agenda.action_kinds.ACTIONS",
    "agenda.action_course": "ayni.agenda.action_kinds.COURSES",
    "agenda.commitment": "ayni.agenda.work_kinds.COMMITMENTS",
    "agenda.document": "ayni.agenda.document_kind.DOCUMENTS",
    "agenda.evidence": "ayni.agenda.evidence_kind.EVIDENCES",
    "agenda.indicator": "ayni.agenda.indicators.TARGETS",
    "agenda.measure": "ayni.agenda.indicators.MEASURES",
    "agenda.withdrawal": "ayni.agenda.withdrawals.WITHDRAWALS",
    "agenda.focal_point": "ayni.agenda.kinds.FOCAL_POINTS",
    "agenda.handing_over": "ayni.agenda.kinds.HANDINGS_OVER",
    "agenda.meeting": "ayni.agenda.meeting_kind.MEETINGS",
    "agenda.objective": "ayni.agenda.work_kinds.OBJECTIVES",
    "agenda.party": "ayni.agenda.kinds.PARTIES",
    "agenda.presidency": "ayni.agenda.kinds.PRESIDENCIES",
    "agenda.progress": "ayni.agenda.work_kinds.PROGRESSES",
    "agenda.rule": "ayni.agenda.kinds.RULES",
    "norms.article": "ayni.norms.article_kind.ARTICLE",
    "norms.finding": "ayni.norms.finding_kind.FINDING",
    "norms.register": "ayni.norms.register_kind.REGISTER",
    "norms.review": "ayni.norms.review_kind.REVIEW",
    "norms.standing": "ayni.norms.standing_kind.STANDING",
    "protocol.adoption": "ayni.protocol.kinds.ADOPTIONS",
    "protocol.version": "ayni.protocol.kinds.VERSIONS",
    "statistics.release": "ayni.statistics.releasing.kinds.RELEASES",
    "statistics.release_part": "ayni.statistics.releasing.kinds.PARTS",
    "statistics.sum_answer": "ayni.statistics.masked.kinds.ANSWERS",
    "statistics.sum_outcome": "ayni.statistics.masked.kinds.OUTCOMES",
    "statistics.sum_round": "ayni.statistics.masked.kinds.ROUNDS",
    "statistics.sum_share": "ayni.statistics.masked.kinds.SHARES",
    "statistics.sum_unsent": "ayni.statistics.masked.kinds.UNSENTS",
    "support.need": "ayni.support.kinds.NEED",
    "support.offer": "ayni.support.kinds.OFFER",
    "support.brokering": "ayni.support.kinds.BROKERING",
}

# code -> dotted path of the `Indicator` whose value the work agenda shows. Those of `statistics`
# rest on what is published already (ADR 0088).
INDICATORS: dict[str, str] = {
    "answered_on_time": "ayni.cooperation.indicators.ANSWERED_ON_TIME",
    "time_to_first_offer": "ayni.support.indicators.TIME_TO_FIRST_OFFER",
    "share_female": "ayni.statistics.indicators.of_agenda.SHARE_FEMALE",
    "share_female_released": "ayni.statistics.indicators.of_agenda.SHARE_FEMALE_RELEASED",
    "referred_next_day": "ayni.statistics.indicators.of_agenda.REFERRED_NEXT_DAY",
    "sex_or_age_missing": "ayni.statistics.indicators.of_agenda.SEX_OR_AGE_MISSING",
}

# Dotted path of the function that looks at an attachment when all of it has come.
ATTACHMENT_ARRIVED = "ayni.cooperation.attaching.arrived"

# kind -> dotted path of the function that is asked again before every attempt to deliver
STILL_ALLOWED: dict[str, str] = {
    **{
        f"{kind}.{part}": "ayni.cooperation.grants.still_allowed_request"
        for kind in INQUIRIES
        for part in _ASKS
    },
    **{
        f"{kind}.{part}": "ayni.cooperation.answer_grants.still_allowed_answer"
        for kind in INQUIRIES
        for part in _ANSWERS
    },
    "exchange.given": "ayni.exchange.lost.still_allowed",
    "referral.send": "ayni.cooperation.grants.still_allowed_referral",
    "referral.more": "ayni.cooperation.grants.still_allowed_more",
    "referral.state": "ayni.cooperation.grants.still_allowed_referral_state",
    "request.ask": "ayni.cooperation.grants.still_allowed_request",
    "request.ask_with_data": "ayni.cooperation.grants.still_allowed_request",
    "request.state": "ayni.cooperation.grants.still_allowed_request_state",
    "message.read": "ayni.cooperation.grants.still_allowed_pause",
    "attachment.send": "ayni.cooperation.attaching.still_allowed",
    "attachment.state": "ayni.cooperation.grants.still_allowed_pause",
    "pause.ask": "ayni.cooperation.grants.still_allowed_pause",
    "pause.answer": "ayni.cooperation.grants.still_allowed_pause",
    "pause.end": "ayni.cooperation.grants.still_allowed_pause",
    "right.ask": "ayni.cooperation.grants.still_allowed_right",
    "right.due": "ayni.cooperation.grants.still_allowed_right",
    "right.answer": "ayni.cooperation.grants.still_allowed_right",
    "consent.withdrawn": "ayni.cooperation.grants.still_allowed_right",
    "consent.expired": "ayni.cooperation.grants.still_allowed_right",
    "consent.effect": "ayni.cooperation.tellable.still_allowed_effect",
    "clock": "ayni.cooperation.grants.still_allowed_clock",
    "assessment.propose": "ayni.returns.assessing.still_allowed",
    "assessment.answer": "ayni.returns.assessing.still_allowed",
    "return.read": "ayni.returns.read_there.still_allowed_read",
    "assessment.stop": "ayni.returns.assessing.still_allowed",
    "assessment.stopped": "ayni.returns.ending.still_allowed_stopped",
    "travel.plan": "ayni.returns.planning.still_allowed_plan",
    "travel.answer": "ayni.returns.planning.still_allowed_plan",
    "travel.stop": "ayni.returns.planning.still_allowed_plan",
    "travel.stopped": "ayni.returns.plan_ending.still_allowed_stopped",
    "travel.boarded": "ayni.returns.planning.still_allowed_plan",
    "travel.arrival": "ayni.returns.planning.still_allowed_plan",
    "alert.issue": "ayni.alerts.issuing.still_allowed",
    "alert.recall": "ayni.alerts.issuing.still_allowed_recall",
    "alert.read": "ayni.alerts.handing.still_allowed_read",
    "alert.removed": "ayni.alerts.handing.still_allowed_removed",
    "alert.answer": "ayni.alerts.answering.still_allowed_answer",
    "alert.answer_withdrawn": "ayni.alerts.telling_back.still_allowed_word",
    "alert.answer_removed": "ayni.alerts.telling_back.still_allowed_word",
    "clock.rating": "ayni.cooperation.grants.still_allowed_clock",
}

# Dotted paths of functions that take back from states whatever a room above `cooperation` sent of a
# case, as the person fears them: called by `cooperation.protect`, in its transaction.
TAKE_BACK: list[str] = [
    "ayni.alerts.issuing.take_back_from",
    "ayni.returns.assessing.take_back_from",
    "ayni.returns.planning.take_back_from",
]

# Dotted paths of functions that stop what a room above `cooperation` sent under a consent that is
# being withdrawn: called by `cooperation.withdraw_consent`, in its transaction.
WITHDRAWN: list[str] = [
    "ayni.returns.plan_ending.stop_withdrawn",
    "ayni.returns.ending.stop_withdrawn",
]

# By when a removal was to be confirmed and was not: function(now) -> the earliest moment, or None.
REMOVALS_LATE: list[str] = [
    "ayni.alerts.overdue.removal_late_since",
    "ayni.cooperation.overdue.effect_late_since",
]

# Dotted paths of functions that stop what a room above `cooperation` sent under consents whose time
# is over: called by the job `cooperation.consents_over`, for each institution.
CONSENTS_OVER: list[str] = [
    "ayni.returns.plan_ending.stop_expired",
    "ayni.returns.ending.stop_expired",
]

# what a room above `cooperation` received under a consent that has ended -> dotted path of the
# function that tells the other side what became of it, in the transaction that decided.
EFFECT_SAID: dict[str, str] = {
    "assessment": "ayni.returns.ending.tell_effect",
    "travel_plan": "ayni.returns.plan_ending.tell_effect",
}

# Dotted paths of functions that end what rooms above `cases` keep open for a case: called by
# `cases.close_case`, in its transaction.
CASE_CLOSED: list[str] = ["ayni.alerts.issuing.end_of_case"]

# Dotted paths of functions that note that what is counted of a case may be another now: called in
# the transaction of the verb that changed it.
CASE_CHANGED: list[str] = ["ayni.statistics.sources.own_cases.note_changed"]

# Dotted paths of functions of rooms above `cases` that note what must be known of a case after its
# erasing: called in the transaction that erases, before the key goes.
CASE_ERASING: list[str] = [
    "ayni.cooperation.tellable.judge_erased",
    "ayni.statistics.sources.own_cases.keep_count_of_erased",
]

# Dotted paths of functions of rooms above `cooperation` that name the states with which they shared
# something of a case: function(id of the case) -> set of codes. Asked by `tellable.judge_erased`.
CASE_SHARED_WITH: list[str] = [
    "ayni.alerts.issuing.shared_with",
    "ayni.returns.partners.shared_with",
]

# CASE_ERASING for one that a backup brought back after it was erased: called once its key is gone,
# so that nothing which the backup holds of it is believed.
CASE_ERASED_AGAIN: list[str] = [
    "ayni.cooperation.tellable.forget_restored",
    "ayni.statistics.sources.own_cases.forget_restored",
]

# Dotted path of the function that says, for gaps in the common ground of the states, where a common
# action stands: function(actor, gaps) -> (crime, state, state) of each -> words and address.
GAPS_FOLLOWED = "ayni.agenda.action_views.followed_gaps"

# Dotted path of the function that says what states ask of each other and is open: function() -> the
# state that asks, once for each need.
SUPPORT_OPEN = "ayni.support.reading.open_by_state"

# Dotted path of the function that tells a person, on her own page, of her journey in plain words.
OWN_JOURNEY = "ayni.returns.own_plan.own_plan"

# Dotted path of the function that says what this node has for a sum over states: function(code of a
# table, (first year, last year)) -> counts in the order of the table's layout.
SUM_COUNTS = "ayni.statistics.sources.own_cases.row_of_sum"

# Who shows at the terminal that she or he is an officer, for commands that act as one.
OFFICER_PROOF = "ayni.config.second_step.proves"

# Step of the protocol -> dotted path of the function that is asked before it is recorded as done;
# it raises with the reason why not.
STEP_GUARDS: dict[str, str] = {
    "5.2": "ayni.returns.settling.check_joint_answer",
    "6.1": "ayni.returns.settling.check_two_yes",
    "6.2": "ayni.returns.settling.check_two_yes",
    "6.2.b": "ayni.returns.plan_settling.check_boarding",
}
