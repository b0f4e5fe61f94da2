"""One command runs the observatory's benchmarks and says which target is missed beyond noise."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bench import dashboard, measuring, observatory
from bench.observatory import PARTS, Part, Target, measured, medians, missed

TIME = Target("seconds", "time", 10.0, lambda found: found["wall"], lambda found: found["own"])
ERROR = Target("error", "error", 1.0, lambda found: found["error"])


@pytest.mark.parametrize(
    ("wall", "own", "standing"),
    [(10.0, 9.0, "met"), (10.9, 10.9, "noise"), (30.0, 9.0, "busy"), (30.0, 12.0, "missed")],
)
def test_a_time_is_missed_only_where_the_program_itself_took_it(
    wall: float, own: float, standing: str
) -> None:
    assert TIME.judged({"wall": wall, "own": own})["standing"] == standing


@pytest.mark.parametrize(("error", "standing"), [(1.0, "met"), (1.04, "noise"), (1.06, "missed")])
def test_an_error_is_missed_beyond_the_declared_noise(error: float, standing: str) -> None:
    assert ERROR.judged({"error": error})["standing"] == standing


def test_figures_are_medians_and_words_stay() -> None:
    runs = [{"a": n, "b": {"c": 2 * n}, "ok": True, "d": "x"} for n in (3, 1, 2)]

    assert medians(runs) == {"a": 2, "b": {"c": 4}, "ok": True, "d": "x"}


def _ran(root: Path, says: str, code: int = 0) -> dict[str, Any]:
    (root / "one.py").write_text(f"import sys\nprint({says!r})\nsys.exit({code})\n")
    return measured("one", Part(("one",), ("one",), (ERROR,)), quick=False, root=root)


def test_a_benchmark_that_misses_or_breaks_off_is_named(tmp_path: Path) -> None:
    good = _ran(tmp_path, '{"error": 0.5}', 1)
    bad = _ran(tmp_path, '{"error": 2}')
    broken = _ran(tmp_path, "no JSON", 3)

    assert missed({"a": good, "b": bad, "c": broken}) == ["b: error", "c: exit code 3, no JSON"]


def test_what_needs_a_file_that_is_not_here_is_left_out_and_told(tmp_path: Path) -> None:
    part = Part(("one",), ("one",), needs=(tmp_path / "none.xlsx",))

    assert measured("a", part, quick=False) == {"left_out": f"not here: {tmp_path / 'none.xlsx'}"}


def test_pac_synth_runs_beside_the_private_release_unless_it_is_left_out() -> None:
    whole, without = observatory.asked([]), observatory.asked(["--without-pac-synth"])

    assert observatory.with_pac_synth(whole)
    assert whole.pac_synth == "4"
    assert not observatory.with_pac_synth(without)
    assert not observatory.with_pac_synth(observatory.asked(["--quick"]))
    assert not observatory.with_pac_synth(observatory.asked(["--only", "map"]))


def test_every_part_is_a_module_that_there_is_or_is_left_out() -> None:
    for part in PARTS.values():
        module = Path(observatory.ROOT, *part.line[0].split(".")).with_suffix(".py")
        assert module.is_file() or module in part.needs


def test_the_slowest_page_of_the_dashboard_is_judged() -> None:
    def page(clock: float, processor: float, slow: float) -> dict[str, float]:
        return {"p95_ms": clock, "processor_ms": processor, "p95_processor_ms": slow}

    pages = {
        "statistician": {"region": page(120.0, 90.0, 95.0)},
        # Its slow ones are slow of themselves, though most are not.
        "officer": {"state": page(350.0, 200.0, 340.0)},
    }
    (target,) = PARTS["dashboard"].targets

    assert target.judged({"pages": pages})["standing"] == "missed"
    pages["officer"]["state"] = page(350.0, 200.0, 230.0)
    assert target.judged({"pages": pages})["standing"] == "busy"
    del pages["officer"]
    assert target.judged({"pages": pages})["standing"] == "met"


def test_processor_time_of_a_page_counts_the_processes_of_the_database() -> None:
    """A child of this process stands for the database's."""

    def get(_path: str) -> None:
        work = "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"
        child = subprocess.Popen([sys.executable, "-c", work + "\ninput()"], stdin=subprocess.PIPE)
        children.append(child)
        while measuring.database_seconds() < before + 0.3:
            time.sleep(0.05)

    before = measuring.database_seconds()
    children: list[subprocess.Popen[bytes]] = []
    took, spent = dashboard._asked_once(get, "/")
    for child in children:
        child.communicate(b"\n")
    assert took > 0
    assert spent >= 280
