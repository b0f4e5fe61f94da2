"""Functions of the doors that leave no entry of their own, and why. `test_every_verb.py` calls all
others."""

from __future__ import annotations

# Take an actor and open nothing: what they answer holds ids, references and states for a list or
# for a verb. The page or the verb that uses them leaves the entry (tests/config/test_recorded.py).
OPENS_NOTHING = {
    "cases.case_for",
    "cases.case_list",
    "cases.case_of_notice",
    "cases.cases_of",
    "cases.consent_of",
    "cases.fetch",
    "cases.fetch_to_change",
    "cases.hold_feared_states",
    "cases.my_cases",
    "cases.named_hits",
    "cases.named_records",
    "cases.notices_waiting",
    "cases.references",
    "cases.work_waiting",
    "cooperation.ends_waiting",
    "cooperation.incoming",
    "cooperation.listed",
    "cooperation.may_read_rows",
    "cooperation.outgoing",
    "cooperation.referrals_of_case",
    "cooperation.requests_in",
    "cooperation.requests_of_case",
    "cooperation.requests_out",
    "cooperation.state_counts",
    "cooperation.state_figures",
    "cooperation.unanswered",
    "exchange.rested",
    "exchange.set_aside",
    "incidents.incidents_waiting",
    "protocol.post_agenda",
    "protocol.post_entries",
    "statistics.ask_indicator",
    "statistics.compare_sources",
    "statistics.count_linea145",
    "statistics.linea145_figures",
    "statistics.loads",
    "statistics.node_figures",
    "statistics.published_releases",
    "statistics.balances",
    "statistics.choices",
    "statistics.releases",
}
# Take no actor, and a row or id that whoever calls them has opened with an entry already.
OF_WHAT_IS_OPEN = {
    "statistics.ctdc_file", "statistics.htcds_file",
    "cooperation.consent_ended", "cooperation.ended_of", "cooperation.shared_here",
    "cooperation.effect_of", "cooperation.effect_told", "cooperation.may_hear",
    "cases.of_identity",
    "cases.age_status", "cases.agenda_of", "cases.agenda_of_notice", "cases.consent_view",
    "cases.consent_views",
    "cases.feared_states", "cases.free_cases", "cases.has_consent", "cases.own_states_of",
    "cases.protocol_facts", "cooperation.asked_of_us", "cooperation.asks_another_side",
    "cooperation.can_pause", "cooperation.due_if_agreed", "cooperation.due_if_ended",
    "cooperation.to_be_ended", "cooperation.our_turn",
    "cooperation.attachment_words", "cooperation.attachments_of", "cooperation.how_far",
    "cooperation.taken_out_of",
    "cooperation.check_attach", "cooperation.second_for_file", "cooperation.told_of_attachment",
    "cooperation.pauses_of", "cooperation.recordable", "cooperation.waits_for_them",
    "cooperation.who_may_be_asked", "cooperation.recipients",
    "cooperation.will_stands", "protocol.agenda", "protocol.agenda_for_many", "protocol.any_due",
    "protocol.counts", "protocol.definition_for", "protocol.due_after", "protocol.due_for",
    "protocol.events_of", "protocol.check_movable", "protocol.followed",
    "protocol.next_due", "protocol.overdue_subjects", "protocol.standing",
}  # fmt: skip
# A form in progress, sealed to its author.
OF_ITS_AUTHOR = {"cases.draft_of", "cases.drafts_of", "cases.put_back"}
# Make their own actor (the public page, a peer, a job) and audit as it.
MAKE_THEIR_ACTOR = {
    "exchange.drain",
    "cases.receive_public_notice", "exchange.receive", "exchange.receive_many",
    "exchange.apply_waiting", "exchange.take_up",
}  # fmt: skip
# Rooms whose doors hold nothing of a person, or know nobody (the vault; its callers audit).
OF_NOBODY = {"agenda", "audit", "gazette", "help", "lib", "norms", "support", "vault", "watch"}
# Of other rooms: pure questions, and what is public or of the node.
NOTHING_OF_A_PERSON = {
    "cases.check_hold", "cases.following", "cases.is_due", "cases.kept_until",
    "cases.case_of", "cases.feared_of", "cases.is_hidden", "cases.seeing", "cases.seeing_blocked",
    "cooperation.alone", "cooperation.file_type", "exchange.check_payload",
    "cooperation.a_year_of_months", "cases.check_birth", "cases.check_covered",
    "cases.check_details", "cases.check_feared",
    "cases.check_may_leave", "cases.check_second", "cases.coded_needs", "cases.contact_parts",
    "cases.age_of_birth", "cases.in_words", "cooperation.inquiry", "cooperation.title_of",
    "cases.joined_needs", "cases.needs_parts", "cases.written_needs", "members.attempt",
    "members.form_page", "members.officer_page", "members.institution_and_state",
    "members.institution_name", "members.moment", "members.moment_here", "members.moments",
    "members.moments_in", "members.state_name", "cases.level_of",
    "cases.searchable", "cooperation.check_agreed", "cooperation.pause_fits",
    "incidents.check_classes",
    "exchange.as_file", "exchange.check_grant", "exchange.canonical", "exchange.other_nodes",
    "exchange.check_signed_for_all", "exchange.schema_validator",
    "exchange.conversation_of", "exchange.deliveries", "exchange.delivery_of",
    "exchange.undelivered",
    "exchange.directory_body", "exchange.directory_document", "exchange.fingerprint",
    "exchange.gaps", "exchange.key_sheet", "exchange.neighbours", "exchange.new_conversation",
    "exchange.peers_waiting", "exchange.reachable", "members.acting", "members.actor_of",
    "members.colleagues", "members.everybody", "members.institution",
    "members.institution_by_code", "members.institution_now", "members.institutions",
    "members.node_codes", "members.state", "members.this_node", "members.user",
    "protocol.adopted", "protocol.adoptions", "protocol.check_gates", "protocol.definition",
    "protocol.evaluate", "protocol.facts_from_answers", "protocol.in_effect",
    "protocol.may_adopt", "protocol.may_publish", "protocol.national_words",
    "protocol.next_steps", "protocol.published_versions",
    "statistics.can_act", "statistics.check_observatory", "statistics.published_bytes",
    "statistics.published_release",
    "statistics.check_node", "statistics.institution_for", "statistics.institution_of",
    "exchange.alarms_waiting",
    # What others published, and words of it.
    "statistics.area_of", "statistics.as_plain", "statistics.comparison_as_plain",
    "statistics.country", "statistics.dimension", "statistics.edition_log",
    "statistics.editions", "statistics.htcds_ending", "statistics.label", "statistics.remark_words",
    "exchange.counted", "exchange.peer_report",
    "exchange.identity_public", "exchange.own_sheets", "exchange.present_identity",
    "exchange.read_share", "exchange.trust_mark",
    "exchange.sealed_chunk", "exchange.sealed_chunks", "exchange.standing_of_attachment",
    "exchange.in_words", "exchange.kept_for_upgrade", "exchange.rested_count",
    "exchange.set_aside_count",
    "exchange.meaning_of_proposal", "exchange.note_verbale",
}  # fmt: skip

