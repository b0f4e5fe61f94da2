"""Forms that arrive slowly hold two threads at most, for fifteen seconds at most."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterable
from typing import Any

import pytest

from ayni.config.patience import OF_ONE_SORT, SMALL, Patience, TooSlow, taken


class Dripping:
    """A body of which a byte comes every so many seconds."""

    def __init__(self, content: bytes, every: float) -> None:
        self._content, self._every = io.BytesIO(content), every

    def read(self, size: int) -> bytes:
        time.sleep(self._every)
        return self._content.read(size)


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    return [environ["wsgi.input"].read()]


def ask(door: Patience, source: Any, size: int, **more: str) -> tuple[str, bytes]:
    said: list[str] = []
    environ = {
        "PATH_INFO": "/form", "REMOTE_ADDR": "192.0.2.7", "CONTENT_LENGTH": str(size),
        "wsgi.input": source, **more,
    }  # fmt: skip
    body = b"".join(door(environ, lambda status, _headers: said.append(status)))
    return said[0][:3], body


@pytest.mark.parametrize("size", [0, 1, 63, 64, 65, SMALL, SMALL + 1])
def test_a_form_passes_as_it_is(size: int) -> None:
    content = bytes(range(256)) * (size // 256 + 1)

    assert ask(Patience(app), io.BytesIO(content[:size]), size) == ("200", content[:size])


def test_a_form_that_ends_before_its_length_is_what_came() -> None:
    assert ask(Patience(app), io.BytesIO(b"half"), 100) == ("200", b"half")


def test_one_that_drips_is_given_up_in_time() -> None:
    begun = time.monotonic()
    status, body = ask(Patience(app, whole=0.3), Dripping(bytes(9000), 0.005), 9000)

    assert status == "408"
    assert b"Vuelva a enviar" in body
    assert time.monotonic() - begun < 5


def test_who_drips_holds_two_and_reading_and_nodes_go_on() -> None:
    door = Patience(app, whole=30)
    end = threading.Event()

    class Held:
        def read(self, size: int) -> bytes:
            end.wait(20)
            return b""

    threads = [threading.Thread(target=ask, args=(door, Held(), 50)) for _ in range(OF_ONE_SORT)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    try:
        assert ask(door, io.BytesIO(b"name=x"), 6)[0] == "503"
        assert ask(door, io.BytesIO(), 0)[0] == "200"
        assert ask(door, io.BytesIO(bytes(SMALL + 1)), SMALL + 1)[0] == "200", "a file"
        assert ask(door, io.BytesIO(b"x"), 1, PATH_INFO="/exchange/1/messages")[0] == "200"
    finally:
        end.set()
        for thread in threads:
            thread.join()
    assert ask(door, io.BytesIO(b"name=x"), 6) == ("200", b"name=x")


def test_a_length_that_is_none_is_left_to_the_application() -> None:
    assert ask(Patience(app), io.BytesIO(b"x"), 0, CONTENT_LENGTH="\u00b2")[0] == "200"


def test_bytes_are_taken_until_a_moment() -> None:
    assert taken(io.BytesIO(b"abc"), 2, until=time.monotonic() + 9) == b"ab"
    with pytest.raises(TooSlow):
        taken(io.BytesIO(b"abc"), 2, until=time.monotonic() - 1)
