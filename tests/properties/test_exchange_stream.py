"""The sealed stream against a reference that holds everything in memory, and against whoever holds
the chunks without the key."""

from __future__ import annotations

import hashlib
import math
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.exchange import stream
from ayni.exchange.errors import Malformed, NotGenuine, TooLarge
from ayni.lib.errors import AyniError
from tests.exchange.streams import ATTACHMENT, KEY, opened, reference, sealed

CHUNK = stream.CHUNK
# Sizes around the ends of chunks, and of the classes of numbers of chunks.
SIZES = st.sampled_from([1, 17, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 8 * CHUNK + 5, 9 * CHUNK])
FEW = settings(max_examples=30, deadline=None)


def content_of(size: int, seed: int) -> bytes:
    """So many bytes that do not repeat in any period of a chunk."""
    return hashlib.shake_128(seed.to_bytes(4, "big")).digest(size)


@FEW
@given(SIZES, st.integers(0, 9), st.lists(st.integers(1, 2 * CHUNK), max_size=6))
def test_sealed_as_the_reference_seals_however_it_comes(
    size: int, seed: int, cuts: list[int]
) -> None:
    content = content_of(size, seed)

    chunks, described = sealed(content, cuts)

    assert chunks == reference(content)
    assert described.chunks == len(chunks)
    assert opened(described, chunks) == content


@FEW
@given(SIZES, st.data())
def test_chunks_that_are_changed_moved_repeated_or_missing_do_not_open(
    size: int, data: st.DataObject
) -> None:
    chunks, described = sealed(content_of(size, 1), [])
    places = st.integers(0, len(chunks) - 1)
    what = data.draw(st.sampled_from(["bit", "cut", "gone", "twice", "swapped", "after"]))
    at, other = data.draw(places), data.draw(places)
    changed = list(chunks)
    if what == "bit":
        bit = data.draw(st.integers(0, 8 * stream.SEALED_CHUNK - 1))
        each = bytearray(chunks[at])
        each[bit // 8] ^= 1 << bit % 8
        changed[at] = bytes(each)
    elif what == "cut":
        changed[at] = chunks[at][:-1]
    elif what == "gone":
        del changed[at]
    elif what == "twice":
        changed.insert(at, chunks[other])
    elif what == "swapped":
        changed[at], changed[other] = chunks[other], chunks[at]
    else:
        changed += [chunks[at]]

    if changed == chunks:
        assert opened(described, changed)
    else:
        with pytest.raises((NotGenuine, Malformed)):
            opened(described, changed)


def test_a_stream_that_ends_early_is_no_shorter_attachment() -> None:
    """The first chunks cannot be passed off as the whole, even under a smaller size."""
    chunks, described = sealed(content_of(3 * CHUNK, 2), [])
    shorter = replace(
        described,
        size=2 * CHUNK,
        sha256=hashlib.sha256(content_of(3 * CHUNK, 2)[: 2 * CHUNK]).hexdigest(),
    )

    with pytest.raises(NotGenuine):
        opened(shorter, chunks[:2])


def test_a_chunk_of_another_attachment_does_not_open_even_under_the_same_key() -> None:
    chunks, described = sealed(content_of(5, 3), [])

    with pytest.raises(NotGenuine):
        opened(replace(described, attachment="f" * 32), chunks)


def test_what_fills_up_is_nothing_else_than_zero_bytes() -> None:
    """Nobody hides something behind the content that the message does not name."""
    content = b"seen" + bytes(CHUNK - 10) + b"hidden"
    chunk = AESGCM(KEY).encrypt(
        bytes(11) + b"\1", content, b"ayni-attachment-1\0" + ATTACHMENT.encode()
    )
    described = stream.Described(ATTACHMENT, KEY, 4, hashlib.sha256(b"seen").hexdigest())

    with pytest.raises(Malformed):
        opened(described, [chunk])


@given(st.integers(1, stream.LARGEST))
def test_what_is_carried_is_at_most_an_eighth_and_a_chunk_more_than_the_content(size: int) -> None:
    carried = stream.chunks_of(size) * CHUNK

    assert size <= carried <= math.ceil(size / CHUNK) * CHUNK * 1.12


def test_there_are_few_size_classes() -> None:
    classes = {stream.chunks_of(n * CHUNK) for n in range(1, 401)}

    assert max(classes) == stream.MOST_CHUNKS == 400
    assert len(classes) < 60


def test_nothing_and_too_much_are_refused() -> None:
    with pytest.raises(Malformed):
        sealed(b"", [])
    sealing = stream.Sealing(ATTACHMENT, key=KEY)
    mebibyte = bytes(1024 * 1024)
    for _ in range(100):
        list(sealing.update(mebibyte))
    with pytest.raises(TooLarge):
        list(sealing.update(b"x"))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "attachment": st.one_of(st.text(max_size=33), st.just(ATTACHMENT), st.none()),
            "key": st.one_of(st.text(max_size=44), st.just("A" * 43), st.integers()),
            "sha256": st.one_of(st.text(max_size=65), st.just("0" * 64)),
            "size": st.one_of(st.integers(), st.booleans(), st.floats(), st.just(7)),
            "more": st.none(),
        },
    )
)
def test_a_description_is_read_strictly_or_refused(told: dict[str, object]) -> None:
    try:
        described = stream.Described.from_json(told)
    except AyniError:
        return
    assert described.to_json() == told
