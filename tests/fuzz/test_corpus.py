"""What others give as bytes ends in a document or an error of ours; the corpus, no atheris."""

from __future__ import annotations

import time
import tracemalloc
import zlib
from pathlib import Path

import pytest

from tests.fuzz import seeds, targets
from tests.fuzz.mutating import mutated

CORPUS = sorted(path for path in seeds.FOLDER.glob("*/*") if path.is_file())
ROUNDS = 60  # changes of each input, the same in every run
SLOWEST = 2.0  # seconds of the processor for one input
MOST = 64 * 1024 * 1024  # bytes of Python's memory for one input


def _name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def test_every_target_has_true_inputs_that_are_taken() -> None:
    assert {path.parent.name for path in CORPUS} == set(targets.TARGETS)
    for name, inputs in seeds.seeds().items():
        taken = [targets.run(name, data) for data in inputs]
        # Of an attachment the chunk is never the true one, and of a content the commitment.
        assert all(taken) or name in {"attachment", "content"}, name


@pytest.mark.parametrize("path", CORPUS, ids=_name)
def test_an_input_of_the_corpus_is_taken_or_refused_with_an_error_of_ours(path: Path) -> None:
    targets.run(path.parent.name, path.read_bytes())


@pytest.mark.parametrize("path", CORPUS, ids=_name)
def test_a_changed_input_is_taken_or_refused_with_an_error_of_ours(path: Path) -> None:
    data = path.read_bytes()
    for number in range(ROUNDS):
        seed = zlib.crc32(_name(path).encode()) + number
        targets.run(path.parent.name, mutated(data, seed))


@pytest.mark.parametrize("name", sorted(targets.TARGETS))
def test_deep_long_and_empty_inputs_cost_little(name: str) -> None:
    hostile = [
        b"", b"\0", b"[" * 100_000, b'{"a":' * 100_000, b"[" + b"1," * 200_000 + b"1]",
        b"9" * 100_000,
        b'{"body":{},"signatures":[' + b"{}," * 50_000 + b"{}]}", b"AYNI\x01" + b"\xff" * 100,
        b"AYNE\x01" + b"\x00\x00\x10\x00" * 30_000, b'"' + b"\\u0000" * 50_000 + b'"', b"1e999999",
    ]  # fmt: skip
    for data in hostile:
        begun = time.process_time()
        targets.run(name, data)
        taken = time.process_time() - begun
        tracemalloc.start()
        targets.run(name, data)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert taken < SLOWEST, (name, data[:20], taken)
        assert most < MOST, (name, data[:20], most)
