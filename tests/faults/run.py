"""`make test-faults`: two states and the secretariat as real nodes, and everything that goes wrong.

`python -m tests.faults.run --faults 2000 --seed 7`. Without a seed one is drawn and printed; the
same seed plans the same faults. Ends with 1 at the first invariant that does not hold; then it
tells the seed, the round and the end of every log, and leaves a folder with logs and books. A long
run has parts of 2,000 faults, each on new nodes and with the next seed, so that the books that are
compared do not grow without end.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults import memory, spaces
from tests.faults.invariants import ENDS, kinds
from tests.faults.logs import telling
from tests.faults.nodes import Failed
from tests.faults.plan import ALL, DISKS, TRAFFIC, Kind, Round, plan
from tests.faults.stage import CODES, STATES, Stage

A_PART = 2000
A_LONG_ONE = 1000
_LINES, _WIDTH = 25, 400  # of each log, when a run has failed


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.faults.run")
    parser.add_argument("--faults", type=int, default=A_PART)
    parser.add_argument("--seed", default="")
    parser.add_argument("--only", default="", help="kinds of faults, with commas; all without")
    parser.add_argument(
        "--traffic", default=ALL, choices=TRAFFIC, help="what officers do: all, or referrals alone"
    )
    parser.add_argument("--keep", action="store_true", help="keep the folder of the nodes")
    return parser.parse_args()


def say(sentence: str) -> None:
    """A line of progress, on standard error."""
    sys.stderr.write(f"faults: {sentence}\n")
    sys.stderr.flush()


@dataclass(slots=True)
class Told:
    """What the parts of a run have come to, added up."""

    faults: int = 0
    messages: int = 0
    evidence: int = 0
    afterwards: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    applied: Counter[str] = field(default_factory=Counter)
    officers: Counter[str] = field(default_factory=Counter)
    parts: Counter[str] = field(default_factory=Counter)
    skipped: dict[str, str] = field(default_factory=dict)
    started_again: list[str] = field(default_factory=list)
    round: int = 0
    memory: int = 0  # MB, the most after any round
    why: str = ""


def _part(told: Told, rounds: Sequence[Round], *, seed: int, no_space: str, keep: bool) -> None:
    """Play these rounds on new nodes; `told.why` says what does not hold."""
    folder = Path(tempfile.mkdtemp(prefix="ayni-f-"))
    began = time.monotonic()
    dear = [fault for each in rounds for _when, fault in each.dear]
    small = frozenset(fault.node for fault in dear if fault.kind in DISKS)
    stage = Stage(folder, say, seed=seed, small=small, no_space=no_space)
    try:
        stage.raise_up()
        say(f"the nodes run ({time.monotonic() - began:.0f} s)")
        for number, each in enumerate(rounds, 1):
            told.round = number
            with stage.timed("rounds"):
                stage.play(each)
            broken = stage.judge(everything=number == len(rounds))
            told.memory = max(told.memory, memory.megabytes(folder))
            told.faults += len(each)
            told.kinds.update(fault.kind.value for fault in each.network)
            told.kinds.update(fault.kind.value for _when, fault in each.dear)
            passed = f"{time.monotonic() - began:.0f} s"
            say(f"{told.faults} faults, {stage.summary()} ({passed})")
            if broken:
                told.why = "; ".join(str(one) for one in broken[:20])
                break
        told.officers.update(stage.done())
        _count(told, kinds(stage.books), long=planned(rounds) >= A_LONG_ONE)
        if not (told.why or keep):
            say("the nodes and their databases are removed, and all evidence is judged once more")
            told.why = stage.judge_afterwards()
    except Failed as wrong:
        told.why = str(wrong)
    finally:
        stage.strike_down()
        told.messages += stage.messages
        told.evidence += stage.court.verified
        told.afterwards += stage.court.afterwards
        told.parts.update(stage.seconds)
        told.skipped.update(stage.skipped)
        told.started_again += stage.started_again()
        if told.why:
            say(f"round {told.round} of SEED={seed} FAULTS={planned(rounds)}: {told.why}")
            tell_logs(stage.kept_logs())
        if keep or told.why:
            books = {code: asdict(own) for code, own in stage.books.items()}
            (folder / "books.json").write_text(json.dumps(books))
            say(f"kept in {folder}")
        if not keep:
            stage.remove(but=["evidence"] if told.why else [])
        if not (keep or told.why):
            shutil.rmtree(folder, ignore_errors=True)


def _count(told: Told, applied: Counter[str], *, long: bool) -> None:
    """Add up what has been applied; in a long run each kind of traffic has come to its end once."""
    told.applied.update(applied)
    absent = sorted(ENDS - applied.keys())
    long = long and os.environ["AYNI_FAULTS_TRAFFIC"] == ALL
    if long and absent and not told.why:
        told.why = f"never came: {', '.join(absent)}"


def planned(rounds: Sequence[Round]) -> int:
    """How many faults these rounds have."""
    return sum(len(each) for each in rounds)


def tell_logs(files: Sequence[Path]) -> None:
    """The end of each log, on standard error: for whoever sees nothing else of the machine."""
    for file in files:
        lines = file.read_text(errors="replace").splitlines()
        say(f"the end of {file.name} ({len(lines)} lines)")
        for line in telling(lines)[-_LINES:]:
            sys.stderr.write(f"    {line[:_WIDTH]}\n")
    sys.stderr.flush()


def main() -> int:
    """0 if every invariant held after every round."""
    options = _options()
    # Whoever ends the run ends the nodes, and removes what they leave.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.environ["AYNI_FAULTS_TRAFFIC"] = options.traffic
    no_space = spaces.enter("tests.faults.run", sys.argv[1:])
    first = int(options.seed or secrets.randbelow(10**6))
    wanted = tuple(Kind(name) for name in options.only.split(",") if name) or tuple(Kind)
    told, began, seed = Told(), time.monotonic(), first
    left = options.faults
    while left > 0 and not told.why:
        count = min(left, A_PART)
        rounds = plan(seed=seed, count=count, nodes=CODES, states=STATES, kinds=wanted)
        say(f"SEED={seed} FAULTS={count}: {len(rounds)} rounds")
        _part(told, rounds, seed=seed, no_space=no_space, keep=options.keep)
        left, seed = left - count, seed + 1
    seconds, used = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    answer = {
        "ok": not told.why,
        "seed": first,
        "failed_seed": seed - 1 if told.why else None,
        "failed_round": told.round if told.why else None,
        "faults": told.faults,
        "kinds": dict(sorted(told.kinds.items())),
        "skipped": told.skipped,
        "started_again": told.started_again,
        "traffic": options.traffic,
        "messages": told.messages,
        "applied": dict(sorted(told.applied.items())),
        "evidence": told.evidence,
        "evidence_afterwards": told.afterwards,
        "officers": dict(sorted(told.officers.items())),
        "parts": {name: round(spent, 1) for name, spent in told.parts.most_common()},
        "seconds": round(seconds, 1),
        # Of everything that has ended; what a killed supervisor left behind is not in it.
        "processor_seconds": round(used.ru_utime + used.ru_stime),
        "memory_mb": told.memory,
        "faults_per_second": round(told.faults / seconds, 2),
        "load": round(os.getloadavg()[2], 1),
        "why": told.why,
    }
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    return 1 if told.why else 0


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    raise SystemExit(main())
