"""Roles a civil servant can read, and what each may do. Pure data; nothing is computed.

Permissions are named room:thing:action and kept in alphabetical order.
"""

from __future__ import annotations

from enum import StrEnum

from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """What a role may allow."""

    ACTION_PROPOSE = "agenda:action:propose"
    AGENDA_WRITE = "agenda:platform:write"
    AUDIT_READ = "audit:entry:read"
    CASE_ALL = "cases:case:all"
    CASE_ASSIGN = "cases:case:assign"
    CASE_CLOSE = "cases:case:close"
    CASE_EMERGENCY = "cases:case:emergency"
    CASE_OPEN = "cases:case:open"
    CASE_READ = "cases:case:read"
    CASE_WRITE = "cases:case:write"
    CLOCKS_READ = "cooperation:clock:read"
    FIGURES_READ = "statistics:figure:read"
    IDENTITY_READ = "cases:identity:read"
    INCIDENT_KEEP = "incidents:incident:keep"
    MANDATE_WRITE = "agenda:mandate:write"
    NODE_FIGURES_READ = "statistics:node_figure:read"
    NODE_RUN = "node:node:run"
    NORMS_REVIEW = "norms:item:review"
    NORMS_VERIFY = "norms:standing:verify"
    NOTICE_TAKE = "cases:notice:take"
    NOTICE_TRIAGE = "cases:notice:triage"
    OWN_CLOCKS_READ = "cooperation:own_clock:read"
    OWN_READ = "own:page:read"
    POST_WRITE = "members:post:write"
    PROGRESS_VALIDATE = "agenda:progress:validate"
    PROGRESS_WRITE = "agenda:progress:write"
    PROTOCOL_ADOPT = "protocol:version:adopt"
    PROTOCOL_PUBLISH = "protocol:version:publish"
    REFERRAL_ANSWER = "cooperation:referral:answer"
    REFERRAL_SECOND = "cooperation:referral:second"
    REFERRAL_SEND = "cooperation:referral:send"
    RELEASE_PROPOSE = "statistics:release:propose"
    RELEASE_REVIEW = "statistics:release:review"
    REMINDER_SEND = "desk:reminder:send"
    RETENTION_DECIDE = "cases:retention:decide"
    RIGHTS_ANSWER = "cooperation:right:answer"
    STATE_CLOCKS_READ = "cooperation:state_clock:read"
    SUM_DECLARE = "statistics:sum:declare"
    SUM_GIVE = "statistics:sum:give"
    SUM_SEND = "statistics:sum:send"
    SUPPORT_WRITE = "support:need:write"
    TRANSFERS_READ = "cooperation:transfer:read"


class Role(StrEnum):
    """What a civil servant of a node may be."""

    CONSULAR_OFFICER = "consular_officer"
    CASE_SUPERVISOR = "case_supervisor"
    NATIONAL_FOCAL_POINT = "national_focal_point"
    SERVICE_PROVIDER = "service_provider"
    SECRETARIAT_OFFICER = "secretariat_officer"
    PRESIDENCY_OFFICER = "presidency_officer"
    DATA_PROTECTION_OFFICER = "data_protection_officer"
    VALIDATING_AUTHORITY = "validating_authority"
    STATISTICIAN = "statistician"
    NODE_ADMINISTRATOR = "node_administrator"


ROLE_NAMES = {
    Role.CONSULAR_OFFICER: _("Consular or programme officer"),
    Role.CASE_SUPERVISOR: _("Case supervisor"),
    Role.NATIONAL_FOCAL_POINT: _("National focal point"),
    Role.SERVICE_PROVIDER: _("Service provider"),
    Role.SECRETARIAT_OFFICER: _("Officer of the technical secretariat"),
    Role.PRESIDENCY_OFFICER: _("Officer of the presidency pro tempore"),
    Role.DATA_PROTECTION_OFFICER: _("Data protection officer"),
    Role.VALIDATING_AUTHORITY: _("Authority that validates"),
    Role.STATISTICIAN: _("Statistician"),
    Role.NODE_ADMINISTRATOR: _("Administrator of the node"),
}

