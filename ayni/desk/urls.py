"""Addresses of the officers' pages. None holds anything about a person."""

from __future__ import annotations

from django.urls import path

from ayni.desk import (
    access_views,
    case_views,
    heads_views,
    home_views,
    month_views,
    moving_views,
    notice_views,
    opened_views,
    post_views,
    readings_views,
    retention_views,
    trail_views,
    version_views,
    work_views,
)

_NOTICE = "notices/<uuid:notice_id>"
_CASE = "cases/<uuid:case_id>"
_CONSENT = f"{_CASE}/consents/<uuid:consent>"

app_name = "desk"
urlpatterns = [
    path("", home_views.home, name="home"),
    path("hand-over", home_views.shift, name="shift"),
    path("find", notice_views.search, name="search"),
    path("opened", opened_views.find, name="opened"),
    path("audit", trail_views.trail, name="trail"),
    path("audit/month", month_views.month, name="month"),
    path("retention", retention_views.coming, name="retention"),
    path("retention/cases/<uuid:case_id>", retention_views.case, name="retention-case"),
    path("retention/cases/<uuid:case_id>/erase", retention_views.erase, name="retention-erase"),
    path("retention/notices/<uuid:notice_id>", retention_views.notice, name="retention-notice"),
    path(
        "retention/referrals/<uuid:referral_id>",
        retention_views.referral,
        name="retention-referral",
    ),
    path("retention/requests/<uuid:request_id>", retention_views.asked, name="retention-request"),
    path("readings", readings_views.readings, name="readings"),
    path("readings/<uuid:reading_id>", readings_views.reading, name="reading"),
    path("emergencies", access_views.emergencies, name="emergencies"),
    path("emergencies/<uuid:access_id>", access_views.seen, name="emergency-seen"),
    path("audit/heads", heads_views.heads, name="heads"),
    path("audit/heads/<int:alarm_id>", heads_views.seen, name="head-seen"),
    path("post", post_views.post, name="post"),
    path("post/<str:step_id>", post_views.post_step, name="post-step"),
    path("notices/new", notice_views.notice_new, name="notice-new"),
    path(_NOTICE, notice_views.notice, name="notice"),
    path(f"{_NOTICE}/triage", notice_views.notice_triage, name="notice-triage"),
    path(f"{_NOTICE}/search", notice_views.notice_search, name="notice-search"),
    path(f"{_NOTICE}/link", notice_views.notice_link, name="notice-link"),
    path(f"{_NOTICE}/decide", notice_views.notice_decide, name="notice-decide"),
    path(f"{_NOTICE}/steps/<str:step_id>", notice_views.notice_step, name="notice-step"),
    path(f"{_NOTICE}/case", notice_views.case_new, name="case-new"),
    path("cases/", case_views.case_list, name="cases"),
    path("cases/move", moving_views.move_many, name="move-many"),
    path(_CASE, case_views.case, name="case"),
    path(f"{_CASE}/protocol", case_views.protocol_page, name="protocol"),
    path(f"{_CASE}/history", case_views.history, name="history"),
    path(f"{_CASE}/history/<uuid:event>", work_views.take_back, name="take-back"),
    path(f"{_CASE}/identity", case_views.identity, name="identity"),
    path(f"{_CASE}/person", work_views.person, name="person"),
    path(f"{_CASE}/told", work_views.told, name="told"),
    path(f"{_CASE}/steps/<str:step_id>", work_views.step, name="step"),
    path(f"{_CASE}/change", work_views.change, name="change"),
    path(f"{_CASE}/journey", work_views.journey, name="journey"),
    path(f"{_CASE}/consents/new", case_views.consent_new, name="consent-new"),
    path(f"{_CONSENT}/withdraw", case_views.consent_withdraw, name="consent-withdraw"),
    path(f"{_CONSENT}/print", case_views.consent_print, name="consent-print"),
    path(f"{_CASE}/risk", work_views.risk, name="risk"),
    path(f"{_CASE}/assign", work_views.assign, name="assign"),
    path(f"{_CASE}/take", work_views.take, name="take"),
    path(f"{_CASE}/let-in", access_views.let_in, name="let-in"),
    path(f"{_CASE}/let-out/<uuid:officer_id>", access_views.let_out, name="let-out"),
    path(f"{_CASE}/emergency", access_views.break_glass, name="break-glass"),
    path(f"{_CASE}/follow-up", work_views.follow_up, name="follow-up"),
    path(f"{_CASE}/close", work_views.close, name="close"),
    path(f"{_CASE}/reopen", work_views.reopen, name="reopen"),
    path(f"{_CASE}/move", version_views.move, name="move"),
    path(f"{_CASE}/opened-by", opened_views.opened_by, name="opened-by"),
]
