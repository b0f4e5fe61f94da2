"""`make bench-statistics`: every benchmark of the observatory, one by one. Prints one JSON.

Each runs as a process of its own, one thread for sums (OPENBLAS_NUM_THREADS=1), and says medians.
Each target of the issue stands beside what was measured: `met`; `noise`, above by less than is
declared for its kind; `busy`, a time whose processor seconds keep the target while the wall does
not, for other work was on the machine; `missed`. Only `missed`, and a benchmark that breaks off,
ends with exit code 1. `--to FILE` keeps the JSON as a file; `--quick` looks only whether everything
runs, on small tables, and judges nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from bench.measuring import say

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
GLOTIP = SHARED / "data" / "glotip" / "data_glotip.xlsx"
YARDSTICKS = SHARED / "bench"
# By how much a figure may differ between two runs of the same program on a quiet machine.
NOISE = {"time": 0.10, "memory": 0.05, "error": 0.05, "count": 0.0}
Found = Mapping[str, Any]
Value = Callable[[Found], float]


class Standing(StrEnum):
    """How what was measured stands to its target."""

    MET = "met"
    NOISE = "noise"
    BUSY = "busy"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Target:
    """The most that a figure may be. `processor`: of a time, what of it is the program's own, the
    database's included; of the slow ones of many, that of the slow ones."""

    name: str
    kind: str
    most: float
    value: Value
    processor: Value | None = None

    def judged(self, found: Found) -> dict[str, object]:
        """The figure beside its target."""
        measured = self.value(found)
        own = measured if self.processor is None else self.processor(found)
        return {
            "target": self.name,
            "most": self.most,
            "measured": measured,
            **({"processor": own} if self.processor else {}),
            "standing": str(self._standing(measured, own)),
        }

    def _standing(self, measured: float, own: float) -> Standing:
        if measured <= self.most:
            return Standing.MET
        if measured <= self.most * (1 + NOISE[self.kind]):
            return Standing.NOISE
        return Standing.BUSY if own <= self.most and self.processor else Standing.MISSED


@dataclass(frozen=True, slots=True)
class Part:
    """A benchmark: its command, and with `--quick`; how often it runs (1: it repeats itself);
    `needs`: files without which it is left out, and that is told. Without `targets` its own exit
    code is the judgement."""

    line: tuple[str, ...]
    quick: tuple[str, ...]
    targets: tuple[Target, ...] = ()
    runs: int = 1
    needs: tuple[Path, ...] = ()


def _at(*path: str) -> Value:
    def value(found: Found) -> float:
        told: Any = found
        for name in path:
            told = told[name]
        return float(told)

    return value


def _of_release(name: str, kind: str, most: float) -> Target:
    own = _at("50000", "processor_seconds") if kind == "time" else None
    return Target(f"50,000 records: {name}", kind, most, _at("50000", name), own)


def _growth(found: Found) -> float:
    both = [found[size]["processor_seconds"] for size in ("200000", "50000")]
    return round(both[0] / both[1], 3)


def _refused(found: Found) -> float:
    methods = [told for told in found.values() if isinstance(told, dict) and "allowed" in told]
    return float(sum(not told["allowed"] for told in methods) if methods else 1)


def _slowest(name: str) -> Value:
    def value(found: Found) -> float:
        return float(max(page[name] for one in found["pages"].values() for page in one.values()))

    return value


PARTS: Mapping[str, Part] = {
    "glotip": Part(
        ("bench.glotip", str(GLOTIP)),
        ("bench.glotip", str(GLOTIP)),
        (
            Target("import: seconds", "time", 15.0, _at("wall_seconds"), _at("processor_seconds")),
            Target("import: megabytes", "memory", 400.0, _at("most_megabytes")),
        ),
        runs=3,
        needs=(GLOTIP,),
    ),
    "map": Part(
        ("bench.map",),
        ("bench.map",),
        (Target("a cold process: seconds", "time", 0.3, _at("seconds"), _at("processor_seconds")),),
        needs=(ROOT / "ayni" / "static_built" / "outline.json",),
    ),
    "disclosure": Part(
        ("bench.disclosure",),
        ("bench.disclosure", "--records", "2000", "--rounds", "1"),
        (Target("methods that their check refuses", "count", 0.0, _refused),),
        needs=(YARDSTICKS / "ctdc_like.py",),
    ),
    "private_release": Part(
        ("bench.private_release",),
        ("bench.private_release", "--records", "2000", "--runs", "1"),
        (
            _of_release("tv_2", "error", 0.0075),
            _of_release("tv_3", "error", 0.018),
            _of_release("published_error", "error", 17.9),
            _of_release("fabricated_3", "error", 0.10),
            _of_release("seconds", "time", 60.0),
            _of_release("megabytes", "memory", 1200.0),
            Target("200,000 records: times of 50,000", "time", 2.0, _growth),
        ),
        needs=(YARDSTICKS / "ctdc_like.py", YARDSTICKS / "tabular_error.py"),
    ),
    "dashboard": Part(
        ("bench.dashboard",),
        ("bench.dashboard", "--cases", "2000", "--asks", "5", "--changed", "5"),
        (
            Target(
                "1,000,000 cases, slowest page: p95 in ms",
                "time",
                300.0,
                _slowest("p95_ms"),
                _slowest("p95_processor_ms"),
            ),
        ),
        needs=(ROOT / "bench" / "dashboard.py",),
    ),
}


