"""A file is there whole or not at all, also where the process that wrote it was killed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ayni.lib.whole_file import put_new

# Writes a file as `put_new` does, and stays in the middle of it.
_SLOW = """
import sys, time
from pathlib import Path
from ayni.lib import whole_file
def stay(handle):
    print("half", flush=True)
    time.sleep(600)
whole_file.os.fsync = stay
whole_file.put_new(Path(sys.argv[1]), b"some of it")
"""


def _stuck(to: Path) -> subprocess.Popen[bytes]:
    """A process that has written half of this file."""
    found = subprocess.Popen([sys.executable, "-c", _SLOW, str(to)], stdout=subprocess.PIPE)
    assert found.stdout is not None
    assert found.stdout.readline() == b"half\n"
    return found


def test_what_a_killed_process_left_is_removed_and_the_file_is_written(tmp_path: Path) -> None:
    to = tmp_path / "out.csv"
    process = _stuck(to)
    process.kill()
    process.communicate()
    assert len(list(tmp_path.iterdir())) == 2  # its half, and the name it had taken
    put_new(to, b"whole")
    assert [each.name for each in tmp_path.iterdir()] == ["out.csv"]
    assert to.read_bytes() == b"whole"


def test_a_half_that_is_being_written_is_left_alone(tmp_path: Path) -> None:
    to = tmp_path / "out.csv"
    process = _stuck(to)
    try:
        with pytest.raises(FileExistsError):
            put_new(to, b"another")
        assert len(list(tmp_path.iterdir())) == 2
    finally:
        process.kill()
        process.communicate()


def test_what_is_there_is_never_written_over_and_an_empty_file_of_somebody_stays(
    tmp_path: Path,
) -> None:
    for content in (b"theirs", b""):
        to = tmp_path / f"out-{len(content)}"
        to.write_bytes(content)
        (tmp_path / ".other.00000000.half").write_bytes(b"of another file")
        with pytest.raises(FileExistsError):
            put_new(to, b"ours")
        assert to.read_bytes() == content
    assert (tmp_path / ".other.00000000.half").exists()
