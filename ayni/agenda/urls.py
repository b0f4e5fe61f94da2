"""Addresses of this room. They hold codes of states, rules and functions, and days."""

from __future__ import annotations

from django.urls import path, re_path

from ayni.agenda import (
    action_views,
    beside_views,
    calendar_views,
    document_views,
    evidence_views,
    meeting_views,
    public_views,
    putting_views,
    report_views,
    views,
    work_views,
    work_writing_views,
    writing_views,
)
from ayni.agenda.withdrawals import Of

app_name = "agenda"
_BESIDE = [
    path(f"work/{of.value}s/<slug:key>/{word}", view, {"about": of}, name=f"{of.value}-{word}")
    for of in Of
    for word, view in (("withdraw", beside_views.withdraw), ("indicator", beside_views.indicator))
]
urlpatterns = [
    path("", views.platform, name="platform"),
    path("handings-over/<slug:day>", views.handing, name="handing"),
    path("hand-over", writing_views.hand_over, name="hand-over"),
    path("presidencies/new", writing_views.term, name="term-new"),
    path("presidencies/<slug:day>", writing_views.term, name="term"),
    path("rules/<slug:code>", writing_views.rule, name="rule"),
    path("organisations/new", writing_views.party, name="party-new"),
    path("organisations/<str:key>", writing_views.party, name="party"),
    path("meetings/call", meeting_views.call, name="meeting-call"),
    path("meetings/<slug:key>", meeting_views.meeting, name="meeting"),
    path("meetings/<slug:key>/attendance", meeting_views.attendance, name="meeting-attendance"),
    path("meetings/<slug:key>/decision", meeting_views.decision, name="meeting-decision"),
    path(
        "meetings/<slug:key>/decisions/<int:number>",
        meeting_views.correct_decision,
        name="meeting-decision-correct",
    ),
    path("meetings/<slug:key>/move", meeting_views.move, name="meeting-move"),
    path("meetings/<slug:key>/correct", meeting_views.correct, name="meeting-correct"),
    path("meetings/<slug:key>/cancel", meeting_views.cancel, name="meeting-cancel"),
    path("meetings/<slug:key>/close", meeting_views.close, name="meeting-close"),
    path("meetings/<slug:key>/reopen", meeting_views.reopen, name="meeting-reopen"),
    path(
        "meetings/<slug:key>/minutes/<slug:language>", meeting_views.minutes, name="meeting-minutes"
    ),
    path("meetings/<slug:key>/put/<slug:action>", putting_views.put, name="meeting-put"),
    path("meetings/<slug:key>/documents/new", document_views.attach, name="document-new"),
    path("meetings/<slug:key>/documents/<slug:digest>", document_views.download, name="document"),
    path(
        "meetings/<slug:key>/documents/<slug:digest>/take-back",
        document_views.take_back,
        name="document-take-back",
    ),
    path("calendar", calendar_views.calendar, name="calendar"),
    path("calendar/<slug:secret>.ics", calendar_views.feed, name="calendar-feed"),
    path("work", work_views.work, name="work"),
    path("work/objectives/new", work_writing_views.objective, name="objective-new"),
    path("work/objectives/<slug:key>", work_writing_views.objective, name="objective"),
    path("work/new", work_writing_views.commitment, name="commitment-new"),
    path("work/commitments/<slug:key>", work_views.commitment, name="commitment"),
    path(
        "work/commitments/<slug:key>/change",
        work_writing_views.commitment,
        name="commitment-change",
    ),  # fmt: skip
    path("work/commitments/<slug:key>/progress", work_writing_views.progress, name="progress"),
    path("work/commitments/<slug:key>/evidence/new", evidence_views.attach, name="evidence-new"),
    path(
        "work/commitments/<slug:key>/evidence/<slug:digest>",
        evidence_views.download,
        name="evidence",
    ),
    path(
        "work/commitments/<slug:key>/evidence/<slug:digest>/take-back",
        evidence_views.take_back,
        name="evidence-take-back",
    ),
    path("work/commitments/<slug:key>/validate", work_writing_views.validate, name="validate"),
    path("actions", action_views.actions, name="actions"),
    path("actions/<slug:key>", action_views.action, name="action"),
    path("actions/<slug:key>/propose", action_views.propose, name="action-propose"),
    path("actions/<slug:key>/take-back", action_views.take_back, name="action-back"),
    path("actions/<slug:key>/course", action_views.course, name="action-course"),
    *_BESIDE,
    path("work/report", report_views.page, name="report"),
    path("work/report.csv", report_views.file, name="report-file"),
    path("public/", public_views.start, name="public-start"),
    re_path(r"^public/(?P<language>es|pt|en)/$", public_views.agenda, name="public"),
    path("focal-points/<slug:function>", writing_views.office, name="office"),
]
