"""Key sheets made ahead: one for each of the next weeks, signed while the identity key is here.

Where that key lies offline in shares, its custodians come together once and the node still gets
fresh keys every week. Until its week a sheet lies in the keyring together with its private keys,
wrapped like every key, under a name of its own: nobody is shown it, nothing is sealed to it, and
who shows it before its week was not this node (`foreign`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import directory as rules
from ayni.exchange import documents, following, foreign, one_at_a_time, our_clock, sheets, trust
from ayni.exchange.errors import NotTrusted
from ayni.exchange.models import KeySheetDocument, PeerState
from ayni.exchange.weeks import Gone, Standing, judge
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault

log = logging.getLogger("ayni.exchange")
PREPARED, THROWN = "exchange.prepared.", "exchange.prepared.thrown"
MOST = 13  # weeks: a quarter of a year, as long as a sheet is valid
SOON = timedelta(days=14)
# After a restore: a peer that gives no account for so long is not waited for any more, as long as
# at least half of all have given theirs.
PATIENCE = timedelta(days=7)


def prepare_key_sheets(*, by: Actor, now: datetime, weeks: int) -> int:
    """Make and sign the sheets of the next weeks (1 to 13) after the one in force, in the place of
    those that were prepared before; the number of the last.

    Raises ValueError, `NotTrusted` unless this node has made the sheet in force itself, and as
    `trust.check_identity`.
    """
    if not 1 <= weeks <= MOST:
        raise ValueError(f"1 to {MOST} weeks")
    trust.check_identity()
    node = members.this_node()
    with audit.together():
        one_at_a_time.accepting_sheets_of(node)
        with audit.act(by=by, verb="exchange.prepare_key_sheets", subject=node, sheets=weeks):
            before = trust.key_sheet(node)
            if before is None or not foreign.is_here(before["body"]):
                raise NotTrusted("a key sheet of this node has to be in force first")
            _remove(_numbers())
            vault.remove_secret(THROWN)
            for _week in range(weeks):
                before = _next(before, node=node, now=now)
    return int(before["body"]["number"])


def _next(before: Mapping[str, Any], *, node: str, now: datetime) -> dict[str, Any]:
    """Make and keep the sheet of the week after `before`."""
    begins = clock.parse(before["body"]["valid_from"]) + trust.ROTATE_AFTER
    made = sheets.compose(
        node=node,
        institutions=members.institutions(state=node),
        before=before["body"],
        issued=now,
        begins=begins,
        identity=trust.identity_key(),
        tls_pins=before["body"]["tls_pins"],
    )
    document = made.document
    rules.check_key_sheet(
        document, directory=trust.directory_body(), previous=before, now=max(now, begins)
    )
    whole = {
        "document": document,
        "keys": {code: documents.encode(private) for code, private in made.keys.items()},
        "signing": documents.encode(made.signing),
    }
    vault.store_secret(f"{PREPARED}{document['body']['number']}", documents.canonical(whole))
    return document


def _numbers() -> list[int]:
    """Numbers of the sheets that are prepared, in order."""
    ends = [n[len(PREPARED) :] for n in vault.secret_names() if n.startswith(PREPARED)]
    return sorted(int(end) for end in ends if end.isdigit())


def _load(number: int) -> sheets.Made:
    whole = documents.parse(vault.load_secret(f"{PREPARED}{number}"), largest=2**30)
    keys = {code: documents.decode(private) for code, private in whole["keys"].items()}
    return sheets.Made(whole["document"], documents.decode(whole["signing"]), keys)


def _remove(numbers: Iterable[int]) -> None:
    for number in numbers:
        vault.remove_secret(f"{PREPARED}{number}")


def _standing(now: datetime) -> tuple[Standing, dict[int, sheets.Made]]:
    """How what is prepared stands, and all of it by number. Raises `NotTrusted` without a
    directory."""
    made = {number: _load(number) for number in _numbers()}
    if not made:
        return Standing(), made
    rows = KeySheetDocument.objects.filter(node=members.this_node())
    standing = judge(
        [each.document for each in made.values()],
        held=dict(rows.values_list("number", "digest")),
        directory=trust.directory_body(),
        foreign=foreign.numbers(),
        now=now,
    )
    return standing, made


def settle_prepared(*, by: Actor, now: datetime) -> int:
    """Throw away the prepared sheets that can never come into force, with their keys; how many.

    What is in force already, because the process ended after that or a peer has brought it after a
    restore, has its private keys put where they are used from.
    """
    node = members.this_node()
    with audit.together():
        one_at_a_time.accepting_sheets_of(node)
        standing, made = _standing(now)
        for number in standing.taken:
            if not foreign.is_here(made[number].document["body"]):
                with audit.act(by=by, verb="exchange.use_prepared", subject=node, number=number):
                    trust.keep_private_keys(made[number])
        _remove(standing.taken)
        if standing.gone is None:
            return 0
        going = [number for number in made if number not in standing.taken]
        ids = {"reason": str(standing.gone), "sheets": len(going)}
        with audit.act(by=by, verb="exchange.throw_away_prepared", subject=node, **ids):
            told = {"at": clock.isoformat(now), "count": len(going), "reason": str(standing.gone)}
            vault.store_secret(THROWN, documents.canonical(told))
            _remove(going)
    log.warning("prepared key sheets thrown away", extra={"ids": ids})
    return len(going)


def renew_if_due(*, by: Actor, now: datetime) -> bool:
    """Whether this node got a fresh key sheet: the next one that was prepared if its week has
    begun, else as `trust.renew_if_due` with the identity key at hand."""
    if trust.key_sheet(members.this_node()) is None:
        return False
    settle_prepared(by=by, now=now)
    return _use(by=by, now=now) or trust.renew_if_due(by=by, now=now)


def _use(*, by: Actor, now: datetime) -> bool:
    """Put what is due into force, all of it that is: each follows from the one before.

    Nothing by a clock that others call ahead: a sheet that begins later than now keeps the node
    from signing. Nothing after a restore before the peers have told what they hold of ours.
    """
    if our_clock.is_ahead() or not _is_told(now):
        return False
    node = members.this_node()
    with audit.together():
        one_at_a_time.accepting_sheets_of(node)
        standing, made = _standing(now)
        if not standing.due:
            return False
        with audit.act(by=by, verb="exchange.use_prepared", subject=node, number=standing.due[-1]):
            for number in standing.due:
                trust.keep_private_keys(made[number])
            line = [made[number].document for number in standing.due]
            following.accept_line(by=by, line=line, now=now)
    _remove(standing.due)
    return True


def _awaited() -> list[str]:
    """Peers that have not told yet, after a restore, what passed since the backup."""
    rows = PeerState.objects.filter(node__in=trust.peers(), account_since__isnull=False)
    return sorted(rows.values_list("node", flat=True))


def _is_told(now: datetime) -> bool:
    """Whether no peer can be expected to hold another sheet of ours than is known here."""
    awaited, restored = _awaited(), audit.latest_restore()
    if not awaited:
        return True
    waited = now - clock.parse(restored) if restored else timedelta()
    return waited >= PATIENCE and 2 * len(awaited) <= len(trust.peers())


@dataclass(frozen=True, slots=True)
class Thrown:
    """Prepared sheets that were thrown away: how many, why, when."""

    count: int
    reason: Gone
    at: datetime


@dataclass(frozen=True, slots=True)
class KeysAhead:
    """How far ahead this node has key sheets. `prepared`: how many are still to come; `until`: the
    end of the last week that has one of its own; `ends`: when the last of all is over. `soon`:
    people have to bring the identity key together. `awaited`: nodes that are waited for after a
    restore; `unnamed`: institutions that neither the sheet in force nor the last prepared names."""

    at_hand: bool
    prepared: int
    until: datetime
    ends: datetime
    soon: bool
    thrown: Thrown | None
    awaited: list[str]
    unnamed: list[str]


def keys_ahead(*, now: datetime) -> KeysAhead | None:
    """How far ahead; None without a directory or a key sheet of this node."""
    node = members.this_node()
    present = trust.key_sheet(node)
    if present is None or trust.directory_document() is None:
        return None
    standing, made = _standing(now)
    left = [*standing.due, *standing.later]
    last = (made[left[-1]].document if left else present)["body"]
    until = clock.parse(last["valid_from"]) + trust.ROTATE_AFTER
    at_hand = trust.identity_at_hand()
    named = {entry["code"] for entry in last["institutions"]}
    return KeysAhead(
        at_hand=at_hand,
        prepared=len(left),
        until=until,
        ends=clock.parse(last["valid_until"]),
        soon=not at_hand and until - now <= SOON,
        thrown=_thrown(),
        awaited=_awaited() if left else [],
        unnamed=sorted({one.code for one in members.institutions(state=node)} - named),
    )


def _thrown() -> Thrown | None:
    try:
        told = documents.parse(vault.load_secret(THROWN))
    except vault.SecretMissing:
        return None
    return Thrown(told["count"], Gone(told["reason"]), clock.parse(told["at"]))
