"""Addresses of the officers' pages. None holds anything about a person."""

from __future__ import annotations

from django.urls import path

from ayni.desk import case_views, opened_views, views

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("notices/new", views.notice_new, name="notice-new"),
    path("notices/<uuid:notice_id>", views.notice, name="notice"),
    path("notices/<uuid:notice_id>/triage", views.notice_triage, name="notice-triage"),
    path("notices/<uuid:notice_id>/search", views.notice_search, name="notice-search"),
    path("notices/<uuid:notice_id>/decide", views.notice_decide, name="notice-decide"),
    path("notices/<uuid:notice_id>/case", views.case_new, name="case-new"),
    path("cases/", case_views.case_list, name="cases"),
    path("cases/<uuid:case_id>", case_views.case, name="case"),
    path("cases/<uuid:case_id>/identity", case_views.identity, name="identity"),
    path("cases/<uuid:case_id>/person", case_views.person, name="person"),
    path("cases/<uuid:case_id>/steps/<str:step_id>", case_views.step, name="step"),
    path("cases/<uuid:case_id>/consents/new", case_views.consent_new, name="consent-new"),
    path(
        "cases/<uuid:case_id>/consents/<uuid:consent>/withdraw",
        case_views.consent_withdraw,
        name="consent-withdraw",
    ),
    path(
        "cases/<uuid:case_id>/consents/<uuid:consent>/print",
        case_views.consent_print,
        name="consent-print",
    ),
    path("cases/<uuid:case_id>/risk", case_views.risk, name="risk"),
    path("cases/<uuid:case_id>/assign", case_views.assign, name="assign"),
    path("cases/<uuid:case_id>/close", case_views.close, name="close"),
    path("cases/<uuid:case_id>/reopen", case_views.reopen, name="reopen"),
    path("opened", opened_views.find, name="opened"),
    path("cases/<uuid:case_id>/opened-by", opened_views.opened_by, name="opened-by"),
]
