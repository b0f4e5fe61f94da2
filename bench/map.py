"""A map of South America with flows, drawn by a whole cold process; JSON on standard output.

Measured from the start of the interpreter to the end of the process, with the outline of the build
and a flow between every two states. Fails above `LIMIT` seconds of processor time; the `seconds` of
the clock say the same where `load` (processes that wait, per processor) is below 1.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 15
LIMIT = 0.3
OUTLINE = Path(__file__).resolve().parent.parent / "ayni" / "static_built" / "outline.json"
_DRAW = """
import sys
from pathlib import Path
from ayni.statistics.charts.choropleth import Choropleth
from ayni.statistics.charts.flows import Flow
from ayni.statistics.charts.outline import read_outline
from ayni.statistics.charts.svg import Frame
from ayni.statistics.charts.values import Hidden, Value, Words

codes = "AR BO BR CL CO EC PE PY UY VE".split()
values = {code: Value(str(n), n) for n, code in enumerate(codes, 1)}
flows = [Flow(a, b, Value("7", 7 + i)) for i, a in enumerate(codes) for b in codes if a != b]
outline = read_outline(Path(sys.argv[1]).read_text("utf-8"), codes)
drawn = Choropleth(
    Frame("map", "Map", "Map"), outline, {}, values, Value("-", hidden=Hidden.UNKNOWN),
    Words("m", "s", "u", "n"), str, "State", "Number", "From", "To", tuple(flows), str,
)
print(len(drawn.draw().encode()))
"""


def main() -> int:
    """0 within the limit."""
    wall, used, size = [], [], 0
    for _run in range(RUNS):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", _DRAW, str(OUTLINE)], capture_output=True, text=True, check=True
        )
        wall.append(time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        size = int(done.stdout)
    told = {
        "runs": RUNS,
        "seconds": round(statistics.median(wall), 3),
        "processor_seconds": round(statistics.median(used), 3),
        "load": round(os.getloadavg()[0] / (os.cpu_count() or 1), 1),
        "bytes": size,
        "limit": LIMIT,
    }
    sys.stdout.write(json.dumps(told) + "\n")
    return 0 if told["processor_seconds"] <= LIMIT else 1


if __name__ == "__main__":
    raise SystemExit(main())
