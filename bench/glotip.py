"""Loading of UNODC's workbook: seconds and memory of one process, and what indicators then take.

`python -m bench.glotip FILE` prints JSON. The node is made in a folder of its own and thrown away.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
MOST_SECONDS, MOST_MEGABYTES = 15.0, 400.0
RUNS = 5
QUESTIONS = (
    ("share_female", "--states", "all", "--from", "2018", "--to", "2020"),
    ("flows", "--states", "all", "--from", "2018", "--to", "2022"),
    ("forms", "--states", "all", "--by", "year"),
)


def main() -> int:
    """0 if the load kept its limits."""
    with tempfile.TemporaryDirectory(prefix="ayni-b-") as folder:
        environment = {**os.environ, "AYNI_NODE": "ar", "AYNI_HOME": f"{folder}/home"}
        _ayni(environment, "node", "init")
        done = _measured(environment, sys.argv[1])
        done["again_seconds"] = _timed(environment, "import_glotip", sys.argv[1])
        done["indicator_process_seconds"] = {
            question[0]: median(
                _timed(environment, "indicator", question[0], "--source", "glotip", *question[1:])
                for _ in range(RUNS)
            )
            for question in QUESTIONS
        }
    ok = done["processor_seconds"] <= MOST_SECONDS and done["most_megabytes"] <= MOST_MEGABYTES
    done["limits"] = {"seconds": MOST_SECONDS, "megabytes": MOST_MEGABYTES, "kept": ok}
    sys.stdout.write(json.dumps(done) + "\n")
    return 0 if ok else 1


def _ayni(environment: dict[str, str], *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "ayni.node.command", *words, *(["--json"] * (words[0] != "node"))],
        env=environment,
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def _timed(environment: dict[str, str], *words: str) -> float:
    began = time.perf_counter()
    _ayni(environment, *words)
    return round(time.perf_counter() - began, 2)


def _measured(environment: dict[str, str], file: str) -> dict[str, object]:
    """The load in a process of its own, whose processor time and memory the system counts. On a
    busy machine the wall says more of the others than of it; both are told."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "ayni.node.command", "import_glotip", file, "--json"],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    told = json.loads(process.stdout.read())
    _pid, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit("bench: the load was refused")
    return {
        "rows": told["rows"],
        "added": told["added"],
        "wall_seconds": round(time.perf_counter() - began, 2),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 2),
        "most_megabytes": round(used.ru_maxrss / 1024, 1),
    }


if __name__ == "__main__":
    raise SystemExit(main())
