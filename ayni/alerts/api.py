"""The door of alerts about missing persons: write, agree, issue to many, take back, read."""

from __future__ import annotations

from ayni.alerts import rules, vocabulary
from ayni.alerts.answer_reading import (
    AnswerSent,
    Heard,
    OpenedAnswer,
    answers_sent,
    is_late,
    open_answer,
    outcomes,
)
from ayni.alerts.answering import (
    agree_answer,
    contacts,
    drop_answer,
    send_answer,
    write_answer,
)
from ayni.alerts.answers import Ground, Outcome
from ayni.alerts.errors import (
    AlertOver,
    ChildAuthorityAnswers,
    ChildAuthorityOnly,
    NameMissing,
    NobodyChosen,
    NoGround,
    NoSuchContact,
    NotAgreed,
    NotAnEnd,
    NotARecipient,
    NothingSeen,
)
from ayni.alerts.glance import Glance, at_a_glance
from ayni.alerts.issuing import (
    agree_alert,
    draft_alert,
    issue_alert,
    recall_alert,
    whom_may_be_told,
)
from ayni.alerts.models import Alert, AlertAnswer, AlertCopy, ReceivedAlert
from ayni.alerts.reading import (
    CopySeen,
    Opened,
    OpenedReceived,
    alerts_received,
    alerts_sent,
    copies_unconfirmed,
    open_alert,
    open_received,
    removals_untold,
)
from ayni.alerts.taking_back import withdraw_answer

__all__ = [
    "Alert",
    "AlertAnswer",
    "AlertCopy",
    "AlertOver",
    "AnswerSent",
    "ChildAuthorityAnswers",
    "ChildAuthorityOnly",
    "CopySeen",
    "Glance",
    "Ground",
    "Heard",
    "NameMissing",
    "NoGround",
    "NoSuchContact",
    "NobodyChosen",
    "NotARecipient",
    "NotAgreed",
    "NotAnEnd",
    "NothingSeen",
    "Opened",
    "OpenedAnswer",
    "OpenedReceived",
    "Outcome",
    "ReceivedAlert",
    "agree_alert",
    "agree_answer",
    "alerts_received",
    "alerts_sent",
    "answers_sent",
    "at_a_glance",
    "contacts",
    "copies_unconfirmed",
    "draft_alert",
    "drop_answer",
    "is_late",
    "issue_alert",
    "open_alert",
    "open_answer",
    "open_received",
    "outcomes",
    "recall_alert",
    "removals_untold",
    "rules",
    "send_answer",
    "vocabulary",
    "whom_may_be_told",
    "withdraw_answer",
    "write_answer",
]
