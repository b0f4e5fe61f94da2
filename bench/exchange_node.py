"""One node of the benchmark of the exchange, beside its own processes: requests on standard input,
one a line of JSON. It founds the node, queues messages and looks how far they have come; what it
uses itself is not counted."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

Request = dict[str, Any]
_FOUND_WITHIN = 900.0


def _prepare(request: Request) -> Any:
    from django.db import connections

    from ayni.audit import api as audit
    from ayni.exchange import api as exchange
    from ayni.members import api as members
    from bench import exchange_room as room

    node = members.this_node()
    members.add_institution(
        by=audit.job("bench"),
        code=f"{node}-programme",
        names={"es": "Programa", "pt": "Programa", "en": "Programme"},
        kind="programme",
        state=node,
        stands_in=node.upper(),
        time_zone="America/Montevideo",
    )
    with connections["owner"].cursor() as cursor:
        cursor.execute(room.TABLE)
        cursor.execute("grant select, insert on bench_taken to public")
        cursor.execute("grant usage on sequence bench_taken_id_seq to public")
    return exchange.make_identity(by=audit.job("bench"))


def _sign(request: Request) -> Any:
    from ayni.audit import api as audit
    from ayni.exchange import api as exchange

    return exchange.sign_directory(by=audit.job("bench"), body=request["body"])


def _accept(request: Request) -> Any:
    from ayni.audit import api as audit
    from ayni.exchange import api as exchange
    from ayni.lib import clock
    from ayni.members import api as members

    by, now = audit.job("bench"), clock.now().replace(microsecond=0)
    exchange.accept_directory(by=by, document=request["document"], now=now)
    node = members.this_node()
    own = members.institutions(state=node)
    sheet = exchange.make_key_sheet(by=by, institutions=own, now=now, tls_pins=[request["pin"]])
    exchange.accept_key_sheet(by=by, document=sheet, now=now)
    return sheet


def _learn(request: Request) -> Any:
    from ayni.audit import api as audit
    from ayni.exchange import api as exchange
    from ayni.lib import clock

    exchange.accept_key_sheet(by=audit.job("bench"), document=request["sheet"], now=clock.now())


def _hold(request: Request) -> Any:
    """The peer rests, until `_release`."""
    from ayni.exchange.models import PeerState
    from ayni.lib import clock

    later = clock.now() + timedelta(minutes=15)  # longer than that no peer rests
    PeerState.objects.update_or_create(node=request["peer"], defaults={"next_attempt": later})


def _release(request: Request) -> Any:
    from ayni.exchange.models import PeerState
    from ayni.exchange.waking import ask_to_drain

    PeerState.objects.filter(node=request["peer"]).update(next_attempt=None, failures=0)
    ask_to_drain(request["peer"])


def _put(peer: str, size: int, number: int) -> str:
    """Queue one message as a room does."""
    from ayni.audit import api as audit
    from ayni.exchange import api as exchange
    from ayni.lib import clock
    from ayni.members import api as members
    from bench import exchange_room as room

    institution = f"{peer}-programme"
    grant = exchange.Grant(
        id="bench",
        recipient=peer,
        recipient_institution=institution,
        purpose="refer",
        fields=frozenset({"narrative", "events"}),
        basis="consent:bench",
        valid_until=clock.now() + timedelta(days=1),
    )
    return exchange.queue(
        by=audit.job("bench"),
        kind="bench.note",
        recipient=peer,
        recipient_institution=institution,
        institution=f"{members.this_node()}-programme",
        payload=room.payload(size, number),
        grant=grant,
        conversation=exchange.new_conversation(),
        subject=f"bench-{number}",
    )


def _queue(request: Request) -> Any:
    began = time.perf_counter()
    for number in range(request["count"]):
        if number % 500 == 0:
            _hold(request)
        _put(request["peer"], request["size"], number)
    return {"seconds": time.perf_counter() - began}


def _left(peer: str) -> int:
    from ayni.exchange.models import OutgoingMessage

    return OutgoingMessage.objects.filter(peer=peer, state="queued").count()


def _wait(request: Request) -> Any:
    """Until nothing waits; seconds, and what was refused."""
    from ayni.exchange.models import OutgoingMessage

    began = time.monotonic()
    while _left(request["peer"]):
        if time.monotonic() - began > request.get("within", _FOUND_WITHIN):
            raise RuntimeError(f"{_left(request['peer'])} messages have not left")
        time.sleep(0.05)
    wrong = OutgoingMessage.objects.exclude(state="delivered").count()
    if wrong:
        raise RuntimeError(f"{wrong} messages were not delivered")
    return {"seconds": time.monotonic() - began}


def _latencies(messages: list[str]) -> list[float]:
    """Milliseconds from the queueing to the receipt kept, by this node's clock."""
    from ayni.exchange.models import OutgoingMessage

    rows = OutgoingMessage.objects.filter(message__in=messages, settled_at__isnull=False)
    times = rows.values_list("queued_at", "settled_at")
    return [(done - began).total_seconds() * 1000 for began, done in times]


def _singly(request: Request) -> Any:
    """One message after the other, each when the one before is done and some time has passed."""
    from ayni.exchange.models import OutgoingMessage

    messages = []
    for number in range(request["count"]):
        message = _put(request["peer"], request["size"], number)
        messages.append(message)
        end = time.monotonic() + 30
        while OutgoingMessage.objects.get(message=message).state == "queued":
            if time.monotonic() > end:
                raise RuntimeError("a single message has not left")
            time.sleep(0.02)
        time.sleep(request["pause"])
    return {"latencies": _latencies(messages)}