# Another room writes through them, inside a verb of its own; or they need a platform (below).
BELOW = {
    "cases.move_case", "cooperation.await_effect", "cooperation.hear_effect_of",
    "cooperation.hear_end_of", "cooperation.tell_effect_of",
    "exchange.send_to_node", "exchange.sign_for_all",
    "protocol.move_subject", "protocol.open_subject", "protocol.record_event", "protocol.refresh",
}  # fmt: skip
OF_THE_NODE = {
    "exchange.accept_directory", "exchange.accept_key_sheet", "exchange.begin_account",
    "exchange.cancel", "exchange.export_evidence",
    "exchange.make_identity", "exchange.make_key_sheet", "exchange.publish_key_sheet",
    "exchange.next_identity", "exchange.propose_directory", "exchange.publish_directory",
    "exchange.queue", "exchange.refresh", "exchange.vote_on_directory",
    "exchange.remove_old_keys", "exchange.renew_if_due", "exchange.restore_identity",
    "exchange.share_identity", "exchange.sign_directory", "exchange.take_identity_offline",
    "exchange.copy_attachment", "exchange.expect_attachment", "exchange.remove_attachment",
    "exchange.send_attachment",
    "exchange.sign_head", "exchange.sign_log", "exchange.try_again", "exchange.go_on",
    "protocol.adopt_version", "protocol.begin_post", "protocol.publish_version",
    "protocol.record_post", "protocol.take_back_adoption", "protocol.take_back_version",
    "statistics.register_programme",
    # Need what the machine has checked, and a platform: tests/statistics/test_releases.py.
    "statistics.publish_release", "statistics.rebuild_release", "statistics.review_release",
    "statistics.withdraw_release",
}  # fmt: skip