_CASE_WORK = frozenset(
    {
        Permission.CASE_ASSIGN,
        Permission.CASE_CLOSE,
        Permission.CASE_OPEN,
        Permission.CASE_READ,
        Permission.CASE_WRITE,
        Permission.FIGURES_READ,
        Permission.IDENTITY_READ,
        Permission.NOTICE_TAKE,
        Permission.NOTICE_TRIAGE,
        Permission.POST_WRITE,
        Permission.REFERRAL_ANSWER,
        Permission.REFERRAL_SECOND,
        Permission.REFERRAL_SEND,
        Permission.RIGHTS_ANSWER,
    }
)

ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    # Need to know: her own cases; another one in an emergency only.
    Role.CONSULAR_OFFICER: _CASE_WORK | {Permission.CASE_EMERGENCY},
    # Every case of the institution is the supervisor's work.
    Role.CASE_SUPERVISOR: _CASE_WORK | {Permission.CASE_ALL},
    Role.NATIONAL_FOCAL_POINT: frozenset(
        {
            Permission.ACTION_PROPOSE,
            Permission.FIGURES_READ,
            Permission.MANDATE_WRITE,
            Permission.NODE_FIGURES_READ,
            Permission.NORMS_REVIEW,
            Permission.NORMS_VERIFY,
            Permission.OWN_CLOCKS_READ,
            Permission.POST_WRITE,
            Permission.PROGRESS_WRITE,
            Permission.PROTOCOL_ADOPT,
            Permission.STATE_CLOCKS_READ,
            Permission.SUPPORT_WRITE,
        }
    ),
    Role.SERVICE_PROVIDER: frozenset(
        {
            Permission.CASE_ASSIGN,
            Permission.CASE_CLOSE,
            Permission.CASE_EMERGENCY,
            Permission.CASE_OPEN,
            Permission.CASE_READ,
            Permission.CASE_WRITE,
            Permission.IDENTITY_READ,
            Permission.REFERRAL_ANSWER,
            Permission.REFERRAL_SECOND,
            Permission.REFERRAL_SEND,
            Permission.RIGHTS_ANSWER,
        }
    ),
    Role.SECRETARIAT_OFFICER: frozenset(
        {
            Permission.ACTION_PROPOSE,
            Permission.AGENDA_WRITE,
            Permission.CLOCKS_READ,
            Permission.NORMS_REVIEW,
            Permission.PROTOCOL_PUBLISH,
            Permission.STATE_CLOCKS_READ,
            Permission.SUM_DECLARE,
            Permission.SUPPORT_WRITE,
        }
    ),
    # Writes the platform's text while the state presides and the secretariat is away.
    Role.PRESIDENCY_OFFICER: frozenset({Permission.AGENDA_WRITE, Permission.STATE_CLOCKS_READ}),
    Role.DATA_PROTECTION_OFFICER: frozenset(
        {
            Permission.AUDIT_READ,
            Permission.FIGURES_READ,
            Permission.INCIDENT_KEEP,
            Permission.RETENTION_DECIDE,
            Permission.RIGHTS_ANSWER,
            Permission.TRANSFERS_READ,
        }
    ),
    # Says of what the focal point reported as done whether it is; reports nothing herself.
    Role.VALIDATING_AUTHORITY: frozenset({Permission.PROGRESS_VALIDATE, Permission.PROGRESS_WRITE}),
    # Sees sums, never a row. What one proposes another reviews.
    Role.STATISTICIAN: frozenset(
        {
            Permission.NODE_FIGURES_READ,
            Permission.RELEASE_PROPOSE,
            Permission.RELEASE_REVIEW,
            Permission.SUM_GIVE,
        }
    ),
    Role.NODE_ADMINISTRATOR: frozenset({Permission.NODE_RUN}),
}
