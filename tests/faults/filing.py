"""What officers do with files: attach one to a referral, and open what has come."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral
from ayni.exchange import api as exchange
from ayni.members import api as members
from tests.cases.stories import a_case, a_consent
from tests.faults.officers import Officers

_PIECE = 65_536


def a_pdf(size: int) -> Iterator[bytes]:
    """A PDF of this size, in pieces, the same each time."""
    head, tail = (
        b"%PDF-1.7\n%",
        b"\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
    )
    yield head
    left = size - len(head) - len(tail)
    block = hashlib.shake_128(b"file").digest(_PIECE).replace(b"/", b".").replace(b"PK", b"..")
    while left > 0:
        yield block[:left]
        left -= len(block[:left])
    yield tail


class Filing(Officers):
    """Beside the rest of an office."""

    def do_attach(self, to: str, institution: str, fields: list[str], size: int) -> dict[str, str]:
        """A case is referred, and a file of so many bytes goes along; which, and its SHA-256."""
        officer = self._officer("oficial")
        by, there = members.actor_of(officer), {"recipient_state": to}
        there["recipient_institution"] = institution
        with members.acting(officer.institution_id):
            case = a_case(by)
            covered = frozenset(fields)
            a_consent(by, case, fields=covered | {cases.ATTACHMENTS}, **there)
            draft = cooperation.draft_referral(by=by, case_id=case.id, fields=covered, **there)
            cooperation.send_referral(by=by, referral_id=draft.id)
            stream, digest = self._attach(by, draft.id, size)
            conversation = Referral.objects.get(id=draft.id).conversation
        return {"attachment": stream, "conversation": str(conversation), "sha256": digest}

    def _attach(self, by: Any, referral_id: Any, size: int) -> tuple[str, str]:
        """A file of so many bytes goes along with a referral; which, and its SHA-256."""
        writer, digest = cooperation.IncomingFile(), hashlib.sha256()
        for piece in a_pdf(size):
            writer.write(piece)
            digest.update(piece)
        one = cooperation.attach(by=by, about_id=referral_id, file=writer, what="other_document")
        cooperation.send_attachment(by=by, about_id=referral_id, attachment_id=one.id)
        return one.stream, digest.hexdigest()

    def do_standing(self, attachment: str) -> dict[str, Any]:
        """How it stands with a file here: of the officers, and of its chunks."""
        row = exchange.standing_of_attachment(attachment)
        for institution in members.institutions(state=self.node):
            with members.acting(institution.id):
                one = cooperation.Attachment.objects.filter(stream=attachment).first()
                if one is not None and row is not None:
                    return {
                        "standing": one.standing,
                        "hold": row.hold,
                        "have": row.have,
                        "there": row.there,
                        "chunks": row.chunks,
                    }
        return {"standing": "", "hold": "", "have": 0, "there": 0, "chunks": 0}

    def do_open(self, attachment: str) -> str:
        """SHA-256 of what the officer at the consulate reads in a file that has come."""
        consul = self._officer("consul")
        by = members.actor_of(consul)
        with members.acting(consul.institution_id):
            one = cooperation.Attachment.objects.get(stream=attachment)
            opened = cooperation.open_attachment(by=by, about_id=one.about, attachment_id=one.id)
            digest = hashlib.sha256()
            for piece in opened.content:
                digest.update(piece)
        return digest.hexdigest()
