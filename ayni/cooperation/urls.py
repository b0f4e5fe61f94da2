"""Addresses of this room. None holds anything about a person."""

from __future__ import annotations

from django.urls import path

from ayni.cooperation import (
    attachment_views,
    board_views,
    earlier_views,
    effect_views,
    inquiry_views,
    pause_views,
    protection_views,
    rights_views,
    views,
)

app_name = "cooperation"
urlpatterns = [
    path("", views.inbox, name="inbox"),
    path("lists/<slug:code>", views.listed, name="list"),
    path("clocks", board_views.clocks, name="clocks"),
    path("transfers", board_views.transfers, name="transfers"),
    path("withdrawals/<uuid:effect_id>", effect_views.effect, name="effect"),
    path("rights", rights_views.rights, name="rights"),
    path("rights/<uuid:right_id>", rights_views.right, name="right"),
    path("cases/<uuid:case_id>/rights", rights_views.rights_of_case, name="rights-of-case"),
    path("cases/<uuid:case_id>/rights/new", rights_views.right_new, name="right-new"),
    path("cases/<uuid:case_id>/refer", views.draft, name="draft"),
    path("cases/<uuid:case_id>/request", views.request_new, name="request-new"),
    path("cases/<uuid:case_id>/ask/<slug:kind>", inquiry_views.ask, name="inquiry-new"),
    path("cases/<uuid:case_id>/protect", protection_views.protect, name="protect"),
    path("cases/<uuid:case_id>/protect/end", protection_views.protection_end, name="protect-end"),
    path(
        "cases/<uuid:case_id>/protect/end/<uuid:end_id>",
        protection_views.protection_decide,
        name="protect-decide",
    ),
    path("referrals/<uuid:referral_id>", views.referral, name="referral"),
    path("referrals/<uuid:referral_id>/preview", views.preview, name="preview"),
    path("referrals/<uuid:referral_id>/letter", views.letter, name="letter"),
    path(
        "referrals/<uuid:referral_id>/letter/<slug:move>", views.letter_record, name="letter-record"
    ),
    path("referrals/<uuid:referral_id>/letter.pdf", views.letter_print, name="letter-print"),
    path("referrals/<uuid:referral_id>/earlier", earlier_views.search, name="earlier"),
    path("referrals/<uuid:referral_id>/earlier/link", earlier_views.link, name="earlier-link"),
    path("referrals/<uuid:referral_id>/attach", attachment_views.attach, name="referral-attach"),
    path(
        "referrals/<uuid:referral_id>/attachments/<uuid:attachment_id>",
        attachment_views.attachment,
        name="referral-attachment",
    ),
    path(
        "referrals/<uuid:referral_id>/attachments/<uuid:attachment_id>/file",
        attachment_views.attachment_file,
        name="referral-attachment-file",
    ),
    path("requests/<uuid:request_id>/attach", attachment_views.attach, name="request-attach"),
    path(
        "requests/<uuid:request_id>/attachments/<uuid:attachment_id>",
        attachment_views.attachment,
        name="request-attachment",
    ),
    path(
        "requests/<uuid:request_id>/attachments/<uuid:attachment_id>/file",
        attachment_views.attachment_file,
        name="request-attachment-file",
    ),
    path("referrals/<uuid:referral_id>/pause", pause_views.referral_pause, name="referral-pause"),
    path(
        "referrals/<uuid:referral_id>/pause/<uuid:pause_id>",
        pause_views.referral_pause_answer,
        name="referral-pause-answer",
    ),
    path(
        "referrals/<uuid:referral_id>/pause/<uuid:pause_id>/end",
        pause_views.referral_pause_end,
        name="referral-pause-end",
    ),
    path("referrals/<uuid:referral_id>/<slug:move>", views.referral_move, name="referral-move"),
    path("requests/<uuid:request_id>", views.one_request, name="request"),
    path("requests/<uuid:request_id>/answer", inquiry_views.answer, name="inquiry-answer"),
    path("requests/<uuid:request_id>/take-over", inquiry_views.take_over, name="inquiry-take-over"),
    path("requests/<uuid:request_id>/agree", inquiry_views.agree, name="inquiry-agree"),
    path("requests/<uuid:request_id>/pause", pause_views.request_pause, name="request-pause"),
    path(
        "requests/<uuid:request_id>/pause/<uuid:pause_id>",
        pause_views.request_pause_answer,
        name="request-pause-answer",
    ),
    path(
        "requests/<uuid:request_id>/pause/<uuid:pause_id>/end",
        pause_views.request_pause_end,
        name="request-pause-end",
    ),
    path("requests/<uuid:request_id>/<slug:move>", views.request_move, name="request-move"),
]
