"""The door of alerts about missing persons: write, agree, issue to many, take back, read."""

from __future__ import annotations

from ayni.alerts import rules, vocabulary
from ayni.alerts.errors import (
    AlertOver,
    ChildAuthorityOnly,
    NameMissing,
    NobodyChosen,
    NoGround,
    NotAnEnd,
    NotARecipient,
)
from ayni.alerts.issuing import (
    agree_alert,
    draft_alert,
    issue_alert,
    recall_alert,
    whom_may_be_told,
)
from ayni.alerts.models import Alert, AlertCopy, ReceivedAlert
from ayni.alerts.reading import (
    CopySeen,
    Opened,
    OpenedReceived,
    alerts_open,
    alerts_received,
    alerts_sent,
    copies_unconfirmed,
    open_alert,
    open_received,
)

__all__ = [
    "Alert",
    "AlertCopy",
    "AlertOver",
    "ChildAuthorityOnly",
    "CopySeen",
    "NameMissing",
    "NoGround",
    "NobodyChosen",
    "NotARecipient",
    "NotAnEnd",
    "Opened",
    "OpenedReceived",
    "ReceivedAlert",
    "agree_alert",
    "alerts_open",
    "alerts_received",
    "alerts_sent",
    "copies_unconfirmed",
    "draft_alert",
    "issue_alert",
    "open_alert",
    "open_received",
    "recall_alert",
    "rules",
    "vocabulary",
    "whom_may_be_told",
]
