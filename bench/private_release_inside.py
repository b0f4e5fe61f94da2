"""One release for `bench.private_release`: records in a CSV file in, open records in another out.

Prints processor seconds of each step and how far the published tables are from the true counts.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

from ayni.statistics.privacy.domain import read_domain
from ayni.statistics.privacy.synthesis import encoding, measuring, planning, release

YEARS = range(2017, 2025)  # of the invented register: a release measures the years that it declares


def _read(name: Path) -> dict[str, list[str]]:
    with name.open(newline="", encoding="utf-8") as file:
        rows = csv.reader(file)
        header = next(rows)
        columns: list[list[str]] = [[] for _ in header]
        for row in rows:
            for column, value in zip(columns, row, strict=True):
                column.append(sys.intern(value))
    return dict(zip(header, columns, strict=True))


def _write(name: Path, columns: dict[str, list[str]]) -> None:
    with name.open("w", newline="", encoding="utf-8") as file:
        write = csv.writer(file)
        write.writerow(columns)
        write.writerows(zip(*columns.values(), strict=True))


def _errors(
    encoded: encoding.Encoded, found: measuring.Measurements, made: release.Release
) -> dict[str, float]:
    """Mean absolute errors over the cells of the published tables: as published, and of the noisy
    counts alone, not below 0; and how often an interval holds the true count."""
    published, noisy, held = [], [], []
    for table in made.tables:
        true = encoding.counted(encoded.domain, encoded.codes, table.columns)
        published.append(np.abs(table.counts - true).ravel())
        noisy.append(np.abs(np.maximum(found.counts[table.columns], 0) - true).ravel())
        held.append(((table.low <= true) & (true <= table.high)).ravel())
    return {
        "published_error": round(float(np.concatenate(published).mean()), 2),
        "noisy_error": round(float(np.concatenate(noisy).mean()), 2),
        "intervals_hold": round(float(np.concatenate(held).mean()), 3),
        "cells": sum(len(part) for part in published),
    }


def main(true: Path, out: Path, epsilon: float, bound: int) -> None:
    """A release of the records in `true` for this epsilon and declared bound, written to `out`."""
    steps: dict[str, float] = {}
    began = time.process_time()

    def step(name: str, value: Any) -> Any:
        nonlocal began
        now = time.process_time()
        steps[name], began = round(now - began, 2), now
        return value

    domain = read_domain("ctdc_shaped_1").of_years(YEARS)
    columns = step("read", _read(true))
    encoded = step("encode", encoding.encode(domain, columns))
    plan = planning.plan(domain, epsilon=epsilon, bound=bound)
    found = step("measure", measuring.measure(encoded, plan))
    made = step("model_and_records", release.build(found, release.new_seed()))
    _write(out, encoding.decode(domain, made.codes))
    step("write", None)
    answer = _errors(encoded, found, made) | {"rho": plan.rho, "steps": steps}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4]))