def medians(runs: Sequence[Any]) -> Any:
    """Of every number the median over the runs; what is no number as the last run says it."""
    last = runs[-1]
    if isinstance(last, dict):
        return {name: medians([run[name] for run in runs]) for name in last}
    if isinstance(last, bool) or not isinstance(last, int | float):
        return last
    return round(statistics.median(runs), 5)


def measured(
    name: str, part: Part, *, quick: bool, more: Sequence[str] = (), root: Path = ROOT
) -> dict[str, Any]:
    """What a part says, and each of its targets; `broken` where it says nothing."""
    missing = [str(path) for path in part.needs if not path.exists()]
    if missing:
        return {"left_out": f"not here: {', '.join(missing)}"}
    line = [sys.executable, "-m", *(part.quick if quick else part.line), *more]
    runs: list[Any] = []
    code = 0
    for number in range(1 if quick else part.runs):
        say(f"{name}, run {number + 1}")
        done = subprocess.run(
            line,
            cwd=root,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
        )
        code = max(code, done.returncode)
        try:
            runs.append(json.loads(done.stdout))
        except ValueError:
            return {"broken": f"exit code {done.returncode}, no JSON"}
    found = medians(runs)
    if quick:
        return {"measured": found, "judged": []}
    if not part.targets:
        own = Standing.MISSED if code else Standing.MET
        return {"measured": found, "judged": [{"target": "its own", "standing": str(own)}]}
    return {"measured": found, "judged": [target.judged(found) for target in part.targets]}


def missed(found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Targets that were missed beyond noise, and benchmarks that broke off."""
    return [
        f"{name}: {each['target']}"
        for name, told in found.items()
        for each in told.get("judged", [])
        if each["standing"] == Standing.MISSED
    ] + [f"{name}: {told['broken']}" for name, told in found.items() if "broken" in told]


def with_pac_synth(options: argparse.Namespace) -> bool:
    """Whether pac-synth releases the same table in this run."""
    left_out = options.quick or options.without_pac_synth
    return not left_out and "private_release" in options.only


def asked(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """What a run is asked for; by default everything, with pac-synth."""
    parser = argparse.ArgumentParser(prog="bench.observatory")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--to", type=Path, help="a file for the JSON")
    beside = parser.add_mutually_exclusive_group()
    beside.add_argument(
        "--pac-synth",
        metavar="EPSILON",
        default="4",
        help="of the private release of the same table through pac-synth beside it",
    )
    beside.add_argument(
        "--without-pac-synth", action="store_true", help="leave it out: it takes minutes"
    )
    return parser.parse_args(arguments)


def main() -> int:
    """0 when no target was missed and nothing broke off."""
    options = asked()
    beside_it = with_pac_synth(options)
    found = {}
    for name in options.only:
        given = beside_it and name == "private_release"
        more = ("--pac-synth", options.pac_synth) if given else ()
        found[name] = measured(name, PARTS[name], quick=options.quick, more=more)
    told = json.dumps(
        {
            "machine": {"processors": os.cpu_count(), "python": platform.python_version()},
            "noise": NOISE,
            "pac_synth": f"epsilon {options.pac_synth}" if beside_it else "left out",
            "parts": found,
            "missed": missed(found),
        },
        indent=2,
    )
    sys.stdout.write(told + "\n")
    if options.to:
        options.to.write_text(told + "\n", encoding="utf-8")
    return 1 if missed(found) else 0


if __name__ == "__main__":
    raise SystemExit(main())
