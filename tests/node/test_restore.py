"""A node with cases is copied, and made again elsewhere from its copies (`make test-restore`)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ayni.node import aging

pytestmark = [pytest.mark.nodes, pytest.mark.xdist_group("restore")]
ROOT = Path(__file__).resolve().parent.parent.parent
PLANTED = (b"Rosa", b"Mamani", b"0000000-T", b"+541100000000", b"Invented narrative")


@dataclass(frozen=True, slots=True)
class Place:
    """Short folders: the socket's path must stay under 107 bytes."""

    folder: Path
    cases: dict[str, str]

    def run(
        self, *line: str, home: str = "one", ok: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """One process on the node in `home`."""
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "TMPDIR"}}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", *line],
            env={**kept, "AYNI_HOME": str(self.folder / home)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert not ok or done.returncode == 0, done.stderr
        return done

    def ayni(
        self, *line: str, home: str = "one", data: str = "data", keys: str = "keys", ok: bool = True
    ) -> subprocess.CompletedProcess[str]:
        """`ayni` with the folders of the copies."""
        places = ("--folder", str(self.folder / data), "--keyring-folder", str(self.folder / keys))
        return self.run("ayni.node.command", *line, *places, home=home, ok=ok)

    def copy(self) -> dict[str, Any]:
        """Make a backup."""
        to = str(self.folder / "public")
        told: dict[str, Any] = json.loads(
            self.ayni("backup", "make", "--recipients", to, "--json").stdout
        )
        return told

    def asked(self, word: str, *rest: str, home: str = "one") -> dict[str, Any]:
        """The answer of `tests.node.two_homes`."""
        answer: dict[str, Any] = json.loads(
            self.run("tests.node.two_homes", word, *rest, home=home).stdout
        )
        return answer

    def restored(
        self, home: str, *more: str, data: str = "data", keys: str = "keys", key: str = "secret"
    ) -> subprocess.CompletedProcess[str]:
        """`ayni restore` into another home."""
        line = ("restore", "--json", "--identity", str(self.folder / key), *more)
        return self.ayni(*line, home=home, data=data, keys=keys, ok=False)


@pytest.fixture(scope="module")
def place() -> Iterator[Place]:
    """Argentina's node with two cases and one backup of it."""
    with tempfile.TemporaryDirectory(prefix="ayni-r-") as name:
        folder = Path(name)
        secret, public = aging.new_identity()
        (folder / "secret").touch(mode=0o600)
        (folder / "secret").write_text(secret + "\n")
        (folder / "public").write_text(public + "\n")
        (folder / "stranger").touch(mode=0o600)
        (folder / "stranger").write_text(aging.new_identity()[0] + "\n")
        made = Place(folder, {})
        (folder / "one").mkdir(mode=0o700)
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "TMPDIR"}}
        subprocess.run(
            [sys.executable, "-m", "ayni.node.command", "node", "init"],
            env={**kept, "AYNI_NODE": "ar", "AYNI_HOME": str(folder / "one")},
            cwd=ROOT, check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        made.cases.update(made.asked("fill"))
        made.copy()
        yield made


def _without_pair(place: Place, name: str) -> tuple[Path, Path]:
    """Copies of both folders, to be spoilt."""
    data, keys = place.folder / f"{name}-data", place.folder / f"{name}-keys"
    shutil.copytree(place.folder / "data", data)
    shutil.copytree(place.folder / "keys", keys)
    return data, keys


def test_a_node_comes_back_elsewhere_and_who_was_erased_does_not(place: Place) -> None:
    before = place.asked("look")
    assert set(before["read"].values()) == {"Rosa", "Inés"}
    shutil.copytree(place.folder / "keys", place.folder / "old-keys")  # kept against the rule
    older = json.loads(place.ayni("backup", "list", "--json").stdout)[0]["made_at"]
    place.asked("erase", place.cases["gone"])
    place.copy()
    assert len(list((place.folder / "keys").glob("*.keyring.age"))) == 1

    done = place.restored("two", "--copy", older)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    sys.stdout.write(f"\nrestore: {json.dumps(told)}\n")
    after = place.asked("look", home="two")
    assert after["read"][place.cases["kept"]] == "Rosa"
    # Its row is marked, so no page shows it; trail and report say that it was erased again.
    assert place.cases["gone"] not in after["read"]
    assert after["marked"] == {place.cases["kept"]: False, place.cases["gone"]: True}
    assert after["told"] == [
        ["node.restore", older, {"erased_again": "1"}],
        ["cases.erase_case", place.cases["gone"], {"again": "yes"}],
    ]
    assert (told["erased"], told["erased_again"]) == (1, 1)
    assert "1 records erased after this backup were erased again" in done.stderr
    assert (after["holds"], after["jobs"], after["sessions"]) == (True, 0, 0)
    assert after["entries"] >= before["entries"]
    assert "restored as it was at" in done.stderr

    # An older copy of the keyring, kept against the rule, brings nobody back either.
    again = place.restored("three", "--copy", older, keys="old-keys")
    assert again.returncode == 0, again.stderr
    assert place.cases["gone"] not in place.asked("look", home="three")["read"]
    assert json.loads(again.stdout)["erased_again"] == 1

    # The newest backup knows it as erased: nothing is left to be done.
    newest = place.restored("four")
    assert newest.returncode == 0, newest.stderr
    assert json.loads(newest.stdout)["erased_again"] == 0
    assert "erased again" not in newest.stderr


def test_whoever_was_erased_a_moment_before_the_loss_stays_erased(place: Place) -> None:
    late = place.asked("late")["late"]
    place.copy()
    place.asked("erase", late)
    told = json.loads(place.ayni("backup", "erasures", "--json").stdout)
    assert told["erased"] >= 1
    # The machine is lost now: no other backup was made.
    done = place.restored("five")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["erased_again"] == 1
    after = place.asked("look", home="five")
    assert after["marked"][late] is True
    assert late not in after["read"]


def test_the_copies_show_no_person_and_no_secret(place: Place) -> None:
    secrets = [p.read_bytes() for p in (place.folder / "one" / "secrets").iterdir()]
    for folder in ("data", "keys"):
        for path in (place.folder / folder).iterdir():
            content = path.read_bytes()
            assert not [word for word in (*PLANTED, *secrets) if word in content], path.name
            assert path.stat().st_mode & 0o077 == 0


def test_a_copy_that_is_not_whole_or_not_ours_is_refused_with_a_sentence(place: Place) -> None:
    cut, _ = _without_pair(place, "cut")
    newest = sorted(cut.glob("*.age"))[-1]
    newest.write_bytes(newest.read_bytes()[:-70_000])
    bit, _ = _without_pair(place, "bit")
    newest = sorted(bit.glob("*.age"))[-1]
    raw = bytearray(newest.read_bytes())
    raw[len(raw) // 2] ^= 1
    newest.write_bytes(raw)
    mixed, _ = _without_pair(place, "mixed")
    for path in mixed.glob("*.json"):
        path.write_text(path.read_text().replace('"number": ', '"number": 1'))
    for more, sentence in (
        ({"key": "stranger"}, "cannot be opened with this secret key"),
        ({"data": "cut-data"}, "was cut off or changed"),
        ({"data": "bit-data"}, "was changed since it was made"),
        ({"data": "mixed-data"}, "do not belong together, or the sheet was changed"),
        ({"data": "nowhere"}, "there is no folder"),
    ):
        done = place.restored("refused", **more)
        assert (done.returncode, done.stdout) == (1, "")
        assert sentence in done.stderr
        assert "Traceback" not in done.stderr
        left = {path.name for path in (place.folder / "refused").rglob("*")} - {".restore"}
        assert not left, "nothing half is left"


def test_a_live_node_is_never_overwritten(place: Place) -> None:
    done = place.restored("one")
    assert done.returncode == 1
    assert "no live node is overwritten" in done.stderr
    assert place.asked("look")["read"][place.cases["kept"]] == "Rosa"


def test_a_restore_that_was_interrupted_starts_no_node_and_begins_anew(place: Place) -> None:
    home = place.folder / "half"
    home.mkdir(mode=0o700)
    (home / "restoring.json").write_text("{}\n")
    (home / "secrets").mkdir(mode=0o700)
    (home / "secrets" / "master.key").touch(mode=0o600)
    refused = place.run("ayni.node.command", "run", home="half", ok=False)
    assert refused.returncode == 1
    assert "AYNI_NODE is not set" in refused.stderr or "was not finished" in refused.stderr
    done = place.restored("half")
    assert done.returncode == 0, done.stderr
    assert place.asked("look", home="half")["read"][place.cases["kept"]] == "Rosa"


def test_a_day_without_backup_is_told_by_the_check(place: Place) -> None:
    last = place.folder / "one" / "last-backup.json"
    kept = last.read_text()
    assert "ackup was made" not in place.run("ayni.node.command", "node", "check").stderr
    try:
        last.write_text('{"made_at": "2026-01-01T00:00:00Z"}')
        told = place.run("ayni.node.command", "node", "check").stderr
        assert "the last backup was made" in told
        assert "would be lost with this machine" in told
        last.write_text("{")
        assert "cannot be read" in place.run("ayni.node.command", "node", "check").stderr
        last.unlink()
        old = 1_700_000_000
        os.utime(place.folder / "one" / "node.json", (old, old))
        assert "no backup was made" in place.run("ayni.node.command", "node", "check").stderr
    finally:
        last.write_text(kept)


def test_folders_that_lie_in_one_another_and_secret_keys_on_the_node_are_refused(
    place: Place,
) -> None:
    done = place.ayni("backup", "make", keys="data/keys", ok=False)
    assert (done.returncode, "must lie apart" in done.stderr) == (1, True)
    line = ("backup", "make", "--recipients", str(place.folder / "secret"))
    done = place.ayni(*line, ok=False)
    assert (done.returncode, "holds a secret key" in done.stderr) == (1, True)
    full = place.ayni("backup", "verify", "--identity", str(place.folder / "secret"))
    assert "ok: True" in full.stderr
