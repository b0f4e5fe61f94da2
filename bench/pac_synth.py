"""pac-synth 0.0.8 on the same table, for `bench.private_release`; in an environment of its own."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import pacsynth
import pandas


def main(true: Path, out: Path, epsilon: float) -> None:
    """Combinations up to three columns, balanced accuracy and fabrication, delta = 1 / (n ln n)."""
    frame = pandas.read_csv(true, dtype=str, keep_default_na=False)
    parameters = (
        pacsynth.DpAggregateSeededParametersBuilder()
        .reporting_length(3)
        .epsilon(epsilon)
        .delta(1 / (len(frame) * math.log(len(frame))))
        .accuracy_mode(pacsynth.AccuracyMode.balanced())
        .fabrication_mode(pacsynth.FabricationMode.balanced())
        .empty_value("")
        .build()
    )
    synthesizer = pacsynth.DpAggregateSeededSynthesizer(parameters)
    synthesizer.fit(pacsynth.Dataset.from_data_frame(frame))
    rows = synthesizer.sample(len(frame))
    found = pacsynth.Dataset.raw_data_to_data_frame(rows) if isinstance(rows, list) else rows
    found.to_csv(out, index=False)
    sys.stdout.write(json.dumps({"records": len(found)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]))
