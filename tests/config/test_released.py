"""What a client sent does not stay in memory after the answer."""

from __future__ import annotations

import gc
import io
import weakref
from collections.abc import Iterable
from typing import Any

import pytest

from ayni.config.released import Released


class Stream(io.BytesIO):
    """A server's stream, which can be watched."""


def circling(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """An application whose request knows itself, as Django's does."""
    request = {"body": environ["wsgi.input"], "read": environ["wsgi.input"].read}
    request["itself"] = request
    start_response("200 OK", [])
    if environ["PATH_INFO"] == "/wrong":
        raise ValueError
    return [request["body"].readline(), request["read"](2), request["read"]()]


def asked(path: str) -> tuple[weakref.ref[Stream], list[bytes]]:
    source = Stream(b"first\nand the rest")
    environ = {"PATH_INFO": path, "wsgi.input": source}
    found: list[bytes] = []
    try:
        found = list(Released(circling)(environ, lambda *_: None))
    except ValueError as wrong:
        wrong.__traceback__ = None
    return weakref.ref(source), found


@pytest.mark.parametrize(
    ("path", "found"), [("/", [b"first\n", b"an", b"d the rest"]), ("/wrong", [])]
)
def test_the_body_goes_with_the_answer(path: str, found: list[bytes]) -> None:
    gc.disable()
    try:
        left, read = asked(path)
        assert left() is None
    finally:
        gc.enable()

    assert read == found
