"""What `bench.attachment` asks of a node, each a process of its own, with the node's settings:
`python -m bench.attachment_inside refer | sent ID | came NUMBER | secure PIN | learn FILE`. The
answer is JSON."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

from ayni.node import home

_WITHIN = 600.0
FIELDS = frozenset({"birth", "needs", "name_as_written", "tracks", "citizenships"})


def _officer(code: str) -> Any:
    from ayni.members import api as members

    owner = members.institution_by_code(code)
    return next(u for u in members.everybody(owner.id) if u.role == "consular_officer")


def _session(officer: Any) -> str:
    from bench.measuring import sessions

    return sessions([officer])[0]


def refer() -> dict[str, Any]:
    """A case of Argentina with a consent that names files, referred to Bolivia's programme."""
    from ayni.cases import api as cases
    from ayni.cooperation import api as cooperation
    from ayni.members import api as members
    from tests.cases import stories

    officer = _officer("ar-programme")
    with members.acting(officer.institution_id):
        by = members.actor_of(officer)
        case = stories.a_case(by)
        to = {"recipient_state": "bo", "recipient_institution": "bo-programme"}
        stories.a_consent(by, case, fields=FIELDS | {cases.ATTACHMENTS}, **to)
        draft = cooperation.draft_referral(by=by, case_id=case.id, fields=FIELDS, **to)
        cooperation.send_referral(by=by, referral_id=draft.id)
    return {"referral": str(draft.id), "session": _session(officer)}


def sent(stream: str) -> dict[str, Any]:
    """Wait until the other side has looked at a file; how that went."""
    from ayni.cooperation import api as cooperation
    from ayni.members import api as members

    with members.acting(_officer("ar-programme").institution_id):
        return _settled(lambda: cooperation.Attachment.objects.get(stream=stream), {"sent"})


def came(number: str) -> dict[str, Any]:
    """Wait until so many files have come to Bolivia's programme; the last, and who may open it."""
    from ayni.cooperation import api as cooperation
    from ayni.members import api as members

    officer = _officer("bo-programme")
    with members.acting(officer.institution_id):
        nth = int(number) - 1
        each = cooperation.Attachment.objects.order_by("created_at")
        found = _settled(lambda: next(iter(each.all()[nth : nth + 1]), None), {"coming"})
    return {**found, "session": _session(officer)}


def _settled(look: Any, unsettled: set[str]) -> dict[str, Any]:
    until = time.monotonic() + _WITHIN
    while time.monotonic() < until:
        one = look()
        if one is not None and one.standing not in unsettled:
            return {"standing": one.standing, "id": str(one.id), "about": str(one.about)}
        time.sleep(0.2)
    raise SystemExit("nothing came in time")


def secure(pin: str) -> dict[str, Any]:
    """A next key sheet of this node, with the pin of its TLS key, in force here."""
    from ayni.audit import api as audit
    from ayni.exchange import api as exchange
    from ayni.lib import clock
    from ayni.members import api as members

    now, by = clock.now().replace(microsecond=0), audit.job("bench.secure")
    own = members.institutions(state=members.this_node())
    sheet = exchange.make_key_sheet(by=by, institutions=own, now=now, tls_pins=[pin])
    exchange.accept_key_sheet(by=by, document=sheet, now=now)
    return sheet


def learn(file: str) -> dict[str, Any]:
    """Accept the key sheets of a file."""
    from ayni.audit import api as audit
    from ayni.exchange import api as exchange
    from ayni.lib import clock

    for sheet in json.loads(Path(file).read_text()):
        exchange.accept_key_sheet(by=audit.job("bench.learn"), document=sheet, now=clock.now())
    return {}


def main() -> int:
    """Print the answer to one word."""
    words: dict[str, Any] = {
        "refer": refer, "sent": sent, "came": came, "secure": secure, "learn": learn,
    }  # fmt: skip
    with home.ready(home.resolve()):
        answer = words[sys.argv[1]](*sys.argv[2:])
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