def _steadily(request: Request) -> Any:
    """Arrivals at a rate for some seconds, whatever has become of the ones before."""
    from django.db import connection

    rate, seconds, threads = request["rate"], request["seconds"], request["threads"]
    count = int(rate * seconds)
    began = time.perf_counter() + 0.5
    messages: list[str] = []
    late: list[float] = []

    def some(first: int) -> None:
        for number in range(first, count, threads):
            due = began + number / rate
            pause = due - time.perf_counter()
            if pause > 0:
                time.sleep(pause)
            messages.append(_put(request["peer"], request["size"], number))
            late.append(time.perf_counter() - due)
        connection.close()

    workers = [threading.Thread(target=some, args=(n,)) for n in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    queued_in = time.perf_counter() - began
    left = _left(request["peer"])
    _wait({"peer": request["peer"]})
    return {
        "latencies": _latencies(messages),
        "queued_in": queued_in,
        "left_at_the_end": left,
        "all_in": time.perf_counter() - began,
    }


def _bare(request: Request) -> Any:
    """The bare request over one kept line; this process's own time is part of it."""
    from ayni.exchange import documents
    from ayni.exchange.connection import Connection
    from bench import exchange_room as room

    body = documents.canonical(room.payload(request["size"], 1))
    headers = {"Authorization": f"Bearer {room.TOKEN}", "Content-Type": "application/json"}
    times, pause = [], request.get("pause", 0.0)
    pins = frozenset({request["pin"]})
    with Connection(request["url"], connect_to=request["connect_to"], pins=pins) as line:
        spent = time.process_time()
        for _ in range(request["count"]):
            began = time.perf_counter()
            status, _answer = line.request(
                "POST", "/exchange/bench-bare", headers=headers, content=body
            )
            times.append((time.perf_counter() - began) * 1000)
            if status != 200:
                raise RuntimeError(f"the bare request answers {status}")
            if pause:
                time.sleep(pause)
        spent = time.process_time() - spent
    return {"client_seconds": spent, "latencies": times, "bytes": len(body)}


_STORED = {
    "out": """
insert into exchange_outgoingmessage (message, peer, kind, conversation, sequence, subject,
       institution, recipient_institution, fields, "grant", state, reason, queued_at, due_at,
       valid_until, attempts, settled_at, envelope, receipt)
select md5('om' || n), peer, kind, md5('oc' || n), 1, 'bench-old-' || n, institution,
       recipient_institution, fields, "grant", state, reason, queued_at - make_interval(secs => n),
       due_at, valid_until, 1, settled_at - make_interval(secs => n), envelope, receipt
  from (select * from exchange_outgoingmessage where state = 'delivered'
         order by octet_length(envelope) limit 1) as one,
       generate_series(%s::int, %s::int) as n
""",
    "in": """
insert into exchange_incomingmessage (id, peer, kind, conversation, sequence, institution,
       sender_institution, state, reason, created_at, due_at, received_at, applied_at, envelope,
       digest, receipt)
select md5('im' || n), peer, kind, md5('ic' || n), 1, institution, sender_institution, state,
       reason, created_at - make_interval(secs => n), due_at,
       received_at - make_interval(secs => n), applied_at - make_interval(secs => n), envelope,
       digest, receipt
  from (select * from exchange_incomingmessage where state = 'applied'
         order by octet_length(envelope) limit 1) as one,
       generate_series(%s::int, %s::int) as n
""",
}


def _store(request: Request) -> Any:
    """Settled messages number `first` to `last`, each a copy of the smallest that passed: what
    grows is how many there are, not the disk (a million of 20 KB are 50 GB a node)."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute(_STORED[request["way"]], [request["first"], request["last"]])
        cursor.execute("insert into exchange_conversation (id, peer, sent) "
                       "select md5(%s || n), %s, 1 from generate_series(%s::int, %s::int) as n",
                       [f"{request['way'][0]}c", request["peer"],
                        request["first"], request["last"]])  # fmt: skip
        cursor.execute("vacuum analyze exchange_outgoingmessage, exchange_incomingmessage, "
                       "exchange_conversation")  # fmt: skip


def _backends(request: Request) -> Any:
    """Processes of the database that work for this one."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("select pid from pg_stat_activity where application_name = 'ayni-bench'")
        return [row[0] for row in cursor.fetchall()]


_DO: dict[str, Callable[[Request], Any]] = {
    "prepare": _prepare,
    "sign": _sign,
    "accept": _accept,
    "learn": _learn,
    "hold": _hold,
    "release": _release,
    "queue": _queue,
    "wait": _wait,
    "singly": _singly,
    "steadily": _steadily,
    "bare": _bare,
    "store": _store,
    "backends": _backends,
}


def main() -> None:
    """Answer until standard input ends."""
    os.environ["PGAPPNAME"] = "ayni-bench"
    from ayni.node import home

    with home.ready(home.resolve()):
        _tell({"ok": True})
        for line in sys.stdin:
            request = json.loads(line)
            _tell({"answer": _DO[request["do"]](request)})


def _tell(answer: Request) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
