"""`ayni keys` on real nodes: what an administrator types, and what she is told when it is wrong."""

from __future__ import annotations

import re
import stat
import subprocess
from pathlib import Path

import pytest

from tests.node.made import ayni
from tests.node.test_trusting import ZONES, _directory, _founded, _into, _trust, folder

pytestmark = [pytest.mark.nodes, pytest.mark.whole]
__all__ = ["folder"]


def _keys(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    done = ayni("keys", *words, AYNI_HOME=str(folder / "uy"), LANG="en_US.UTF-8")
    assert "Traceback" not in done.stderr
    return done


def _done(folder: Path, *words: str) -> str:
    done = _keys(folder, *words)
    assert done.returncode == 0, done.stderr
    return done.stderr


def _refused(folder: Path, *words: str) -> str:
    done = _keys(folder, *words)
    assert done.returncode == 1, done.stderr
    return done.stderr


def test_the_key_is_shared_taken_away_brought_back_and_replaced(folder: Path) -> None:
    _founded(folder)
    _into(folder, "sheet", "uy", "sheet")
    shares = folder / "shares"
    _done(folder, "shares", "--of", "4", "--need", "2", "--to", str(shares))
    one, two, three, four = (str(path) for path in sorted(shares.iterdir()))
    assert stat.S_IMODE(Path(one).stat().st_mode) == 0o600
    assert "Any 2 shares together restore the key" in Path(one).read_text()
    assert "File exists" in _refused(
        folder, "shares", "--of", "2", "--need", "2", "--to", str(shares)
    )

    assert "1 different shares were given and 2 are needed" in _refused(folder, "take-offline", one)
    assert "no longer on this machine" in _done(folder, "take-offline", one, two, three, four)
    shown = _done(folder, "show")
    assert "the identity key is not on this machine" in shown
    assert re.search(
        r"sheet 1, \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d; private keys here: 2 of 2", shown
    )
    assert "not on this machine" in _refused(folder, "rotate")

    _wrong_shares(folder, one, two)
    typed = folder / "typed.txt"
    lines = [line for line in Path(four).read_text().splitlines() if re.match(r"[1-4]  ", line)]
    typed.write_text("\n".join(lines).lower())
    _done(folder, "restore", two, str(typed))
    assert "1 to 13 weeks can be prepared" in _refused(folder, "rotate", "--ahead", "14")
    told = _done(folder, "rotate", "--revoke", "1", "--ahead", "3")
    assert "key sheet number 2 is in force" in told
    assert "prepared for the weeks after it: 3. Bring the custodians together again before" in told
    shown = _done(folder, "show")
    assert re.search(r"sheet 1, .*; removed from \d{4}-\d\d-\d\d on; revoked", shown)
    assert "key sheets prepared, one for each week: 3" in shown

    _done(folder, "take-offline", one, two)
    assert "Bring the custodians together" not in _done(folder, "show"), "four weeks are left"
    _lost(folder, one, two)


def _wrong_shares(folder: Path, one: str, two: str) -> None:
    """Each is told in a sentence: which file, and what to do."""
    damaged, none, other = folder / "damaged.txt", folder / "none.txt", folder / "other.txt"
    text = Path(two).read_text()
    place = re.search(r"^3  ", text, re.MULTILINE)
    assert place is not None
    letter = "A" if text[place.end()] != "A" else "B"
    damaged.write_text(text[: place.end()] + letter + text[place.end() + 1 :])
    none.write_text("nothing")
    done = ayni("keys", "shares", "--of", "3", "--need", "2", "--to", str(folder / "bo-shares"),
                AYNI_HOME=str(folder / "bo"))  # fmt: skip
    assert done.returncode == 0, done.stderr
    other, another = sorted((folder / "bo-shares").iterdir())[:2]

    told = _refused(folder, "restore", one, str(damaged))
    assert f"{damaged}: line 3 of the share is wrong or missing" in told
    assert f"{none} holds no share" in _refused(folder, "restore", one, str(none))
    assert f"{folder / 'gone'} cannot be read" in _refused(folder, "restore", str(folder / "gone"))
    told = _refused(folder, "restore", one, two, str(other))
    assert f"not of the same set of shares as the others: {other}" in told
    assert "belong to another key" in _refused(folder, "restore", str(other), str(another))


def _lost(folder: Path, one: str, two: str) -> None:
    """The written way back when the shares are lost: a new key by the votes of the states."""
    for path in (folder / "shares").iterdir():
        if str(path) not in (one, two):
            path.unlink()
    fresh = str(folder / "fresh")
    same = _into(folder, "same", "uy", "show", "--url", "https://uy.example")
    said = _into(folder, "fresh", "uy", "show", "--new-key", "--url", "https://uy.example")
    assert same.split(": ")[-1] != said.split(": ")[-1]
    # The state that lost its key has no vote now: the other's is not enough for a quorum of two.
    _directory(folder, "next", "bo", "propose", "--change", fresh)
    _directory(folder, "vote-bo", "bo", "vote", str(folder / "next"))
    few = ayni("directory", "publish", str(folder / "vote-bo"), AYNI_HOME=str(folder / "bo"))
    assert few.returncode == 1
    # With the shares that were found again it votes, and the new key comes into force.
    _done(folder, "restore", one, two)
    _directory(folder, "vote-uy", "uy", "vote", str(folder / "next"))
    _directory(folder, "second", "bo", "publish", *(str(folder / f"vote-{c}") for c in ZONES))
    assert _trust(folder, "uy", "accept", str(folder / "second")).returncode == 0
    told = _done(folder, "rotate")
    assert "key sheet number 3 is in force" in told
    assert "prepared key sheets thrown away, because they followed from the former one: 3" in told
    assert "belong to another key" in _refused(folder, "take-offline", one, two)
    fingerprint = said.split(": ")[-1].strip()
    assert fingerprint in _done(folder, "show")
    assert _keys(folder, "nothing").returncode == 2
