"""A small application behind `Patience` as a real server runs it: it says how long a body was, and
works a while at `/slow`. AYNI_TEST_STILL: seconds for which a body may stand still."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from typing import Any

from ayni.config.patience import Patience
from ayni.config.still import Lines

STILL = float(os.environ.get("AYNI_TEST_STILL", "2"))


def _answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    try:
        size = len(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)))
    except OSError:
        size = -1
    if environ["PATH_INFO"] == "/slow":
        time.sleep(3 * STILL)
    content = str(size).encode()
    start_response("200 OK", [("Content-Length", str(len(content)))])
    return [content]


application = Patience(_answer, whole=60, lines=Lines(still=STILL, worked=4 * STILL))
