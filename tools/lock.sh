#!/usr/bin/env bash
# Writes the hashed requirements files; no address of a package index stands in them.
set -euo pipefail
cd "$(dirname "$0")/.."
options=(--universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header
         --no-annotate --python-version 3.11 --quiet)
.venv/bin/uv pip compile "${options[@]}" pyproject.toml -o requirements.txt
.venv/bin/uv pip compile "${options[@]}" --extra dev --extra observatory pyproject.toml -o requirements-dev.txt
.venv/bin/uv pip compile "${options[@]}" --extra observatory pyproject.toml -o requirements-observatory.txt
.venv/bin/uv pip compile "${options[@]}" --group fuzz -o requirements-fuzz.txt
.venv/bin/uv pip compile "${options[@]}" --group bench -o requirements-bench.txt
