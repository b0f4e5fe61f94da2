"""Reads every value of the node once. Nothing is kept; one reading costs a dozen short queries."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max, Min, Q
from django.db.models.functions import Coalesce
from django.utils.module_loading import import_string
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob
from procrastinate.contrib.django.models import ProcrastinateWorker as Worker

from ayni.audit import api as audit
from ayni.exchange import api as exchange
from ayni.lib import clock
from ayni.members import api as members
from ayni.watch.levels import Level
from ayni.watch.metrics import BY_NAME, Metric

_DAY = timedelta(days=1)
Values = Iterator[tuple[str, str, float | None]]  # name of the metric, member or "", value


@dataclass(frozen=True, slots=True)
class Reading:
    """One value. `member`: code of the other node for a metric that has one for each."""

    metric: Metric
    member: str
    value: float | None

    @property
    def level(self) -> Level:
        """What it means; no value is unknown only where there should be one."""
        if self.value is None and not self.metric.needed:
            return Level.GOOD
        return self.metric.bounds.level(self.value)


def read_all(now: datetime) -> list[Reading]:
    """Every value of this node at `now`. Raises Django's `DatabaseError` if that cannot be read."""
    return [
        Reading(BY_NAME[name], member, value)
        for reader in _READERS
        for name, member, value in reader(now)
    ]


def _since(now: datetime, then: datetime | None) -> float | None:
    return None if then is None else max(0.0, (now - then).total_seconds())


def _until(now: datetime, document: dict[str, object] | None) -> float | None:
    """Seconds until a signed document ends: negative once it has."""
    if document is None:
        return None
    body = document["body"]
    assert isinstance(body, dict)
    return (clock.parse(body["valid_until"]) - now).total_seconds()


def _worker_seen() -> datetime | None:
    """When a worker last said that it lives. One that was stopped in order has taken its word back:
    then, when one last had a job in its hands (each takes some every minute)."""
    last: datetime | None = Worker.objects.aggregate(last=Max("last_heartbeat"))["last"]
    if last is not None:
        return last
    by_a_worker = ProcrastinateEvent.objects.filter(type__in=["started", "succeeded", "failed"])
    return by_a_worker.order_by("-id").values_list("at", flat=True).first()


def _jobs(now: datetime) -> Values:
    yield "ayni_worker_last_seen_seconds", "", _since(now, _worker_seen())
    due = ProcrastinateJob.objects.filter(status="todo").filter(
        Q(scheduled_at=None) | Q(scheduled_at__lte=now)
    )
    # A job is due from its hour on; one without an hour, from when it was put there.
    since = due.annotate(since=Coalesce("scheduled_at", Min("procrastinateevent__at")))
    oldest = since.aggregate(oldest=Min("since"))["oldest"]
    yield "ayni_jobs_waiting_seconds", "", _since(now, oldest) or 0.0
    failed = ProcrastinateEvent.objects.filter(type="failed", at__gt=now - _DAY)
    yield "ayni_jobs_failed_day", "", float(failed.values("job_id").distinct().count())


def tables_behind() -> int:
    """How many changes of the tables this version needs and were not made."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _database(now: datetime) -> Values:
    yield "ayni_tables_behind", "", float(tables_behind())
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_database_size(current_database()), clock_timestamp(), "
            "(select count(*) from pg_stat_activity where backend_type = 'client backend')"
            "::float8 / current_setting('max_connections')::int"
        )
        size, there, used = cursor.fetchone()
    yield "ayni_database_bytes", "", float(size)
    yield "ayni_database_connections_ratio", "", used
    yield "ayni_database_clock_seconds", "", abs((there - clock.now()).total_seconds())


def _machine(now: datetime) -> Values:
    disk = shutil.disk_usage(settings.AYNI_HOME)
    yield "ayni_disk_free_ratio", "", disk.free / disk.total
    yield "ayni_backup_age_seconds", "", _since(now, _last_backup())


def _last_backup() -> datetime | None:
    """When the last copy was made, as `ayni backup make` has noted it in the node's folder."""
    try:
        return clock.parse(json.loads(settings.AYNI_LAST_BACKUP.read_text())["made_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _audit(now: datetime) -> Values:
    yield "ayni_audit_alarms", "", float(sum(row.seen_at is None for row in audit.alarms()))
    yield "ayni_audit_head_seconds", "", _since(now, audit.last_signed_at())


def _exchange(now: datetime) -> Values:
    own = exchange.key_sheet(members.this_node())
    yield "ayni_keys_valid_seconds", "", _until(now, own)
    for peer in exchange.neighbours():
        yield "ayni_peer_failures", peer.node, float(peer.failures)
        yield "ayni_peer_message_age_seconds", peer.node, _since(now, peer.oldest) or 0.0
        yield "ayni_peer_messages_set_aside", peer.node, float(peer.set_aside)
        yield "ayni_peer_clock_skew_seconds", peer.node, abs(float(peer.skew_seconds or 0))
        yield "ayni_peer_day_ratio", peer.node, peer.today
        theirs = exchange.key_sheet(peer.node)
        yield "ayni_peer_keys_valid_seconds", peer.node, _until(now, theirs)


def _removals(now: datetime) -> Values:
    """Over all institutions and both kinds together, up to whole days: it tells neither how many
    there are nor at which hour anything was taken back."""
    moments = []
    for institution in members.institutions(state=members.this_node()):
        with members.acting(institution.id):
            moments += [import_string(path)(now=now) for path in settings.AYNI_REMOVALS_LATE]
    late = [now - moment for moment in moments if moment is not None]
    days = -(-max(late) // _DAY) if late else 0
    yield "ayni_removals_late_seconds", "", float(max(days, bool(late)) * _DAY.total_seconds())


_READERS: tuple[Callable[[datetime], Values], ...] = (
    _jobs,
    _database,
    _machine,
    _audit,
    _exchange,
    _removals,
)
