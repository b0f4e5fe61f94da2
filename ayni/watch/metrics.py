"""What is measured of a node, what each value means and what to do: one table for the page, for
the monitoring and for its rules. Data only.

Names follow Prometheus (prometheus.io/docs/practices/naming): base units, `ayni_` in front. No
metric counts persons, cases or notices: an administrator must learn nothing about anybody.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Text
from ayni.watch.levels import Bounds

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_NO_BOUNDS = Bounds(None, None)


class Unit(StrEnum):
    """In what a value is counted."""

    COUNT = "count"
    SECONDS = "seconds"
    RATIO = "ratio"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that is measured. `text`: for monitoring, in English; `title` and `advice`: for
    people. `each`: one value for every member of the directory, not one for the node. `needed`: no
    value is worth a look, too."""

    name: str
    unit: Unit
    text: str
    title: Text
    advice: Text
    bounds: Bounds
    each: bool = False
    needed: bool = False


METRICS: tuple[Metric, ...] = (
    Metric(
        "ayni_worker_last_seen_seconds", Unit.SECONDS,
        "Seconds since a worker of this node last said that it lives",
        _("The worker that sends messages and reminders"),
        _("Start it again: ayni run, or the service ayni-worker. Nothing is lost meanwhile; "
          "messages to other states wait."),
        Bounds(2 * _MINUTE, 10 * _MINUTE, minutes=2), needed=True,
    ),
    Metric(
        "ayni_jobs_waiting_seconds", Unit.SECONDS,
        "Age in seconds of the oldest job that is due and that no worker has taken",
        _("How long work waits for the worker"),
        _("The worker does not keep up or hangs: look at its log, then start it again or start a "
          "second one."),
        Bounds(2 * _MINUTE, 15 * _MINUTE),
    ),
    Metric(
        "ayni_jobs_failed_day", Unit.COUNT,
        "Jobs that ended with an error within the last 24 hours",
        _("Work that ended with an error within a day"),
        _("Look in the worker's log for the name of the error and report it to those who maintain "
          "Ayni."),
        Bounds(1, 20, minutes=1),
    ),
    Metric(
        "ayni_tables_behind", Unit.COUNT,
        "Changes of the tables that this version needs and that were not made",
        _("Tables that are older than the program"),
        _("Run ayni node upgrade, then start the node again."),
        Bounds(None, 1, minutes=1),
    ),
    Metric(
        "ayni_database_connections_ratio", Unit.RATIO,
        "Connections to the database in use, as a part of those it allows",
        _("Connections to the database in use"),
        _("Fewer web processes, or more max_connections in PostgreSQL."),
        Bounds(0.75, 0.9),
    ),
    Metric(
        "ayni_database_clock_seconds", Unit.SECONDS,
        "Difference in seconds between the clocks of the database and of the web process",
        _("Difference between the clocks of the database and of this machine"),
        _("Set up time synchronisation (chrony or systemd-timesyncd) on both machines: periods "
          "that the law sets are counted with these clocks."),
        Bounds(5, _MINUTE),
    ),
    Metric(
        "ayni_database_bytes", Unit.BYTES, "Size of the database in bytes",
        _("Size of the database"), _("Plan the disk with it."), _NO_BOUNDS,
    ),
    Metric(
        "ayni_disk_free_ratio", Unit.RATIO,
        "Free part of the disk that holds the node's folder",
        _("Free space on the node's disk"),
        _("Free some space now: on a full disk no notice of a person in danger can be kept. "
          "Older copies of the database, and logs, may be removed."),
        Bounds(0.15, 0.05, falling=True, minutes=1), needed=True,
    ),
    Metric(
        "ayni_backup_age_seconds", Unit.SECONDS, "Age in seconds of the last backup",
        _("Age of the last backup"),
        _("Run ayni backup make, and see why it was not run by itself: whatever was recorded since "
          "would be lost with this machine."),
        Bounds(_DAY, 3 * _DAY, minutes=1), needed=True,
    ),
    Metric(
        "ayni_audit_alarms", Unit.COUNT,
        "Alarms about the audit trail that nobody has seen",
        _("Alarms about the audit trail"),
        _("Tell the data protection officer, who alone can read them. Do not repair anything "
          "before."),
        Bounds(None, 1, minutes=1),
    ),
    Metric(
        "ayni_audit_head_seconds", Unit.SECONDS,
        "Seconds since this node last signed its audit trail",
        _("The daily signature of the audit trail"),
        _("The worker signs it once a day: look at its log."),
        Bounds(30 * _HOUR, 54 * _HOUR, minutes=30), needed=True,
    ),
    Metric(
        "ayni_removals_late_seconds", Unit.SECONDS,
        "Up to whole days: for how long the removal of what was told is not confirmed, of all "
        "alerts and ended consents together; 0 if none is late",
        _("How long a removal that is due has not been confirmed"),
        _("Tell the officers: their home page says which, and whom to ask. Then see whether "
          "messages to another node wait."),
        Bounds(1, 7 * _DAY, minutes=60),
    ),
    Metric(
        "ayni_keys_valid_seconds", Unit.SECONDS,
        "Seconds until the key sheet of this node ends",
        _("How long this node's keys remain valid"),
        _("The worker renews them every week, if the identity key is on this machine: "
          "look at its log. If it is kept elsewhere, it is time to bring it. "
          "With keys that have ended no state takes "
          "a message from this one."),
        Bounds(21 * _DAY, 7 * _DAY, falling=True, minutes=60), needed=True,
    ),
    Metric(
        "ayni_peer_keys_valid_seconds", Unit.SECONDS,
        "Seconds until the key sheet of another node ends",
        _("How long the other node's keys remain valid"),
        _("Tell its administrator: nothing can be sent to it once they have ended."),
        Bounds(14 * _DAY, 3 * _DAY, falling=True, minutes=60), each=True,
    ),
    Metric(
        "ayni_peer_failures", Unit.COUNT,
        "Attempts in a row to reach another node that failed",
        _("Attempts in a row to reach it that failed"),
        _("See whether this machine has a network, then ask the other node's administrator. "
          "Messages wait and are sent when it answers."),
        Bounds(3, 20), each=True,
    ),
    Metric(
        "ayni_peer_message_age_seconds", Unit.SECONDS,
        "Age in seconds of the oldest message that waits to be sent to another node",
        _("How long the oldest message to it waits"),
        _("A referral may be among them: tell the officers, who may have to telephone. Then see "
          "why the other node cannot be reached."),
        Bounds(_HOUR, 12 * _HOUR), each=True,
    ),
    Metric(
        "ayni_peer_messages_set_aside", Unit.COUNT,
        "Messages of another node that were taken and could not be applied",
        _("Messages of it that could not be applied"),
        _("Bring this node to the newest version: ayni takes them up again by itself. If they "
          "remain, report it to those who maintain Ayni."),
        Bounds(1, None, minutes=1), each=True,
    ),
    Metric(
        "ayni_peer_clock_skew_seconds", Unit.SECONDS,
        "How far the clock of another node is from this one's, in seconds",
        _("How far its clock is from ours"),
        _("Look whether time synchronisation works here; if it does, tell the other node's "
          "administrator."),
        Bounds(30, 120), each=True,
    ),
    Metric(
        "ayni_peer_day_ratio", Unit.RATIO,
        "What another node brought since midnight (UTC), as a part of what one may bring in a day; "
        "in tenths, rounded down",
        _("What it brought today, of what it may bring in a day"),
        _("Ask its administrator what it sends. Once it has brought all of that, nothing more of "
          "it is taken until midnight (UTC): it keeps the rest, urgent messages too, and sends it "
          "then. If so much is right and the database's disk has room, raise "
          "AYNI_PEER_MEGABYTES_A_DAY."),
        Bounds(0.5, 1, minutes=1), each=True,
    ),
)  # fmt: skip
BY_NAME = {metric.name: metric for metric in METRICS}
