"""One node of a demonstration, while it is founded: requests on standard input, one a line.

The orchestrator (`platform.py`) speaks to one such process of each node, so that no node's keys or
tables are touched by another's process. Requests and answers are JSON.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from typing import Any

from ayni.lib.errors import AyniError
from ayni.node import home
from ayni.node.demo import root

Request = dict[str, Any]


def main(arguments: Sequence[str]) -> int:
    """Answer until standard input ends."""
    node = home.resolve()
    with home.ready(node):
        _answer({"ok": True})
        for line in sys.stdin:
            request = json.loads(line)
            try:
                _answer({"ok": True, **_VERBS[request["do"]](request)})
            except AyniError as refusal:
                _answer({"ok": False, "why": f"{type(refusal).__name__}: {refusal}"})
    return 0


def _answer(answer: Request) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _prepare(request: Request) -> Request:
    """Identity key, institutions and accounts of this node."""
    from ayni.audit import api as audit
    from ayni.config import second_step
    from ayni.exchange import api as exchange
    from ayni.members import api as members

    by, node = audit.job("demo"), members.this_node()
    known = [(node, entry) for entry in root.institutions(node)]
    known += [(state, root.institutions(state)[0]) for state in request["absent"]]
    for state, entry in known:
        if members.Institution.objects.filter(code=entry.code).exists():
            continue
        members.add_institution(
            by=by,
            code=entry.code,
            names=entry.names,
            kind=entry.kind,
            state=state,
            stands_in=entry.stands_in,
            time_zone=entry.time_zone,
        )
    for person in root.users(node):
        email = root.email(person, node)
        if members.User.objects.filter(email=email).exists():
            continue
        place = members.institution_by_code(person.institution) if person.institution else None
        officer = members.add_user(
            by=by,
            email=email,
            display_name=f"{person.name.title()} ({node})",
            role=members.Role(person.role),
            institution=place,
            password=request["passwords"][email],
            language=person.language,
            is_demo=True,
        )
        second_step.give_app(officer)
        members.accept_conduct(by=members.actor_of(officer))
    return {"identity": exchange.make_identity(by=by)}


def _sign(request: Request) -> Request:
    from ayni.audit import api as audit
    from ayni.exchange import api as exchange

    return {"signature": exchange.sign_directory(by=audit.job("demo"), body=request["body"])}


def _accept(request: Request) -> Request:
    """Accept directory number 1; make and accept this node's first key sheet."""
    from ayni.audit import api as audit
    from ayni.exchange import api as exchange
    from ayni.lib import clock
    from ayni.members import api as members

    by, now = audit.job("demo"), clock.now().replace(microsecond=0)
    exchange.accept_directory(by=by, document=request["document"], now=now)
    node = members.this_node()
    sheet = exchange.key_sheet(node)
    if sheet is None:
        sheet = exchange.make_key_sheet(
            by=by, institutions=members.institutions(state=node), now=now
        )
        exchange.accept_key_sheet(by=by, document=sheet, now=now)
    return {"sheet": sheet}


def _learn(request: Request) -> Request:
    """Accept the other nodes' key sheets, and with them their institutions."""
    from ayni.audit import api as audit
    from ayni.exchange import api as exchange
    from ayni.lib import clock

    for document in request["sheets"]:
        exchange.accept_key_sheet(by=audit.job("demo"), document=document, now=clock.now())
    return {}


def _fill(request: Request) -> Request:
    """Invented notices and cases, under the reference text: no state has adopted a version."""
    from ayni.members import api as members
    from ayni.node.demo.filling import fill

    node = members.this_node()
    if node == members.SECRETARIAT:
        return {"notices": 0}
    if not request["persons"]:
        return {"notices": 0}
    return {"notices": fill(node, root.email(root.users(node)[0], node))}


_VERBS: dict[str, Callable[[Request], Request]] = {
    "prepare": _prepare,
    "sign": _sign,
    "accept": _accept,
    "learn": _learn,
    "fill": _fill,
}
