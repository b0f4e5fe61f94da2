"""`make test-faults`: two states and the secretariat as real nodes, and everything that goes wrong.

`python -m tests.faults.run --faults 2000 --seed 7`. Without a seed one is drawn and printed; the
same seed plans the same faults. Ends with 1 at the first invariant that does not hold, and leaves
the folder with the logs then.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.faults import spaces
from tests.faults.nodes import Failed
from tests.faults.plan import Kind, plan
from tests.faults.stage import CODES, STATES, Stage


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.faults.run")
    parser.add_argument("--faults", type=int, default=2000)
    parser.add_argument("--seed", default="")
    parser.add_argument("--only", default="", help="kinds of faults, with commas; all without")
    parser.add_argument("--keep", action="store_true", help="keep the folder of the nodes")
    return parser.parse_args()


def say(sentence: str) -> None:
    """A line of progress, on standard error."""
    sys.stderr.write(f"faults: {sentence}\n")
    sys.stderr.flush()


def main() -> int:
    """0 if every invariant held after every round."""
    options = _options()
    no_space = spaces.enter("tests.faults.run", sys.argv[1:])
    seed = int(options.seed or secrets.randbelow(10**6))
    kinds = tuple(Kind(name) for name in options.only.split(",") if name) or tuple(Kind)
    rounds = plan(seed=seed, count=options.faults, nodes=CODES, states=STATES, kinds=kinds)
    say(f"SEED={seed} FAULTS={options.faults}: {len(rounds)} rounds")
    folder = Path(tempfile.mkdtemp(prefix="ayni-f-"))
    began, done = time.monotonic(), 0
    among = [fault for each in rounds for _when, fault in each.dear]
    small = frozenset(fault.node for fault in among if fault.kind is Kind.DISK)
    stage = Stage(folder, say, seed=seed, small=small, no_space=no_space)
    told = Counter(fault.kind.value for each in rounds for fault in each.network)
    told.update(fault.kind.value for each in rounds for _when, fault in each.dear)
    why: str = ""
    officers: dict[str, int] = {}
    try:
        stage.raise_up()
        say(f"the nodes run ({time.monotonic() - began:.0f} s)")
        for number, each in enumerate(rounds, 1):
            with stage.timed("rounds"):
                stage.play(each)
            broken = stage.judge(everything=number == len(rounds))
            done += len(each)
            passed = f"{time.monotonic() - began:.0f} s"
            say(f"{done} of {options.faults} faults, {stage.summary()} ({passed})")
            if broken:
                why = "; ".join(str(one) for one in broken[:20])
                break
        officers = stage.done()
    except Failed as wrong:
        why = str(wrong)
    finally:
        stage.strike_down()
        if options.keep or why:
            say(f"kept in {folder}")
        else:
            stage.remove()
            shutil.rmtree(folder, ignore_errors=True)
    answer = {
        "ok": not why,
        "seed": seed,
        "faults": done,
        "kinds": dict(sorted(told.items())),
        "skipped": stage.skipped,
        "messages": stage.messages,
        "evidence": stage.court.verified,
        "officers": officers,
        "parts": dict(stage.seconds.most_common()),
        "seconds": round(time.monotonic() - began, 1),
        "why": why,
    }
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    return 1 if why else 0


if __name__ == "__main__":
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)
    raise SystemExit(main())
