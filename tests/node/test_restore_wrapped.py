"""A node whose master key is wrapped is copied, lost, and made again from its copies."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ayni.node import aging
from ayni.vault.master import write_private
from tests.node.test_restore import ROOT

pytestmark = [pytest.mark.nodes, pytest.mark.whole, pytest.mark.xdist_group("restore")]
WORDS, NEXT = "seis palabras sacadas a suerte hoy", "otras seis palabras para el nodo nuevo"
PASSPHRASE, KEY_FILE = "AYNI_MASTER_PASSPHRASE_FILE", "AYNI_MASTER_KEY_FILE"


@dataclass(frozen=True, slots=True)
class Site:
    """A folder with homes and copies; short, for the socket's path."""

    folder: Path

    def run(self, *line: str, home: str, ok: bool = True, **given: Path) -> str:
        """What a process on the node in `home` says, stdout first; `ok`: whether it must succeed.
        `given`: environment that names files."""
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "TMPDIR"}}
        done = subprocess.run(
            [sys.executable, "-W", "ignore", "-m", *line],
            env={
                **kept,
                "LANG": "en_US.UTF-8",
                "AYNI_HOME": str(self.folder / home),
                **{name: str(path) for name, path in given.items()},
            },
            cwd=ROOT, capture_output=True, text=True, check=False, timeout=180,
        )  # fmt: skip
        assert (done.returncode == 0) is ok, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    def ayni(self, *line: str, home: str, ok: bool = True, **given: Path) -> str:
        """The command itself."""
        return self.run("ayni.node.command", *line, home=home, ok=ok, **given)

    def copies(self) -> tuple[str, ...]:
        """Where the copies lie."""
        data, keys = self.folder / "data", self.folder / "keys"
        return ("--folder", str(data), "--keyring-folder", str(keys))

    def read(self, home: str, **given: Path) -> dict[str, str]:
        """Given names in each case of the node, opened with its keys."""
        said = self.run("tests.node.two_homes", "look", home=home, **given)
        found: dict[str, str] = json.loads(said.splitlines()[0])["read"]
        return found

    def files(self, home: str) -> dict[str, str]:
        """Digest of every file of the vault: nothing of it may change when something is refused."""
        place = self.folder / home
        return {
            str(path.relative_to(place)): hashlib.sha256(path.read_bytes()).hexdigest()
            for part in ("secrets", "keyring")
            for path in sorted((place / part).rglob("*"))
            if path.is_file()
        }


@pytest.fixture
def site() -> Iterator[Site]:
    with tempfile.TemporaryDirectory(prefix="ayni-w-") as name:
        folder = Path(name)
        secret, public = aging.new_identity()
        write_private(folder / "secret", f"{secret}\n".encode())
        (folder / "public").write_text(public + "\n")
        for word, content in (
            ("words", WORDS),
            ("next", NEXT),
            ("wrong", "not these words at all"),
        ):
            write_private(folder / word, content.encode())
        (folder / "one").mkdir(mode=0o700)
        kept = {k: v for k, v in os.environ.items() if k in {"PATH", "HOME", "TMPDIR"}}
        subprocess.run(
            [sys.executable, "-m", "ayni.node.command", "node", "init"],
            env={**kept, "AYNI_NODE": "ar", "AYNI_HOME": str(folder / "one")},
            cwd=ROOT, check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        yield Site(folder)


def test_a_wrapped_node_is_copied_lost_restored_wrapped_again_and_opens_its_cases(
    site: Site,
) -> None:
    words = {PASSPHRASE: site.folder / "words"}
    wrong = {PASSPHRASE: site.folder / "wrong"}
    cases = json.loads(site.run("tests.node.two_homes", "fill", home="one").splitlines()[0])
    site.ayni("keys", "wrap", "--passphrase-file", str(words[PASSPHRASE]), home="one")
    make = ("backup", "make", "--recipients", str(site.folder / "public"), *site.copies())

    refused = site.ayni(*make, home="one", ok=False, **wrong)
    assert "is not the one it was wrapped with" in refused
    left = [p for part in ("data", "keys") for p in (site.folder / part).glob("**/*.age")]
    assert left == [], "no half copy is left"
    site.ayni(*make, home="one", **words)
    shutil.rmtree(site.folder / "one")

    line = ("restore", "--identity", str(site.folder / "secret"), *site.copies())
    site.ayni(*line, home="two")
    assert site.read("two")[cases["kept"]] == "Rosa"
    assert "ayni keys wrap" in site.ayni("node", "check", home="two"), "it lies open until then"

    site.ayni("keys", "wrap", "--passphrase-file", str(site.folder / "next"), home="two")
    assert not (site.folder / "two" / "secrets" / "master.key").exists()
    before = site.files("two")
    for given, said in (
        (words, "is not the one it was wrapped with"),
        (wrong, "is not the one it was wrapped with"),
        ({}, PASSPHRASE),
    ):
        assert said in site.ayni("node", "check", home="two", ok=False, **given)
        assert site.files("two") == before, "nothing was written"
    assert site.read("two", **{PASSPHRASE: site.folder / "next"})[cases["kept"]] == "Rosa"


def test_a_node_wrapped_with_a_key_file_comes_back_without_that_file(site: Site) -> None:
    """The stick burnt with the machine: the copy of the keyring is the way back."""
    stick = site.folder / "stick"
    cases = json.loads(site.run("tests.node.two_homes", "fill", home="one").splitlines()[0])
    site.ayni("keys", "wrap", "--key-file", str(stick), home="one")
    make = ("backup", "make", "--recipients", str(site.folder / "public"), *site.copies())
    site.ayni(*make, home="one", **{KEY_FILE: stick})
    stick.unlink()
    shutil.rmtree(site.folder / "one")

    # A key that is not the copies' own: refused in words, and no key is left behind.
    write_private(site.folder / "stranger", f"{aging.new_identity()[0]}\n".encode())
    stranger = ("restore", "--identity", str(site.folder / "stranger"), *site.copies())
    site.ayni(*stranger, home="two", ok=False)
    assert site.files("two") == {}

    line = ("restore", "--identity", str(site.folder / "secret"), *site.copies())
    site.ayni(*line, home="two")
    assert site.read("two")[cases["kept"]] == "Rosa"
    again = site.folder / "again"
    site.ayni("keys", "wrap", "--key-file", str(again), home="two")
    assert site.read("two", **{KEY_FILE: again})[cases["kept"]] == "Rosa"
    write_private(site.folder / "other", os.urandom(64))
    assert "wrapped" in site.ayni(
        "node", "check", home="two", ok=False, **{KEY_FILE: site.folder / "other"}
    )
