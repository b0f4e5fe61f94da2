"""A node's own settings with the kind of message of the benchmark, and its bare request."""

from __future__ import annotations

from ayni.config.settings import *  # noqa: F403
from ayni.config.settings import AYNI_MESSAGE_KINDS as _KINDS
from ayni.config.settings import AYNI_RECEIVERS as _RECEIVERS

AYNI_MESSAGE_KINDS = {**_KINDS, "bench.note": "bench.exchange_room.KIND"}
AYNI_RECEIVERS = {**_RECEIVERS, "bench.note": "bench.exchange_room.take"}
ROOT_URLCONF = "bench.exchange_urls"
