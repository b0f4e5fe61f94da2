"""`make bench-disclosure`: the classical mode on 30 tables of 50,000 invented records. Prints JSON.

The records are those of the yardstick of the design (`ctdc_like.py`: seeded, invented, 24 columns).
Seconds are medians, of processor time beside those of the clock.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import statistics
import sys
import time
import types
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ayni.statistics.disclosure import checking
from ayni.statistics.disclosure.cell_key import CellKey, perturb, record_key
from ayni.statistics.disclosure.rounding import Rounded, Rounding, round_release
from ayni.statistics.disclosure.suppressing import Full, Suppression, suppress
from ayni.statistics.disclosure.tables import Counts, Release, Table, Variable
from ayni.statistics.disclosure.withholding import withhold

YARDSTICK = Path(__file__).resolve().parents[2] / "shared" / "bench" / "ctdc_like.py"
_Y, _G, _A, _C = "yearOfRegistration", "gender", "ageBroad", "citizenship"
_E, _S = "CountryOfExploitation", "registeringState"
_L, _X, _R, _W = "isForcedLabour", "isSexualExploit", "recruiterRelation", "typeOfLabour"
# Six of one variable, 18 of two and six of three: what a yearbook of the platform would show.
TABLES: tuple[tuple[str, ...], ...] = (
    (_Y,), (_G,), (_A,), (_C,), (_E,), (_S,),
    (_Y, _G), (_Y, _A), (_Y, _C), (_Y, _E), (_Y, _S), (_Y, _L), (_Y, _X), (_G, _A), (_G, _C),
    (_G, _E), (_G, _S), (_A, _C), (_A, _E), (_C, _E), (_A, _R), (_G, _W), (_E, _W), (_C, _R),
    (_G, _A, _X), (_G, _A, _L), (_Y, _G, _A), (_S, _G, _A), (_C, _G, _X), (_E, _G, _L),
)  # fmt: skip


def columns(size: int) -> dict[str, list[str]]:
    """The yardstick's columns. It asks pandas for a frame only to hold them; without pandas a plain
    dictionary holds them."""
    known = sys.modules.get("pandas")
    if importlib.util.find_spec("pandas") is None:
        stand_in = types.ModuleType("pandas")
        stand_in.DataFrame = dict  # type: ignore[attr-defined]
        sys.modules["pandas"] = stand_in
    try:
        spec = importlib.util.spec_from_file_location("ctdc_like", YARDSTICK)
        if spec is None or spec.loader is None:
            raise FileNotFoundError(YARDSTICK)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        frame = module.gen(size)
        return {name: [str(value) for value in frame[name]] for name in frame}
    finally:
        if known is None:
            sys.modules.pop("pandas", None)


def proposed(held: dict[str, list[str]]) -> Release:
    """The 30 tables over the values that the yardstick can draw."""
    over = {name: Variable(name, tuple(sorted(set(values)))) for name, values in held.items()}
    # Ten variables in a circle have more combinations than can be attacked together. Only here are
    # they left open (`joint`): a release that is proposed cannot declare that, and is refused.
    return Release(over, tuple(Table(" x ".join(by), by) for by in TABLES), joint=())


def timed(work: Callable[[], Any], rounds: int) -> tuple[Any, dict[str, float]]:
    """What the work gave last, and its medians in seconds."""
    spent, passed, found = [], [], None
    for _round in range(rounds):
        here, now = time.process_time(), time.perf_counter()
        found = work()
        spent.append(time.process_time() - here)
        passed.append(time.perf_counter() - now)
    return found, {
        "processor_s": round(statistics.median(spent), 3),
        "clock_s": round(statistics.median(passed), 3),
    }


def measure(size: int, rounds: int) -> dict[str, Any]:
    """Each method and its check over the same tables."""
    held = columns(size)
    release = proposed(held)
    counts = Counts(release.over, held)
    true = counts.all(release.cells())
    keys = [record_key() for _record in range(size)]
    told: dict[str, Any] = {
        "records": size,
        "tables": len(release.tables),
        "inner_cells": sum(len(each.inner(release.over)) for each in release.tables),
        "cells_with_margins": len(true),
        "below_threshold": sum(0 < count < 10 for count in true.values()),
    }
    suppression = Suppression(full=Full.HIDDEN)
    methods: tuple[tuple[str, Any, Callable[[], Any]], ...] = (
        ("suppression", suppression, lambda: suppress(release, counts, suppression)),
        ("rounding_3", Rounding(3), lambda: _rounded(release, counts, Rounding(3))),
        ("rounding_5", Rounding(5), lambda: _rounded(release, counts, Rounding(5))),
        ("cell_key", CellKey(full=Full.SHOWN),
         lambda: perturb(release, counts, keys, CellKey(full=Full.SHOWN))),
    )  # fmt: skip
    for name, rules, work in methods:
        done, took = timed(work, rounds)
        verdict, checked = timed(
            lambda done=done, rules=rules: checking.check_tables(release, done, rules, counts),
            rounds,
        )
        apart = [abs(done.values[c] - true[c]) for c in true if done.values[c] is not None]
        told[name] = {
            "made": took,
            "checked": checked,
            "allowed": verdict.allowed,
            "reasons": dict(Counter(each.code for each in verdict.refusals)),
            "shown": len(apart),
            "not_shown": len(true) - len(apart),
            "mean_absolute_error": round(statistics.mean(apart), 3),
        }
        if name == "suppression":
            told[name]["hidden"] = dict(Counter(why.value for why in done.hidden.values()))
    told["largest_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return told


def _rounded(release: Release, counts: Counts, rules: Rounding) -> Rounded:
    return withhold(release, round_release(release, counts, rules), rules, counts)


def main() -> int:
    """0 when every method gave tables that its check allows."""
    parser = argparse.ArgumentParser(prog="bench.disclosure")
    parser.add_argument("--records", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    found = measure(options.records, options.rounds)
    sys.stdout.write(json.dumps(found, indent=2) + "\n")
    names = ("suppression", "rounding_3", "rounding_5", "cell_key")
    return 0 if all(found[name]["allowed"] for name in names) else 1


if __name__ == "__main__":
    raise SystemExit(main())
