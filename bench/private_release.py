"""`make bench-private-release`: a release under differential privacy. Prints JSON.

The table is made by `ctdc_like.py` and scored by `tabular_error.py`, both run from where they are
(`--yardsticks`), in an environment of their own (requirements-bench.txt, under build/). Each run is
a process of its own from the CSV file of the records to that of the open records: one budget. With
`--pac-synth` pac-synth releases the same table beside it. Limits are those for 50,000 records, and
that 200,000 take at most twice the time; anything above one ends with exit code 1."""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from bench.measuring import say

ROOT = Path(__file__).resolve().parent.parent
ENVIRONMENT = ROOT / "build" / "bench-environment"
REQUIREMENTS = ROOT / "requirements-bench.txt"
JUDGED = 50_000
MORE = 200_000
LIMITS = {
    "tv_2": 0.0075,
    "tv_3": 0.018,
    "published_error": 17.9,
    "fabricated_3": 0.10,
    "seconds": 60.0,
    "megabytes": 1200.0,
}
STRETCH = {"tv_2": 0.006, "tv_3": 0.016, "seconds": 30.0, "megabytes": 900.0}
_MAKE = """
import sys
sys.path.insert(0, sys.argv[1])
from ctdc_like import gen
gen(int(sys.argv[2]), seed=int(sys.argv[3])).to_csv(sys.argv[4], index=False)
"""
_SCORE = """
import json, sys
sys.path.insert(0, sys.argv[1])
import pandas
from tabular_error import score
read = lambda name: pandas.read_csv(name, dtype=str, keep_default_na=False)
print(json.dumps(score(read(sys.argv[2]), read(sys.argv[3]))))
"""


def _python() -> str:
    """The Python of the environment with pandas and pac-synth; made when it is not there."""
    python = ENVIRONMENT / "bin" / "python"
    ready = ENVIRONMENT / ".installed"
    if not ready.exists() or ready.read_text() != REQUIREMENTS.read_text():
        say("an environment with pandas and pac-synth")
        subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], check=True)
        install = ["-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(REQUIREMENTS)]
        subprocess.run([str(python), *install], check=True, stdout=sys.stderr)
        ready.write_text(REQUIREMENTS.read_text())
    return str(python)


def _measured(line: Sequence[str]) -> dict[str, Any]:
    """What a process prints (JSON), with its seconds, processor seconds and peak memory."""
    began = time.perf_counter()
    # As a process that loads the room first sets it itself (ayni/statistics/privacy/synthesis).
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    child = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment)
    assert child.stdout is not None
    said = child.stdout.read()
    _pid, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"bench: {line[1:3]} ended with {child.returncode}")
    answer: dict[str, Any] = json.loads(said)
    return answer | {
        "seconds": round(time.perf_counter() - began, 2),
        "processor_seconds": round(used.ru_utime + used.ru_stime, 2),
        "megabytes": round(used.ru_maxrss / 1024, 1),
    }


def _scored(yardsticks: Path, true: Path, synthetic: Path) -> dict[str, Any]:
    done = subprocess.run(
        [_python(), "-W", "ignore", "-c", _SCORE, str(yardsticks), str(true), str(synthetic)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    score = json.loads(done.stdout)
    return {
        **{f"tv_{k}": score[k]["TV"] for k in "123"},
        **{f"highest_tv_{k}": score[k]["maxTV"] for k in "23"},
        "within_tenth_3": score["3"]["within10"],
        "suppressed_3": score["3"]["suppr"],
        "fabricated_3": score["3"]["fabr"],
    }


def _median(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Of every figure the median; of a group of figures, of each."""
    return {
        name: _median([run[name] for run in runs])
        if isinstance(value, dict)
        else round(statistics.median(run[name] for run in runs), 5)
        for name, value in runs[0].items()
    }


def _release(true: Path, folder: Path, options: argparse.Namespace, size: int) -> dict[str, Any]:
    runs = []
    for number in range(options.runs):
        out = folder / f"open-{size}.csv"
        line = [sys.executable, "-m", "bench.private_release_inside", str(true), str(out)]
        run = _measured([*line, str(options.epsilon), str(size)])
        say(f"{size} records, run {number + 1}: {run['seconds']} s")
        runs.append(run | _scored(options.yardsticks, true, out))
    return _median(runs)


def _pac_synth(true: Path, folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    out = folder / "pac-synth.csv"
    say("pac-synth, some minutes")
    script = str(ROOT / "bench" / "pac_synth.py")
    run = _measured([_python(), script, str(true), str(out), str(options.pac_synth)])
    return {"epsilon": options.pac_synth} | run | _scored(options.yardsticks, true, out)


def main() -> int:
    """Prints the figures; 1 if one lies above its limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--yardsticks", type=Path, default=ROOT.parent / "shared" / "bench")
    parser.add_argument("--records", type=int, nargs="+", default=[5_000, JUDGED, MORE])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--epsilon", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7, help="of the table")
    parser.add_argument("--pac-synth", type=float, metavar="EPSILON")
    options = parser.parse_args()
    found: dict[str, Any] = {"epsilon": options.epsilon, "runs": options.runs}
    with tempfile.TemporaryDirectory(prefix="ayni-bench-") as name:
        folder = Path(name)
        for size in options.records:
            true = folder / f"true-{size}.csv"
            make = [_python(), "-W", "ignore", "-c", _MAKE, str(options.yardsticks)]
            subprocess.run([*make, str(size), str(options.seed), str(true)], check=True)
            found[str(size)] = _release(true, folder, options, size)
        if options.pac_synth and JUDGED in options.records:
            found["pac_synth"] = _pac_synth(folder / f"true-{JUDGED}.csv", folder, options)
    found["limits"], found["stretch"] = LIMITS, STRETCH
    found["above"] = _above(found)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    return 1 if found["above"] else 0


def _above(found: dict[str, Any]) -> list[str]:
    judged = found.get(str(JUDGED))
    above = [n for n, limit in LIMITS.items() if judged and judged[n] > limit]
    more = found.get(str(MORE))
    # One thread: on an idle machine its processor seconds are its seconds; on a shared one two runs
    # can be compared by nothing else.
    if judged and more and more["processor_seconds"] > 2 * judged["processor_seconds"]:
        above.append("processor_seconds of 200,000")
    return above


if __name__ == "__main__":
    raise SystemExit(main())
