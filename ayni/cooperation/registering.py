"""The register of transfers, for rooms above that send something of a case."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from ayni.audit.api import Actor
from ayni.cooperation.models import Transfer
from ayni.lib import clock
from ayni.members import api as members


def register_transfer(
    *,
    by: Actor,
    institution_code: str,
    about: UUID,
    recipient_state: str,
    recipient_institution: str,
    purpose: str,
    fields: Iterable[str],
    basis: str,
    channel: str,
    message: str = "",
) -> None:
    """One line in the register, inside the verb of another room, which audits: names of fields,
    never a value. `about`: the id of the case, so that the person reads it on her own page."""
    members.check_may(by, members.Permission.REFERRAL_SEND)
    Transfer.objects.create(
        at=clock.now(),
        institution_code=institution_code,
        about=about,
        recipient_state=recipient_state,
        recipient_institution=recipient_institution,
        purpose=purpose,
        fields=sorted(fields),
        basis=basis,
        channel=channel,
        message=message,
    )
