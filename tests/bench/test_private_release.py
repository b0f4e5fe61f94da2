"""The benchmark of releases on a small invented table: from file to file, and its limits."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from ayni.statistics.privacy.domain import read_domain
from ayni.statistics.privacy.synthesis.encoding import decode
from bench import private_release, private_release_inside
from tests.statistics.privacy.invented import records


def test_a_release_goes_from_file_to_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    domain = read_domain("ctdc_shaped_1").of_years(private_release_inside.YEARS)
    true, out = tmp_path / "true.csv", tmp_path / "open.csv"
    private_release_inside._write(true, decode(domain, records(300, 1, domain)))

    private_release_inside.main(true, out, 1.0, 300)

    said = json.loads(capsys.readouterr().out)
    assert said["cells"] == sum(domain.cells(table) for table in domain.tables)
    assert 0.9 < said["intervals_hold"] <= 1
    with out.open(encoding="utf-8", newline="") as file:
        header, *rows = list(csv.reader(file))
    assert tuple(header) == domain.names
    assert abs(len(rows) - 300) < 150
    for name, values in zip(header, np.array(rows, object).T, strict=True):
        assert set(values) <= set(domain.column(name).values)


def test_what_lies_above_a_limit_is_named() -> None:
    good = {name: limit for name, limit in private_release.LIMITS.items()}
    found = {"50000": good | {"processor_seconds": 5.0}, "200000": {"processor_seconds": 9.0}}
    assert private_release._above(found) == []

    found["50000"]["tv_3"] = 0.02
    found["200000"]["processor_seconds"] = 11.0
    assert private_release._above(found) == ["tv_3", "processor_seconds of 200,000"]


def test_figures_of_several_runs_are_medians() -> None:
    runs = [{"a": value, "steps": {"b": value * 2}} for value in (3.0, 1.0, 2.0)]

    assert private_release._median(runs) == {"a": 2.0, "steps": {"b": 4.0}}
