"""A release is made again from what was kept of its inputs, and compared byte by byte."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.members import api as members
from ayni.members.api import Permission
from ayni.statistics.disclosure.findings import Mode
from ayni.statistics.privacy.errors import MeasurementsRefused
from ayni.statistics.releasing import content, kept, making
from ayni.statistics.releasing.errors import CountsGone, UnknownRelease
from ayni.statistics.releasing.proposing import check_observatory
from ayni.statistics.releasing.states import ENDED
from ayni.statistics.releasing.tables import Release


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """`sha256` of what was checked, reviewed and published, and of what came out now; `raw`: what
    came out; `differs`: the first byte that is another one, -1 if all are the same."""

    sha256: str
    now: str
    raw: bytes
    differs: int

    @property
    def same(self) -> bool:
        """Byte for byte."""
        return self.sha256 == self.now and self.differs < 0


def rebuild_release(*, by: Actor, release_id: UUID) -> Rebuilt:
    """Make a release again; no noise is drawn and nothing is charged. Raises `NotAllowed`,
    `UnknownRelease` for one without a result, `CountsGone` for one that will not come out,
    `NoObservatory`."""
    members.check_may(by, Permission.RELEASE_PROPOSE)
    check_observatory()
    row = Release.objects.filter(id=release_id).exclude(sha256="").first()
    if row is None:
        raise UnknownRelease
    if row.mode != Mode.DIFFERENTIAL_PRIVACY and row.state in ENDED:
        raise CountsGone
    before = kept.raw_content(row.id)
    raw = _private(row, before) if row.mode == Mode.DIFFERENTIAL_PRIVACY else _classical(row)
    found = Rebuilt(row.sha256, content.digest_of(raw), raw, _first(before, raw))
    audit.read(by=by, verb="statistics.rebuild_release", subject=row.id)
    return found


def _classical(row: Release) -> bytes:
    made = making.make(kept.inputs_of(row, row.seen))
    return b"" if made.content is None else made.content.to_bytes()


def _private(row: Release, before: bytes) -> bytes:
    from ayni.statistics.releasing import private

    domain, here = kept.population_of(row).domain, kept.opened(row.id)
    assert domain is not None
    published = content.content_of(before)
    try:
        again = private.rebuilt(domain, here.noisy, here.secret, published, row.about)
    except MeasurementsRefused:
        return b""
    return again.to_bytes()


def _first(one: bytes, other: bytes) -> int:
    if one == other:
        return -1
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
