"""What the officers of one node do, and what its driver tells: work, books, keys, directory.

Two officers of a state work: one opens cases and refers to the consulate that the other state has
here, one answers at the consulate what has been referred to it; both do what else there is between
them (`matters.py`). What is begun next follows from the seed. All persons are invented.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import Any

from django.db import Error, connection, connections, transaction
from procrastinate.exceptions import ConnectorException
from psycopg.errors import DeadlockDetected

from ayni.audit import api as audit
from ayni.cases import api as cases
from ayni.cooperation import api as cooperation
from ayni.cooperation.models import Referral
from ayni.cooperation.withdrawals import tell_untold
from ayni.exchange import api as exchange
from ayni.exchange import chunk_tasks, heads, lost, message_log, missing, waking
from ayni.exchange.held import Hold, Stream
from ayni.exchange.missing_numbers import MissingNumber
from ayni.exchange.models import OutgoingMessage, PeerState, RestingConversation
from ayni.lib import clock
from ayni.lib.errors import AyniError
from ayni.members import api as members
from tests.cases.stories import a_case, a_consent
from tests.faults.adding import Adding
from tests.faults.agreeing import Agreeing
from tests.faults.books import books
from tests.faults.dice import Dice
from tests.faults.matters import Matters
from tests.faults.plan import ALL

JOB = audit.job("tests")
FIELDS = frozenset({"birth", "needs", "name_as_written", "tracks", "citizenships"})
OTHER = {"ar": "bo", "bo": "ar"}
A_CASE_FOR = 8  # referrals
# What is begun, of so many: the rest are referrals, of which every `_WITH_A_FILE`th has one.
_OF, _ALERTS, _QUESTIONS, _WITH_A_FILE = 20, 1, 2, 12
_FILES = (20_000, 300_000)  # bytes: one chunk or two
_MATTERS = 3  # of so many steps one looks first for what is no referral
OPEN_AT_MOST = 12  # own referrals that nobody has answered yet
# Seconds. What was lost with a machine, or cancelled for a member that was removed, is answered by
# nobody, and officers go on.
WAITS_AT_MOST = 45.0


class Office(Matters, Agreeing, Adding):
    """The officers of this node. `working` tells whether they work between two questions."""

    def __init__(self) -> None:
        self.node = members.this_node()
        self.working = False
        self.pause = 0.05
        self.done: Counter[str] = Counter()
        self.dice = Dice(f"office of {self.node} {os.environ.get('AYNI_FAULTS_SEED', '')}")
        self.all_kinds = os.environ.get("AYNI_FAULTS_TRAFFIC", ALL) == ALL
        self._case: Any = None
        self._referred = 0
        self._sent: dict[Any, float] = {}  # referrals of the last while: when (monotonic)
        self._seen: set[str] = set()
        self._fresh: list[str] = []
        self._last = 0

    # -- work

    def work(self) -> None:
        """One thing that an officer does. What is refused, or fails with a database that went away,
        is counted and left: the books tell whether half of it stayed."""
        if self.node not in OTHER:
            return
        try:
            first = not self.dice.below(_MATTERS) and self._other_step()
            if not (first or self._answer_one() or self._other_step()):
                self._begin()
            self._note_accepted()
        except AyniError as refusal:
            self.done[f"refused {type(refusal).__name__}"] += 1
            self._case = None
        except (Error, ConnectorException) as wrong:
            if is_deadlock(wrong):
                raise
            self.done[f"database {type(wrong).__name__}"] += 1
            self._case = None
            self.reconnect()

    def _other_step(self) -> bool:
        return self.all_kinds and self._matter_step()

    def reconnect(self) -> None:
        """Leave connections to a database that was killed."""
        for each in connections.all():
            each.close()

    def _begin(self) -> None:
        """Something new, unless too much of what was begun waits for the other side."""
        with members.acting(self._officer("oficial").institution_id):
            if self._waits_for_many():
                return
        thrown = self.dice.below(_OF) if self.all_kinds else _OF
        if thrown < _ALERTS and self._case is not None:
            self._warn(self._case.id)
        elif not _ALERTS <= thrown < _ALERTS + _QUESTIONS or not self._ask():
            self._refer()

    def _refer(self) -> None:
        officer = self._officer("oficial")
        by, other = members.actor_of(officer), OTHER[self.node]
        with members.acting(officer.institution_id):
            to = {
                "recipient_state": other,
                "recipient_institution": f"{other}-consulate-{self.node}",
                "fields": FIELDS,
            }
            if self._case is None or self._referred >= A_CASE_FOR:
                self._case = a_case(by)
                a_consent(by, self._case, **{**to, "fields": FIELDS | {cases.ATTACHMENTS}})
                self._referred = 0
            draft = cooperation.draft_referral(by=by, case_id=self._case.id, **to)
            cooperation.send_referral(by=by, referral_id=draft.id)
            self._sent[draft.id] = time.monotonic()
            self._referred += 1
            self.done["sent"] += 1
            if self.all_kinds and not self.dice.below(_WITH_A_FILE):
                self._attach(by, draft.id, self.dice.one_of(_FILES))
                self.done["files"] += 1

    def _waits_for_many(self) -> bool:
        since = time.monotonic() - WAITS_AT_MOST
        self._sent = {referral: at for referral, at in self._sent.items() if at > since}
        waiting = Referral.objects.filter(id__in=list(self._sent), state__in=["sent", "received"])
        return waiting.count() >= OPEN_AT_MOST

    def _answer_one(self) -> bool:
        """The next step of one referral whose turn is ours; False if there is none."""
        return self._receiver_step() or self._sender_step()

    def _receiver_step(self) -> bool:
        consul = self._officer("consul")
        by = members.actor_of(consul)
        with members.acting(consul.institution_id):
            row = (
                Referral.objects.filter(
                    direction="in",
                    state__in=["received", "read", "accepted", "first_action", "feedback"],
                )
                .order_by("created_at")
                .first()
            )
            if row is None:
                return False
            self._move(by, row)
            return True

    def _move(self, by: Any, row: Referral) -> None:
        match row.state:
            case "received":
                cooperation.mark_read(by=by, referral_id=row.id)
            case "read" if int(row.conversation, 16) % 4:
                cooperation.decline_referral(by=by, referral_id=row.id, reason="not_competent")
            case "read":
                cooperation.search_earlier(by=by, referral_id=row.id)
                cooperation.accept_referral(by=by, referral_id=row.id)
            case "accepted":
                cooperation.first_action(by=by, referral_id=row.id, action="met")
            case "first_action":
                cooperation.outcome(by=by, referral_id=row.id, outcome="assisted")
            case "feedback":
                cooperation.close_referral(by=by, referral_id=row.id)
        self.done[row.state] += 1

    def _sender_step(self) -> bool:
        officer = self._officer("oficial")
        by = members.actor_of(officer)
        with members.acting(officer.institution_id):
            row = Referral.objects.filter(direction="out", state="outcome").first()
            if row is None:
                return False
            cooperation.feedback(by=by, referral_id=row.id, timeliness="good", effort="good")
            self.done["feedback given"] += 1
            return True

    def _note_accepted(self) -> None:
        """Remember which messages are committed, whoever queued them. Places are given before a
        commit, so later ones can be seen first: some are looked at again."""
        rows = OutgoingMessage.objects.filter(place__gt=self._last - 200)
        for place, message in rows.values_list("place", "message"):
            self._last = max(self._last, place)
            if message not in self._seen:
                self._seen.add(message)
                self._fresh.append(message)

    # -- what is asked of the driver

    def do_work(self, on: bool, pause: float = 0.05) -> None:
        """Begin or end to work, with so many seconds between two things."""
        self.working, self.pause = on, pause

    def do_accepted(self) -> list[str]:
        """Messages seen committed since the last time."""
        self._note_accepted()
        fresh, self._fresh = self._fresh, []
        return fresh

    def do_done(self) -> dict[str, int]:
        """What was done so far, counted."""
        return dict(self.done)

    def do_books(self, evidence_of: int, chain: bool, folder: str = "") -> dict[str, Any]:
        """What this node holds, as `books.py` reads it."""
        return books(evidence_of=evidence_of, chain=chain, folder=folder)

    def do_under_way(self) -> list[str]:
        """What is not at its end yet: for the wait until nothing is."""
        from tests.faults.books import under_way

        return under_way()

    def do_deadlocks(self) -> int:
        """How many transactions the database has ended because they waited for each other, since
        it began; whether of web process, worker or officers."""
        with connection.cursor() as cursor:
            cursor.execute(
                "select deadlocks from pg_stat_database where datname = current_database()"
            )
            return int(cursor.fetchone()[0])

    def do_wake(self) -> None:
        """As if the rest of every peer and conversation were over, and the courier looked. A run
        of many faults cannot wait for each."""
        with transaction.atomic():
            for peer in RestingConversation.objects.values_list("peer", flat=True).distinct():
                waking.ask_to_drain(peer)
            # A courier that holds one of them is at work on it; to wait for it here while holding
            # others would be a deadlock of this office's making.
            free = RestingConversation.objects.select_for_update(skip_locked=True)
            names = [row.conversation for row in free]
            RestingConversation.objects.filter(conversation__in=names).delete()
        resting = PeerState.objects.filter(next_attempt__isnull=False)
        for peer in list(resting.values_list("node", flat=True)):
            with transaction.atomic():
                PeerState.objects.filter(node=peer).update(next_attempt=None)
                waking.ask_to_drain(peer)
        self._wake_files()

    def _wake_files(self) -> None:
        """The same of files: none is locked that a worker holds."""
        with transaction.atomic():
            rests = Stream.objects.select_for_update(skip_locked=True).filter(
                hold=Hold.GOING, next_attempt__isnull=False
            )
            going = {row.id: row.peer for row in rests}
            Stream.objects.filter(id__in=list(going)).update(next_attempt=None)
            for peer in sorted(set(going.values())):
                chunk_tasks.ask_to_carry(peer)
        with transaction.atomic():
            waits = Stream.objects.select_for_update(skip_locked=True).filter(
                hold=Hold.WHOLE, looked_at=None, look_after__isnull=False
            )
            whole = [row.id for row in waits]
            Stream.objects.filter(id__in=whole).update(look_after=None)
            for stream in whole:
                chunk_tasks.ask_to_look_at(stream)

    def do_apply_waiting(self) -> int:
        """What the worker does every minute."""
        done: int = exchange.apply_waiting()
        for institution in members.institutions(state=self.node):
            with members.acting(institution.id):
                done += tell_untold(by=audit.job("tests", str(institution.id)))
        now = clock.now()
        MissingNumber.objects.filter(told="", asked=0).update(next_ask=now)  # nobody waits for it
        done += missing.ask(by=audit.job("exchange.ask_missing"), now=now)
        return done + lost.ask(by=audit.job("exchange.ask_again"))

    def do_rotate(self, pins: list[str] | None = None) -> int:
        """A next key sheet in force; its number. With `pins`, those of the TLS certificate."""
        now = clock.now().replace(microsecond=0)
        if pins is None:
            sheet = exchange.publish_key_sheet(by=JOB, now=now)
        else:
            own = members.institutions(state=self.node)
            sheet = exchange.make_key_sheet(by=JOB, institutions=own, now=now, tls_pins=pins)
            exchange.accept_key_sheet(by=JOB, document=sheet, now=now)
        return int(sheet["body"]["number"])

    def do_sign_heads(self) -> None:
        """What the worker does once a day: heads over audit chain and log go to the others."""
        now = clock.now()
        heads.sign_head(by=JOB, now=now)
        message_log.sign(by=JOB, now=now)

    def do_key_sheet(self) -> dict[str, Any] | None:
        """The newest of this node."""
        return exchange.key_sheet(self.node)

    def do_learn(self, sheets: list[dict[str, Any]]) -> None:
        """Accept the key sheets of others."""
        for sheet in sheets:
            exchange.accept_key_sheet(by=JOB, document=sheet, now=clock.now())

    def do_propose(
        self,
        endpoints: dict[str, dict[str, str]] | None = None,
        remove: list[str] | None = None,
        add: list[dict[str, Any]] | None = None,
        quorum: int | None = None,
    ) -> dict[str, Any]:
        """A directory in which these members have these addresses, those are gone, and others are
        there again."""
        change = [
            {**entry, "endpoint": (endpoints or {})[entry["node"]]}
            for entry in self.do_members()
            if entry["node"] in (endpoints or {})
        ]
        now = clock.now().replace(microsecond=0)
        return exchange.propose_directory(
            by=JOB, now=now, change=change, remove=remove or (), add=add or (), quorum=quorum
        )

    def do_members(self) -> list[dict[str, Any]]:
        """The entries of the directory in force here."""
        return list(exchange.directory_body()["members"])

    def do_delivered(self, peers: list[str]) -> int:
        """How many messages have reached these."""
        return OutgoingMessage.objects.filter(state="delivered", peer__in=peers).count()

    def do_vote(self, document: dict[str, Any]) -> dict[str, Any]:
        """The proposal with this state's signature."""
        return exchange.vote_on_directory(by=JOB, document=document)

    def do_publish(self, votes: list[dict[str, Any]]) -> int:
        """Take the directory into force here; its number."""
        document = exchange.publish_directory(by=JOB, votes=votes, now=clock.now())
        return int(document["body"]["number"])

    def do_refresh(self) -> int:
        """Fetch what is new from the peers, as the worker does every hour; how many documents."""
        return exchange.refresh(by=JOB)

    def do_directory(self) -> int:
        """Number of the directory in force here."""
        return int(exchange.directory_body()["number"])


def is_deadlock(wrong: BaseException) -> bool:
    """Whether two transactions waited for each other: that is a fault of ours, not of a machine."""
    cause: BaseException | None = wrong
    while cause is not None and not isinstance(cause, DeadlockDetected):
        cause = cause.__cause__
    return cause is not None
