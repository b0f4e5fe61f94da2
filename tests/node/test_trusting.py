"""`ayni trust`: two real nodes found their directory and learn each other's keys by files alone."""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ayni.exchange import documents
from ayni.exchange.connection import pin_of
from tests.node.made import ZONES, ayni, database_of, made_home
from tests.node.test_web import _certificate

pytestmark = pytest.mark.nodes
Folder = Path


@pytest.fixture
def folder() -> Iterator[Folder]:
    """Two nodes that know nobody, their PostgreSQL running."""
    with tempfile.TemporaryDirectory(prefix="ayni-t-") as name, ExitStack() as running:
        for code in ZONES:
            made_home(code, Path(name) / code, programme=True)
            running.enter_context(database_of(Path(name) / code))
        yield Path(name)


def _trust(folder: Folder, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    return ayni("trust", *words, AYNI_HOME=str(folder / code), LANG="en_US.UTF-8")


def _into(folder: Folder, name: str, code: str, *words: str) -> str:
    """What a node writes, as a file; what it said beside."""
    done = _trust(folder, code, *words)
    assert done.returncode == 0, done.stderr
    (folder / name).write_text(done.stdout)
    return done.stderr


def test_two_nodes_are_founded_by_files(folder: Folder) -> None:
    place = {name: str(folder / name) for name in ("bo.json", "uy.json", "draft", "half", "whole")}
    prints = {}
    for code in ZONES:
        url = f"https://{code}.example"
        prints[code] = _into(folder, f"{code}.json", code, "show", "--url", url).split(": ")[-1]
    drafted = _into(folder, "draft", "bo", "draft", place["uy.json"], place["bo.json"])
    for code, text in prints.items():
        assert f"{code}: {text.strip()}" in drafted, "the same that each node has printed"
    body = json.loads((folder / "draft").read_text())["body"]
    print_ = documents.print_of(documents.digest(body))
    whole = f"fingerprint of the whole directory number 1: {print_}\n"
    assert all(f"https://{code}.example\n" in drafted for code in ZONES)
    assert "states that a further change needs: 2\n" in drafted
    assert whole in drafted
    note = ("note", place["draft"], "--language", "pt-br", "--to", str(folder / "founding.pdf"))
    _directory(folder, "said", "uy", *note)
    assert (folder / "founding.pdf").read_bytes().startswith(b"%PDF"), "with no directory in force"
    assert _directory(folder, "said", "uy", "show", place["draft"]) == drafted
    early = _trust(folder, "bo", "sheet")
    assert early.returncode == 1
    _into(folder, "half", "bo", "sign", place["draft"])
    refused = _trust(folder, "uy", "accept", place["half"])
    assert refused.returncode == 1, "not signed by every founding state"
    assert "Traceback" not in refused.stderr
    assert _into(folder, "whole", "uy", "sign", place["half"]) == drafted, "what was drafted"
    for code in ZONES:
        taken = _trust(folder, code, "accept", place["whole"])
        assert taken.returncode == 0, taken.stderr
        assert "directory number 1 is accepted" in taken.stderr
        assert whole in taken.stderr

    certificate, _key = _certificate(folder)
    _into(folder, "sheet-bo", "bo", "sheet", "--certificate", str(certificate))
    _into(folder, "sheet-uy", "uy", "sheet")
    body = json.loads((folder / "sheet-bo").read_text())["body"]
    der = subprocess.run(
        ["openssl", "x509", "-in", str(certificate), "-outform", "DER"],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    assert body["tls_pins"] == [pin_of(der)]
    for code, other in (("bo", "uy"), ("uy", "bo")):
        learnt = _trust(folder, code, "accept", str(folder / f"sheet-{other}"))
        assert learnt.returncode == 0, learnt.stderr
        assert f"key sheet number 1 of {other} is accepted" in learnt.stderr

    given = folder / "for-pe"
    wrote = _trust(folder, "bo", "write", str(given))
    assert (wrote.returncode, wrote.stdout) == (0, ""), wrote.stderr
    assert f"3 files are in {given}" in wrote.stderr
    assert wrote.stderr.endswith(drafted)
    files = sorted(given.iterdir())
    assert [each.name for each in files] == [
        "directory-1.json", "sheet-bo-1.json", "sheet-uy-1.json",
    ]  # fmt: skip
    assert json.loads(files[0].read_text()) == json.loads((folder / "whole").read_text())
    assert _trust(folder, "uy", "accept", *map(str, files)).returncode == 0
    again = _trust(folder, "bo", "write", str(given))
    assert (again.returncode, "Traceback" in again.stderr) == (1, False), "nothing is overwritten"
    assert sorted(given.iterdir()) == files


def _founded(folder: Folder) -> None:
    for code in ZONES:
        _into(folder, f"{code}.json", code, "show", "--url", f"https://{code}.example")
    _into(folder, "draft", "bo", "draft", str(folder / "bo.json"), str(folder / "uy.json"))
    _into(folder, "half", "bo", "sign", str(folder / "draft"))
    _into(folder, "whole", "uy", "sign", str(folder / "half"))
    for code in ZONES:
        assert _trust(folder, code, "accept", str(folder / "whole")).returncode == 0


def _directory(folder: Folder, name: str, code: str, *words: str) -> str:
    """What `ayni directory` of a node writes, as a file; what it said beside."""
    done = ayni("directory", *words, AYNI_HOME=str(folder / code), LANG="en_US.UTF-8")
    assert done.returncode == 0, done.stderr
    (folder / name).write_text(done.stdout)
    return done.stderr


@pytest.mark.whole
def test_a_state_whose_key_was_lost_comes_back_by_the_votes_of_the_others(folder: Folder) -> None:
    _founded(folder)
    place = {name: str(folder / name) for name in ("fresh", "next", "vote-bo", "vote-uy", "sheet")}
    said = _into(folder, "fresh", "uy", "show", "--new-key", "--url", "https://uy.example")
    fingerprint = said.split(": ")[-1].strip()

    told = _directory(folder, "next", "bo", "propose", "--change", place["fresh"])
    assert f"uy has a new identity key; fingerprint {fingerprint}" in told
    assert f"dated {json.loads((folder / 'next').read_text())['body']['issued'][:10]} " in told
    assert "signed by –; 2 states are needed" in told
    assert "fingerprint of the whole directory number 2: " in told
    note = ("note", place["next"], "--language", "en", "--to", str(folder / "note.pdf"))
    _directory(folder, "said", "uy", *note)
    assert (folder / "note.pdf").read_bytes().startswith(b"%PDF")
    again = ayni("directory", *note, AYNI_HOME=str(folder / "uy"))
    assert (again.returncode, "Traceback" in again.stderr) == (1, False), "nothing is overwritten"

    for code in ZONES:
        _directory(folder, f"vote-{code}", code, "vote", place["next"])
    few = ayni("directory", "publish", place["vote-bo"], AYNI_HOME=str(folder / "bo"))
    assert (few.returncode, few.stdout) == (1, "")
    _directory(folder, "second", "bo", "publish", place["vote-bo"], place["vote-uy"])
    assert _trust(folder, "uy", "accept", str(folder / "second")).returncode == 0

    _into(folder, "sheet", "uy", "sheet")
    learnt = _trust(folder, "bo", "accept", place["sheet"])
    assert learnt.returncode == 0, learnt.stderr
    assert "key sheet number 1 of uy is accepted" in learnt.stderr, "signed with the new key"


def test_the_states_can_choose_how_many_a_change_needs(folder: Folder) -> None:
    files = []
    for code in ZONES:
        _into(folder, f"{code}.json", code, "show", "--url", f"https://{code}.example")
        files.append(str(folder / f"{code}.json"))
    drafted = _into(folder, "draft", "bo", "draft", "--quorum", "1", *files)
    assert "states that a further change needs: 1\n" in drafted
    assert json.loads((folder / "draft").read_text())["body"]["quorum"] == 1
    for refused in ("0", "3"):
        assert _trust(folder, "bo", "draft", "--quorum", refused, *files).returncode == 1


def test_what_is_no_document_or_was_changed_is_refused(folder: Folder) -> None:
    junk = folder / "junk"
    for text, sentence in (("{", "is no JSON document"), ("{}", "neither a directory")):
        junk.write_text(text)
        done = _trust(folder, "bo", "accept", str(junk))
        assert (done.returncode, done.stdout) == (1, "")
        assert sentence in done.stderr
    _into(folder, "bo.json", "bo", "show", "--url", "https://bo.example")
    entry = json.loads((folder / "bo.json").read_text())
    junk.write_text(json.dumps({**entry, "identity_key": "short"}))
    assert _trust(folder, "bo", "draft", str(junk)).returncode == 1
    assert _trust(folder, "bo", "sheet", "--certificate", str(junk)).returncode == 1
    assert _trust(folder, "bo", "nothing").returncode == 2
