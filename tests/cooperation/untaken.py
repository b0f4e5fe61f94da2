"""A received request that belongs to no case here. All persons are invented."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from ayni.audit.api import Actor
from ayni.cooperation.models import Request
from ayni.lib import clock
from ayni.vault import api as vault


def an_untaken_request(by: Actor, **more: Any) -> Request:
    """Bolivia's request about somebody of whom there is no case here, as it arrives."""
    now = clock.now()
    told: dict[str, Any] = {
        "institution_id": by.institution, "subject": vault.new_subject(), "created_at": now,
        "direction": "in", "counterpart_state": "bo", "counterpart_institution": "bo-consulate",
        "conversation": secrets.token_hex(16), "state": "received", "step": "2.3",
        "matter": "prosecutor_intervenes", "due_at": now + timedelta(days=2), "sent_at": now,
    }  # fmt: skip
    row = Request(**{**told, **more})
    row.seal(vault.sealer(row.subject), content={"name_as_written": "Rosa INVENTADA"})
    row.save(force_insert=True)
    return row
