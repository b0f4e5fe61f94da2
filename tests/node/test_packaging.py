"""Units and container file as they stand: hardened, without secrets, naming what there is.

No container engine runs here: the file is read, not built.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from ayni.node import command
from ayni.vault import erasures

ROOT = Path(__file__).resolve().parent.parent.parent
UNITS = ROOT / "packaging" / "systemd"
SERVICES = sorted(UNITS.glob("*.service"))
CONTAINER = ROOT / "packaging" / "container" / "Containerfile"
# Points of exposure that systemd counts, 0 (none) to 10; a unit without any hardening has 9.6.
_MOST_EXPOSED = 2.0
_NEEDED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "CapabilityBoundingSet": "",
    "UMask": "0077",
    "User": "ayni",
    "LimitCORE": "0",
    "RestrictNamespaces": "yes",
    "SystemCallFilter": "@system-service",
}


def _unit(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in path.read_text("utf-8").splitlines():
        if "=" in line and not line.startswith("#"):
            name, _equals, value = line.partition("=")
            found.setdefault(name, []).append(value)
    return found


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_a_unit_is_hardened_and_calls_a_command_that_there_is(path: Path) -> None:
    unit = _unit(path)
    for name, value in _NEEDED.items():
        assert unit.get(name) == [value], name
    assert "AYNI_HOME=/srv/ayni/node" in unit["Environment"]
    assert all(
        place.startswith(("/srv/ayni", "/mnt/")) for place in unit["ReadWritePaths"][0].split()
    )
    for line in unit["ExecStart"]:
        program, *words = line.split()
        assert program == "/opt/ayni/program/.venv/bin/ayni"
        assert words[0] in command._OWN


@pytest.mark.parametrize("path", SERVICES, ids=lambda path: path.name)
def test_systemd_itself_finds_little_exposed(path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze; to run this: apt-get install systemd")
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(path)],
        capture_output=True, text=True, check=False,
    ).stdout  # fmt: skip
    match = re.search(r"Overall exposure level for \S+ ([\d.]+)", said)
    assert match is not None, said[-500:]
    assert float(match.group(1)) <= _MOST_EXPOSED


def test_systemd_understands_every_line() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze; to run this: apt-get install systemd")
    paths = [str(path) for path in [*SERVICES, *UNITS.glob("*.timer"), *UNITS.glob("*.path")]]
    said = subprocess.run(
        ["systemd-analyze", "verify", *paths], capture_output=True, text=True, check=False
    ).stderr
    # The program is not installed on the machine that tests.
    left = [line for line in said.splitlines() if "is not executable" not in line]
    assert not [line for line in left if "packaging/systemd" in line or "ayni" in line], left


def test_the_timer_calls_a_unit_that_there_is() -> None:
    for timer in UNITS.glob("*.timer"):
        assert timer.with_suffix(".service").exists()
        assert _unit(timer)["Persistent"] == ["true"]


def test_the_watch_for_erasures_looks_at_the_list_of_the_node() -> None:
    for path in UNITS.glob("*.path"):
        watched = Path(_unit(path)["PathChanged"][0])
        assert (str(watched.parent), watched.name) == ("/srv/ayni/node", erasures.LIST)
        assert path.with_suffix(".service").exists()


def _instructions() -> list[tuple[str, str]]:
    text = CONTAINER.read_text("utf-8")
    bare = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    lines = bare.replace("\\\n", " ").splitlines()
    return [
        (line.split(None, 1)[0], line.split(None, 1)[1].strip()) for line in lines if line.strip()
    ]


def test_the_container_file_copies_what_there_is_and_nothing_else() -> None:
    told = _instructions()
    ignored = (ROOT / ".containerignore").read_text("utf-8").splitlines()
    assert ignored[0] == "*", "nothing is sent to the engine but what is named"
    for word, rest in told:
        if word != "COPY" or rest.startswith("--from"):
            continue
        *sources, _target = rest.split()
        for source in sources:
            assert (ROOT / source).exists(), source
            assert f"!{source}" in ignored, f"{source} would not reach the engine"
    assert "ADD" not in {word for word, _rest in told}


def test_the_container_runs_as_nobody_and_holds_no_secret() -> None:
    told = _instructions()
    words = [word for word, _rest in told]
    assert words[-1] == "CMD"
    last = {word: rest for word, rest in told}
    uid = int(last["USER"].split(":")[0])
    assert uid >= 10_000
    assert f"--uid {uid} " in " ".join(rest for word, rest in told if word == "RUN")
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert last["ENTRYPOINT"].startswith("["), "signals reach the node, not a shell"
    for word, rest in told:
        assert not (word in ("ENV", "ARG") and re.search("(?i)secret|password|key|token|url", rest))
        assert "http" not in rest
    assert last["VOLUME"] == "/srv/ayni"
    assert "AYNI_HOME=/srv/ayni/node" in last["ENV"]


def test_what_make_install_needs_is_in_the_container() -> None:
    recipe = (ROOT / "Makefile").read_text("utf-8").split("\ninstall:\n")[1].split("\n\n")[0]
    copied = " ".join(rest for word, rest in _instructions() if word == "COPY").split()
    for needed in re.findall(r"(?:-r |python )([\w./-]+\.\w+)", recipe):
        assert needed in copied or needed.split("/")[0] in copied, needed
    for needed in re.findall(r'ROOT / "([\w.-]+)"', (ROOT / "tools/build_assets.py").read_text()):
        assert needed in copied or not (ROOT / needed).is_file(), needed
