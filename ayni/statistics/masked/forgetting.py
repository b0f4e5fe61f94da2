"""Every night: secrets and parts of rounds that have ended are deleted.

Nothing can be made of them any more but a sum that is refused. What refuses a second sum stays:
that this node has given (`SumGiven`), and what was published. This state's own part, which waits
here, is `sending`'s.
"""

from __future__ import annotations

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.lib import clock
from ayni.members import api as members
from ayni.statistics.masked.reading import Known, known_rounds
from ayni.statistics.masked.rounds import Standing
from ayni.statistics.models import SumSeed, SumShare


def forget_what_ended(*, by: Actor) -> int:
    """Delete secrets of pairs and parts of other states for rounds that have ended, with or without
    a sum; how many rows. What belongs to a round that is not known here yet stays."""
    now = clock.now()
    known = known_rounds()
    over = [each for each in known if each.standing(now) in (Standing.ENDED, Standing.GIVEN)]
    # With every share announced no secret is needed; a part is, until the sum is made or it is told
    # that there is none.
    done = [each.digest for each in over if _is_done(each, each.standing(now))]
    with audit.act(by=by, verb="statistics.forget_sums", subject="sums") as act:
        secrets, _ = SumSeed.objects.filter(round__in=[each.digest for each in over]).delete()
        parts, _ = (
            SumShare.objects.filter(round__in=done).exclude(state=members.this_node()).delete()
        )
        act.note(secrets=secrets, parts=parts)
    return secrets + parts


def _is_done(known: Known, found: Standing) -> bool:
    return found is Standing.ENDED or known.outcome is not None
