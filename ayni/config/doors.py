"""Who may open which route: every route of a node has one row here, and a route without a row is
refused. `docs/reference/permissions.md` is generated from this table; a test asks every cell.

The rows repeat what each room's verbs check: a page is refused before its code runs, a verb
whatever page called it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver

from ayni.lib.errors import NotAllowed
from ayni.members import api as members
from ayni.members.api import Permission, Role


class Who(StrEnum):
    """For whom a route is, where no permission decides."""

    ANYBODY = "anybody"
    NODES = "other nodes, by their signature"
    MONITORING = "monitoring, by its token"
    CALENDARS = "calendar programs, by a secret address"
    NOBODY = "nobody: turned off"
    SIGNED_IN = "every officer"


# Routes for which what the asker holds decides, not who is signed in.
BY_PROOF = (Who.NODES, Who.MONITORING, Who.CALENDARS)


@dataclass(frozen=True, slots=True)
class Door:
    """One row: who may, by any of the permissions or with `needs_all` by all of them; `holding`
    names the thing in the address that must be the own institution's (empty: there is none, or the
    page shows what is the reader's own). Opening a page leaves an entry in the audit trail;
    `unrecorded` says why one does not. `closed_too`: also where the case is not open to the reader
    (need to know), for there it leads on."""

    who: Who | tuple[Permission, ...]
    holding: str = ""
    needs_all: bool = False
    unrecorded: str = ""
    closed_too: bool = False

    def lets_in(self, holds: Callable[[Permission], bool]) -> bool:
        """Whether somebody passes of whom `holds` says which permissions there are."""
        if isinstance(self.who, Who):
            return self.who not in (*BY_PROOF, Who.NOBODY)
        return (all if self.needs_all else any)(holds(permission) for permission in self.who)


class Cell(StrEnum):
    """What a role meets at a route."""

    OPENS = "yes"
    HERS = "own cases"
    REFUSED = "no"
    HIDDEN = "not there"


def _one(
    *permissions: Permission,
    holding: str = "",
    needs_all: bool = False,
    unrecorded: str = "",
    closed_too: bool = False,
) -> Door:
    return Door(permissions, holding, needs_all, unrecorded, closed_too)


_NOTICE, _CASE, _REFERRAL, _REQUEST, _LOAD = "notice", "case", "referral", "request", "load"
_ACCESS, _ALARM, _INCIDENT, _RIGHT, _DELAY = "emergency", "alarm", "incident", "right", "delay"
_ALERT, _RECEIVED_ALERT, _ASSESSMENT, _PLAN = "missing", "received", "assessment", "plan"
_EFFECT, _ANSWER = "effect", "answer"
# Why a page leaves no entry in the audit trail: it shows nothing of a case, notice or person.
_OWN = "the officer's own account"
_EMPTY = "an empty form; what it is sent with is recorded"
_NOBODY = "nothing about any person"
P = Permission
# Need to know: open to the officers to whom their case is open, not to the whole institution.
_OF_CASES = frozenset({_CASE, _REFERRAL, _REQUEST, _RIGHT, _ALERT, _ASSESSMENT, _PLAN, _EFFECT})

DOORS: dict[str, Door] = {
    "health": Door(Who.ANYBODY),
    "gallery": Door(Who.ANYBODY),
    "set_language": Door(Who.ANYBODY),
    "account_login": Door(Who.ANYBODY),
    "account_logout": Door(Who.ANYBODY),
    "account_inactive": Door(Who.ANYBODY),
    "account_signup": Door(Who.NOBODY),
    "account_reauthenticate": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "account_email": Door(Who.NOBODY),
    "account_email_verification_sent": Door(Who.NOBODY),
    "account_change_password": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "account_set_password": Door(Who.NOBODY),
    "account_reset_password": Door(Who.ANYBODY),
    "account_confirm_login_code": Door(Who.NOBODY),
    "account_confirm_email": Door(Who.NOBODY),
    "account_reset_password_from_key_done": Door(Who.ANYBODY),
    "account_reset_password_from_key": Door(Who.ANYBODY),
    "account_reset_password_done": Door(Who.ANYBODY),
    "mfa_index": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "mfa_authenticate": Door(Who.ANYBODY),
    "mfa_reauthenticate": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "mfa_activate_totp": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "mfa_deactivate_totp": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "mfa_view_recovery_codes": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "mfa_generate_recovery_codes": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "mfa_list_webauthn": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "mfa_add_webauthn": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "mfa_login_webauthn": Door(Who.ANYBODY),
    "mfa_reauthenticate_webauthn": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "mfa_remove_webauthn": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "conduct": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "sign_ins": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "account_ministry": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "account_ministry_sign_in": Door(Who.ANYBODY),
    "account_ministry_link": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "account_ministry_unlink": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "account_ministry_return": Door(Who.ANYBODY),
    "exchange-messages": Door(Who.NODES),
    "exchange-batch": Door(Who.NODES),
    "exchange-account": Door(Who.NODES),
    "exchange-waiting": Door(Who.NODES),
    "exchange-waiting-chunk": Door(Who.NODES),
    "exchange-attachment": Door(Who.NODES),
    "exchange-attachment-chunk": Door(Who.NODES),
    "exchange-directory": Door(Who.NODES),
    "exchange-directory-number": Door(Who.NODES),
    "exchange-key-sheet-number": Door(Who.NODES),
    "exchange-key-sheet": Door(Who.NODES),
    "exchange-key-sheet-of": Door(Who.NODES),
    "exchange-seen": Door(Who.NODES),
    "watch:status": _one(P.NODE_RUN, unrecorded=_NOBODY),
    "watch:node": _one(P.NODE_RUN, unrecorded=_NOBODY),
    "watch:set-aside": _one(P.NODE_RUN, unrecorded=_NOBODY),
    "watch:set-aside-again": _one(P.NODE_RUN),
    "watch:resting": _one(P.NODE_RUN, unrecorded=_NOBODY),
    "watch:resting-go-on": _one(P.NODE_RUN),
    "watch:metrics": Door(Who.MONITORING),
    "watch:ready": Door(Who.ANYBODY),
    "help:start": Door(Who.ANYBODY),
    "help:now": Door(Who.ANYBODY),
    "help:country": Door(Who.ANYBODY),
    "help:write": Door(Who.ANYBODY),
    "help:what_happens": Door(Who.ANYBODY),
    "norms:start": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:state": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:instrument": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:stating": _one(P.NORMS_VERIFY, unrecorded=_NOBODY),
    "norms:stating-back": _one(P.NORMS_VERIFY),
    "norms:finding": _one(P.NORMS_VERIFY, unrecorded=_NOBODY),
    "norms:finding-back": _one(P.NORMS_VERIFY),
    "norms:article-which": _one(P.NORMS_VERIFY, unrecorded=_NOBODY),
    "norms:article": _one(P.NORMS_VERIFY, unrecorded=_NOBODY),
    "norms:article-back": _one(P.NORMS_VERIFY),
    "norms:register": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:register-sign": _one(P.NORMS_REVIEW, unrecorded=_NOBODY),
    "gazette:verified": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "gazette:published": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:search": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:search-csv": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:search-json": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:search-states": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:reviews": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:review": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:review-record": _one(P.NORMS_REVIEW, unrecorded=_NOBODY),
    "norms:pair": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:ground": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:ground-csv": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "norms:ground-json": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "cooperation:inbox": _one(P.REFERRAL_ANSWER),
    "cooperation:list": _one(P.REFERRAL_ANSWER),
    "cooperation:clocks": _one(P.CLOCKS_READ, P.OWN_CLOCKS_READ, P.STATE_CLOCKS_READ),
    "cooperation:transfers": _one(P.TRANSFERS_READ),
    "cooperation:effect": _one(P.RIGHTS_ANSWER, holding=_EFFECT),
    "cooperation:rights": _one(P.RIGHTS_ANSWER),
    "cooperation:right": _one(P.RIGHTS_ANSWER, holding=_RIGHT),
    "cooperation:rights-of-case": _one(P.RIGHTS_ANSWER, holding=_CASE),
    "cooperation:right-new": _one(P.RIGHTS_ANSWER, holding=_CASE),
    "cooperation:draft": _one(P.REFERRAL_SEND, holding=_CASE),
    "cooperation:request-new": _one(P.REFERRAL_SEND, holding=_CASE),
    "cooperation:inquiry-new": _one(P.REFERRAL_SEND, holding=_CASE),
    "cooperation:protect": _one(P.CASE_WRITE, holding=_CASE),
    "cooperation:protect-end": _one(P.CASE_WRITE, holding=_CASE),
    "cooperation:protect-decide": _one(P.CASE_WRITE, holding=_CASE),
    "cooperation:referral": _one(P.REFERRAL_ANSWER, holding=_REFERRAL),
    "cooperation:preview": _one(P.REFERRAL_SEND, holding=_REFERRAL),
    "cooperation:letter": _one(P.REFERRAL_SEND, holding=_REFERRAL),
    "cooperation:letter-record": _one(P.REFERRAL_SEND, holding=_REFERRAL),
    "cooperation:letter-print": _one(P.REFERRAL_SEND, holding=_REFERRAL),
    "cooperation:earlier": _one(P.REFERRAL_ANSWER, holding=_REFERRAL),
    "cooperation:earlier-link": _one(P.REFERRAL_ANSWER, holding=_REFERRAL),
    "cooperation:referral-attach": _one(P.REFERRAL_SEND, holding=_REFERRAL),
    "cooperation:referral-attachment": _one(P.REFERRAL_ANSWER, P.REFERRAL_SEND, holding=_REFERRAL),
    "cooperation:referral-attachment-file": _one(
        P.REFERRAL_ANSWER, P.REFERRAL_SEND, holding=_REFERRAL
    ),
    "cooperation:request-attach": _one(P.REFERRAL_SEND, holding=_REQUEST),
    "cooperation:request-attachment": _one(P.REFERRAL_ANSWER, P.REFERRAL_SEND, holding=_REQUEST),
    "cooperation:request-attachment-file": _one(
        P.REFERRAL_ANSWER, P.REFERRAL_SEND, holding=_REQUEST
    ),
    "cooperation:referral-pause": _one(P.REFERRAL_ANSWER, P.REFERRAL_SEND, holding=_REFERRAL),
    "cooperation:referral-pause-answer": _one(
        P.REFERRAL_ANSWER, P.REFERRAL_SEND, holding=_REFERRAL
    ),
    "cooperation:referral-pause-end": _one(P.REFERRAL_ANSWER, P.REFERRAL_SEND, holding=_REFERRAL),
    "cooperation:referral-move": _one(
        P.REFERRAL_ANSWER, P.REFERRAL_SECOND, P.REFERRAL_SEND, holding=_REFERRAL
    ),
    "cooperation:request": _one(P.REFERRAL_ANSWER, holding=_REQUEST),
    "cooperation:inquiry-answer": _one(P.REFERRAL_ANSWER, holding=_REQUEST),
    "cooperation:inquiry-take-over": _one(P.CASE_ALL, holding=_REQUEST),
    "cooperation:inquiry-agree": _one(P.REFERRAL_SECOND, holding=_REQUEST),
    "cooperation:request-pause": _one(P.REFERRAL_ANSWER, P.REFERRAL_SEND, holding=_REQUEST),
    "cooperation:request-pause-answer": _one(P.REFERRAL_ANSWER, P.REFERRAL_SEND, holding=_REQUEST),
    "cooperation:request-pause-end": _one(P.REFERRAL_ANSWER, P.REFERRAL_SEND, holding=_REQUEST),
    "cooperation:request-move": _one(P.REFERRAL_ANSWER, P.REFERRAL_SEND, holding=_REQUEST),
    "returns:list": _one(P.REFERRAL_ANSWER),
    "returns:case": _one(P.REFERRAL_ANSWER, holding=_CASE),
    "returns:propose": _one(P.REFERRAL_SEND, holding=_CASE),
    "returns:assessment": _one(P.REFERRAL_ANSWER, holding=_ASSESSMENT),
    "returns:agree": _one(P.REFERRAL_SECOND, holding=_ASSESSMENT),
    "returns:sign": _one(P.REFERRAL_ANSWER, holding=_ASSESSMENT),
    "returns:plan-new": _one(P.REFERRAL_SEND, holding=_ASSESSMENT),
    "returns:plan": _one(P.REFERRAL_ANSWER, holding=_PLAN),
    "returns:plan-agree": _one(P.REFERRAL_SECOND, holding=_PLAN),
    "returns:plan-answer": _one(P.REFERRAL_ANSWER, holding=_PLAN),
    "returns:plan-boarded": _one(P.REFERRAL_SEND, holding=_PLAN),
    "returns:plan-arrival": _one(P.REFERRAL_ANSWER, holding=_PLAN),
    "returns:plan-stop": _one(P.REFERRAL_SEND, holding=_PLAN),
    "alerts:list": _one(P.REFERRAL_ANSWER),
    "alerts:new": _one(P.REFERRAL_SEND, holding=_CASE),
    "alerts:alert": _one(P.REFERRAL_ANSWER, holding=_ALERT),
    "alerts:agree": _one(P.REFERRAL_SECOND, holding=_ALERT),
    "alerts:issue": _one(P.REFERRAL_SEND, holding=_ALERT),
    "alerts:recall": _one(P.REFERRAL_SEND, holding=_ALERT),
    "alerts:received": _one(P.REFERRAL_ANSWER, holding=_RECEIVED_ALERT),
    "alerts:seen": _one(P.REFERRAL_SEND, holding=_RECEIVED_ALERT),
    "alerts:found": _one(P.REFERRAL_SEND, holding=_RECEIVED_ALERT),
    "alerts:answer": _one(P.REFERRAL_ANSWER, holding=_ANSWER),
    "alerts:answer-agree": _one(P.REFERRAL_SECOND, holding=_ANSWER),
    "alerts:answer-send": _one(P.REFERRAL_SEND, holding=_ANSWER),
    "alerts:answer-drop": _one(P.REFERRAL_SEND, holding=_ANSWER),
    "alerts:answer-withdraw": _one(P.REFERRAL_SEND, holding=_ANSWER),
    "support:list": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "support:figures": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "support:ask": _one(P.SUPPORT_WRITE, unrecorded=_NOBODY),
    "support:need": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "support:change": _one(P.SUPPORT_WRITE, unrecorded=_NOBODY),
    "support:offer": _one(P.SUPPORT_WRITE, unrecorded=_NOBODY),
    "support:accept": _one(P.SUPPORT_WRITE, unrecorded=_NOBODY),
    "support:close": _one(P.SUPPORT_WRITE, unrecorded=_NOBODY),
    "support:propose": _one(P.SUPPORT_WRITE, unrecorded=_NOBODY),
    "support:act": _one(P.SUPPORT_WRITE, unrecorded=_NOBODY),
    "own:start": Door(Who.ANYBODY),
    "own:page": Door(Who.ANYBODY),
    "own:delays": _one(P.AUDIT_READ),
    "own:delay-review": _one(P.AUDIT_READ, holding=_DELAY),
    "own:delays-of-case": _one(P.CASE_WRITE, holding=_CASE),
    "own:code": _one(P.CASE_WRITE, holding=_CASE),
    "statistics:figures": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "statistics:figures-of": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "statistics:figures-file": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    **{
        f"statistics:{page}": _one(P.RELEASE_PROPOSE, P.RELEASE_REVIEW, unrecorded=_NOBODY)
        for page in ("releases", "release-act")
    },
    **{
        f"statistics:{page}": _one(P.RELEASE_PROPOSE, unrecorded=_NOBODY)
        for page in (
            "release-ledger",
            "release-propose",
            "release-propose-tables",
            "release-propose-how",
        )
    },
    "statistics:release": _one(P.RELEASE_PROPOSE, P.RELEASE_REVIEW),
    "statistics:release-review": _one(P.RELEASE_REVIEW),
    "statistics:release-withdraw": _one(P.RELEASE_REVIEW),
    "statistics:release-correct": _one(P.RELEASE_PROPOSE),
    "statistics:published-release": Door(Who.ANYBODY),
    "statistics:published-file": Door(Who.ANYBODY),
    "statistics:htcds-import": _one(P.NOTICE_TAKE, unrecorded=_EMPTY),
    "statistics:htcds-export": _one(P.CASE_READ, unrecorded=_EMPTY),
    "statistics:editions": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "statistics:edition": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "statistics:edition-file": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "statistics:published-start": Door(Who.ANYBODY),
    "statistics:published": Door(Who.ANYBODY),
    "statistics:sums": _one(P.RELEASE_PROPOSE, P.SUM_DECLARE, P.SUM_GIVE, unrecorded=_NOBODY),
    "statistics:sum": _one(P.RELEASE_PROPOSE, P.SUM_DECLARE, P.SUM_GIVE, unrecorded=_NOBODY),
    "statistics:sum-declare": _one(P.SUM_DECLARE, unrecorded=_NOBODY),
    "statistics:sum-take-part": _one(P.SUM_GIVE, unrecorded=_NOBODY),
    "statistics:sum-decline": _one(P.SUM_GIVE, unrecorded=_NOBODY),
    "statistics:sum-give": _one(P.SUM_GIVE),
    "statistics:sum-withdraw": _one(P.SUM_GIVE, unrecorded=_NOBODY),
    "statistics:sum-take-back": _one(P.SUM_DECLARE, unrecorded=_NOBODY),
    "statistics:sum-add": _one(P.SUM_DECLARE, unrecorded=_NOBODY),
    "statistics:sum-tell": _one(P.SUM_DECLARE, unrecorded=_NOBODY),
    "statistics:sum-table": _one(P.RELEASE_PROPOSE),
    "statistics:linea145": _one(P.FIGURES_READ, unrecorded=_NOBODY),
    "statistics:linea145-rows": _one(P.CASE_READ, P.FIGURES_READ, needs_all=True),
    "statistics:linea145-logs": _one(P.FIGURES_READ, unrecorded=_NOBODY),
    "statistics:linea145-log": _one(P.CASE_READ, P.FIGURES_READ, holding=_LOAD, needs_all=True),
    "statistics:linea145-log-file": _one(
        P.CASE_READ, P.FIGURES_READ, holding=_LOAD, needs_all=True
    ),
    "incidents:list": _one(P.INCIDENT_KEEP),
    "incidents:new": _one(P.INCIDENT_KEEP, unrecorded=_EMPTY),
    "incidents:incident": _one(P.INCIDENT_KEEP, holding=_INCIDENT),
    "incidents:note": _one(P.INCIDENT_KEEP, holding=_INCIDENT),
    "incidents:decide": _one(P.INCIDENT_KEEP, holding=_INCIDENT),
    "incidents:authority": _one(P.INCIDENT_KEEP, holding=_INCIDENT),
    "incidents:persons": _one(P.INCIDENT_KEEP, holding=_INCIDENT),
    "incidents:close": _one(P.INCIDENT_KEEP, holding=_INCIDENT),
    "agenda:platform": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "agenda:handing": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "agenda:hand-over": _one(P.AGENDA_WRITE, unrecorded=_EMPTY),
    "agenda:term-new": _one(P.AGENDA_WRITE, unrecorded=_EMPTY),
    "agenda:term": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:rule": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:party-new": _one(P.AGENDA_WRITE, unrecorded=_EMPTY),
    "agenda:party": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:meeting": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "agenda:meeting-call": _one(P.AGENDA_WRITE, unrecorded=_EMPTY),
    "agenda:meeting-attendance": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:meeting-decision": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:meeting-decision-correct": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:meeting-move": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:meeting-correct": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:meeting-cancel": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:meeting-close": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:meeting-reopen": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:meeting-put": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:meeting-minutes": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "agenda:document-new": _one(P.AGENDA_WRITE, unrecorded=_EMPTY),
    "agenda:document": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "agenda:document-take-back": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:calendar": Door(Who.SIGNED_IN, unrecorded=_OWN),
    "agenda:calendar-feed": Door(Who.CALENDARS, unrecorded=_NOBODY),
    "agenda:work": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "agenda:objective-new": _one(P.AGENDA_WRITE, unrecorded=_EMPTY),
    "agenda:objective": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:commitment-new": _one(P.AGENDA_WRITE, unrecorded=_EMPTY),
    "agenda:commitment": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "agenda:commitment-change": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:progress": _one(P.MANDATE_WRITE, unrecorded=_NOBODY),
    "agenda:evidence-new": _one(P.MANDATE_WRITE, unrecorded=_EMPTY),
    "agenda:evidence": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "agenda:evidence-take-back": _one(P.MANDATE_WRITE, unrecorded=_NOBODY),
    "agenda:actions": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "agenda:action": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "agenda:action-propose": _one(P.ACTION_PROPOSE, unrecorded=_NOBODY),
    "agenda:action-back": _one(P.ACTION_PROPOSE, unrecorded=_NOBODY),
    "agenda:action-course": _one(P.AGENDA_WRITE, unrecorded=_NOBODY),
    "agenda:validate": _one(P.PROGRESS_VALIDATE, unrecorded=_NOBODY),
    **{
        f"agenda:{of}-{word}": _one(P.AGENDA_WRITE, unrecorded=_NOBODY)
        for of in ("objective", "commitment")
        for word in ("withdraw", "indicator")
    },
    "agenda:report": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "agenda:report-file": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "agenda:public-start": Door(Who.ANYBODY),
    "agenda:public": Door(Who.ANYBODY),
    "agenda:office": _one(P.MANDATE_WRITE, unrecorded=_NOBODY),
    "protocol:registry": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "protocol:compare": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "protocol:version": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "protocol:text": Door(Who.SIGNED_IN, unrecorded=_NOBODY),
    "protocol:publish": _one(P.PROTOCOL_PUBLISH, unrecorded=_EMPTY),
    "protocol:version-back": _one(P.PROTOCOL_PUBLISH),
    "protocol:adopt": _one(P.PROTOCOL_ADOPT, unrecorded=_NOBODY),
    "protocol:adoption-back": _one(P.PROTOCOL_ADOPT),
    "desk:home": Door(Who.SIGNED_IN),
    "desk:shift": _one(P.CASE_ASSIGN),
    "desk:search": _one(P.NOTICE_TAKE, unrecorded=_EMPTY),
    "desk:opened": _one(P.AUDIT_READ, unrecorded=_EMPTY),
    "desk:trail": _one(P.AUDIT_READ),
    "desk:month": _one(P.AUDIT_READ),
    "desk:readings": _one(P.AUDIT_READ),
    "desk:reading": _one(P.AUDIT_READ, holding=_ALARM),
    "desk:emergencies": _one(P.AUDIT_READ),
    "desk:emergency-seen": _one(P.AUDIT_READ, holding=_ACCESS),
    "desk:heads": _one(P.AUDIT_READ),
    "desk:head-seen": _one(P.AUDIT_READ),
    "desk:retention": _one(P.RETENTION_DECIDE),
    "desk:retention-case": _one(P.RETENTION_DECIDE, holding=_CASE),
    "desk:retention-erase": _one(P.RETENTION_DECIDE, holding=_CASE),
    "desk:retention-notice": _one(P.RETENTION_DECIDE, holding=_NOTICE),
    "desk:retention-referral": _one(P.RETENTION_DECIDE, holding=_REFERRAL),
    "desk:retention-request": _one(P.RETENTION_DECIDE, holding=_REQUEST),
    "desk:post": _one(P.POST_WRITE, unrecorded=_NOBODY),
    "desk:post-step": _one(P.POST_WRITE, unrecorded=_NOBODY),
    "desk:notice-new": _one(P.NOTICE_TAKE, unrecorded=_EMPTY),
    "desk:notice": _one(P.CASE_READ, holding=_NOTICE),
    "desk:notice-triage": _one(P.NOTICE_TRIAGE, holding=_NOTICE),
    "desk:notice-search": _one(P.NOTICE_TAKE, holding=_NOTICE),
    "desk:notice-link": _one(P.NOTICE_TAKE, holding=_NOTICE),
    "desk:notice-decide": _one(P.NOTICE_TRIAGE, holding=_NOTICE),
    "desk:notice-step": _one(P.NOTICE_TRIAGE, holding=_NOTICE),
    "desk:case-new": _one(P.CASE_OPEN, holding=_NOTICE),
    "desk:cases": _one(P.CASE_READ),
    "desk:case": _one(P.CASE_READ, holding=_CASE),
    "desk:protocol": _one(P.CASE_READ, holding=_CASE),
    "desk:history": _one(P.CASE_READ, holding=_CASE),
    "desk:take-back": _one(P.CASE_WRITE, holding=_CASE),
    "desk:identity": _one(P.IDENTITY_READ, holding=_CASE),
    "desk:person": _one(P.IDENTITY_READ, holding=_CASE),
    "desk:told": _one(P.CASE_READ, holding=_CASE),
    "desk:step": _one(P.CASE_WRITE, holding=_CASE),
    "desk:change": _one(P.CASE_WRITE, holding=_CASE),
    "desk:journey": _one(P.CASE_WRITE, holding=_CASE),
    "desk:consent-new": _one(P.CASE_WRITE, holding=_CASE),
    "desk:consent-withdraw": _one(P.CASE_WRITE, holding=_CASE),
    "desk:consent-print": _one(P.CASE_READ, holding=_CASE),
    "desk:risk": _one(P.CASE_WRITE, holding=_CASE),
    "desk:assign": _one(P.CASE_ASSIGN, holding=_CASE),
    "desk:take": _one(P.CASE_ASSIGN, holding=_CASE, closed_too=True),
    "desk:let-in": _one(P.CASE_ASSIGN, holding=_CASE),
    "desk:let-out": _one(P.CASE_READ, holding=_CASE),
    "desk:break-glass": _one(P.CASE_EMERGENCY, holding=_CASE, closed_too=True),
    "desk:follow-up": _one(P.CASE_WRITE, holding=_CASE),
    "desk:close": _one(P.CASE_CLOSE, holding=_CASE),
    "desk:reopen": _one(P.CASE_CLOSE, holding=_CASE),
    "desk:move-many": _one(P.CASE_WRITE),
    "desk:move": _one(P.CASE_WRITE, holding=_CASE),
    "desk:opened-by": _one(P.AUDIT_READ, holding=_CASE),
}


def cell(door: Door, role: Role, *, own: bool) -> Cell:
    """What an officer of this role meets, of the own institution or of another one."""
    if door.who in BY_PROOF:
        return Cell.OPENS  # a signature, token or secret decides, not who is signed in
    if door.who is Who.NOBODY:
        return Cell.HIDDEN
    held = members.ROLE_PERMISSIONS[role]
    if not door.lets_in(held.__contains__):
        return Cell.REFUSED
    if not door.holding:
        return Cell.OPENS
    if not own:
        return Cell.HIDDEN
    narrow = P.CASE_READ in held and P.CASE_ALL not in held
    return Cell.HERS if narrow and door.holding in _OF_CASES and not door.closed_too else Cell.OPENS


def routes(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, str]]:
    """Name (with its namespace) and address of every route under these patterns."""
    for each in patterns:
        if isinstance(each, URLResolver):
            space = f"{each.namespace}:" if each.namespace else ""
            for name, address in routes(each.url_patterns):
                yield space + name, f"{each.pattern}{address}"
        else:
            yield each.name or "", str(each.pattern)


class Doors:
    """Refuses a request whose officer the table does not let in; a route without a row to all."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Nothing before the route is known."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Any, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Raise `PermissionDenied` for a closed door; who is not signed in is led to sign in."""
        match = request.resolver_match
        door = DOORS.get(match.view_name) if match is not None else None
        if door is None:
            raise PermissionDenied
        if isinstance(door.who, Who) or not isinstance(request.user, members.User):
            return None
        try:
            by = members.actor_of(request.user)
        except NotAllowed:
            raise PermissionDenied from None
        if not door.lets_in(lambda permission: members.may(by, permission)):
            raise PermissionDenied
        return None
