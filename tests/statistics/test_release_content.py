"""What a release travels in: packed parts that any node may have sent."""

from __future__ import annotations

import base64
import tracemalloc
import zlib

import pytest

from ayni.statistics.releasing import content

MEGABYTE = 1024 * 1024
_UNPACKED = 5 * content.LARGEST


def _bomb() -> list[str]:
    """Parts of a few hundred kilobytes that unpack to five times the limit."""
    packing = zlib.compressobj(1)
    whole = b"".join(packing.compress(bytes(MEGABYTE)) for _each in range(_UNPACKED // MEGABYTE))
    text = base64.b64encode(whole + packing.flush()).decode()
    return [text[at : at + content.PART] for at in range(0, len(text), content.PART)]


def test_a_content_that_unpacks_to_more_than_its_limit_is_given_up() -> None:
    parts = _bomb()
    tracemalloc.start()
    with pytest.raises(content.NotAContent):
        content.unpacked(parts, sha256="0" * 64)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 3 * content.LARGEST


def test_what_is_packed_is_unpacked_and_nothing_else() -> None:
    raw = b'{"invented": 1}'
    parts = content.packed(raw)

    assert content.unpacked(parts, sha256=content.digest_of(raw)) == raw
    with pytest.raises(content.NotAContent):
        content.unpacked(parts, sha256="0" * 64)
    with pytest.raises(content.NotAContent):
        content.unpacked([parts[0][:-8]], sha256=content.digest_of(raw))
