"""A node's own settings with the kind of message of the benchmark, and its bare request."""

from __future__ import annotations

from ayni.config.settings import *  # noqa: F403
from ayni.config.settings import AYNI_MESSAGE_KINDS as _KINDS
from ayni.config.settings import AYNI_RECEIVERS as _RECEIVERS
from ayni.config.settings import AYNI_STILL_ALLOWED as _STILL_ALLOWED

AYNI_MESSAGE_KINDS = {**_KINDS, "bench.note": "bench.exchange_room.KIND"}
AYNI_RECEIVERS = {**_RECEIVERS, "bench.note": "bench.exchange_room.take"}
AYNI_STILL_ALLOWED = {**_STILL_ALLOWED, "bench.note": "bench.exchange_room.still_allowed"}
# A rate that is kept up for hours is no day of an honest peer; it is counted all the same.
AYNI_PEER_MEGABYTES_A_DAY = 10_000_000
ROOT_URLCONF = "bench.exchange_urls"
