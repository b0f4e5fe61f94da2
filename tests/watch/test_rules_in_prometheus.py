"""The alert rules, tried by Prometheus itself (`promtool test rules`): each fires at its bound,
after its minutes, neither before nor short of it.

What promtool is not needed for is in test_rules.py.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ayni.watch import api as watch
from ayni.watch.metrics import METRICS, Metric

PROMTOOL = shutil.which("promtool")
pytestmark = pytest.mark.skipif(
    PROMTOOL is None, reason="no promtool; to run this: apt-get install prometheus"
)
NODE = {"instance": "127.0.0.1:8443", "job": "ayni", "node": "ar"}
OTHER = {**NODE, "instance": "127.0.0.2:8443", "node": "bo"}
ALERTS: dict[str, dict[str, Any]] = {
    alert["alert"]: alert for alert in YAML(typ="safe").load(watch.rules())["groups"][0]["rules"]
}
Test = dict[str, Any]


def _series(name: str, values: str, **labels: str) -> dict[str, str]:
    told = ",".join(f"{key}={json.dumps(value)}" for key, value in labels.items())
    return {"series": f"{name}{{{told}}}", "values": values}


def _asked(name: str, minutes: int, *firing: dict[str, str]) -> Test:
    """What is expected of one alert after so many minutes: it fires for each of these labels."""
    alert = ALERTS[name]
    expected = [
        {"exp_labels": {**labels, **alert["labels"]}, "exp_annotations": alert["annotations"]}
        for labels in firing
    ]
    return {"eval_time": f"{minutes}m", "alertname": name, "exp_alerts": expected}


def _metric_tests(metric: Metric) -> Iterator[Test]:
    camel = "".join(part.capitalize() for part in metric.name.split("_"))
    labels = {**NODE, "member": "bo"} if metric.each else NODE
    after = metric.bounds.minutes
    for level, bound in (("Look", metric.bounds.look), ("Wrong", metric.bounds.wrong)):
        if bound is None:
            continue
        name = f"{camel}{level}"
        better = bound * (1.01 if metric.bounds.falling else 0.99)
        yield {
            "interval": "1m",
            "input_series": [_series(metric.name, f"{bound}x{after + 1}", **labels)],
            "alert_rule_test": [_asked(name, after - 1), _asked(name, after, labels)],
        }
        yield {
            "interval": "1m",
            "input_series": [_series(metric.name, f"{better}x{after + 9}", **labels)],
            "alert_rule_test": [_asked(name, after + 8)],
        }
    if metric.needed:
        # Two nodes: one tells the value, the other does not, and is named.
        up = [_series("ayni_database_up", "1x70", **each) for each in (NODE, OTHER)]
        good = metric.bounds.look or 1
        yield {
            "interval": "1m",
            "input_series": [*up, _series(metric.name, f"{good}x70", **NODE)],
            "alert_rule_test": [
                _asked(f"{camel}Unknown", 59),
                _asked(f"{camel}Unknown", 61, OTHER),
            ],
        }


def _own_tests() -> Iterator[Test]:
    scraped = {key: NODE[key] for key in ("instance", "job")}
    for name, metric, labels in (
        ("AyniNodeDown", "up", scraped),
        ("AyniDatabaseDown", "ayni_database_up", NODE),
    ):
        yield {
            "interval": "1m",
            "input_series": [_series(metric, "1x3 0x5", **labels)],
            "alert_rule_test": [_asked(name, 5), _asked(name, 6, labels)],
        }


def _request_tests() -> Iterator[Test]:
    """Of two nodes one fails and is slow; a probe every few seconds hides neither."""
    where = {"instance": NODE["instance"]}
    pages = {**scraped_of(NODE), "route": "desk:home"}
    probes = {**scraped_of(NODE), "route": "health"}
    fine = {**scraped_of(OTHER), "route": "desk:home"}
    yield {
        "interval": "1m",
        "input_series": [
            _series("ayni_requests_total", "0+49x40", **pages, answer="2xx"),
            _series("ayni_requests_total", "0+1x40", **pages, answer="5xx"),
            _series("ayni_requests_total", "0+600x40", **probes, answer="2xx"),
            _series("ayni_requests_total", "0+500x40", **fine, answer="2xx"),
        ],
        "alert_rule_test": [_asked("AyniErrors", 2), _asked("AyniErrors", 20, where)],
    }
    yield {
        "interval": "1m",
        "input_series": [
            *_took(NODE, {"0.5": 8, "1.0": 9, "2.5": 10, "+Inf": 10}),
            *_took(OTHER, {"0.5": 100, "1.0": 100, "2.5": 100, "+Inf": 100}),
        ],
        "alert_rule_test": [_asked("AyniSlow", 5), _asked("AyniSlow", 30, where)],
    }


def scraped_of(labels: dict[str, str]) -> dict[str, str]:
    """The labels that Prometheus itself gives."""
    return {key: labels[key] for key in ("instance", "job")}


def _took(labels: dict[str, str], per_minute: dict[str, int]) -> Iterator[dict[str, str]]:
    for le, count in per_minute.items():
        told = {**scraped_of(labels), "method": "GET", "le": le}
        yield _series("ayni_request_seconds_bucket", f"0+{count}x40", **told)


def test_every_alert_fires_at_its_bound_after_its_minutes_and_not_before(tmp_path: Path) -> None:
    tests = [*_own_tests(), *_request_tests()]
    for metric in METRICS:
        tests.extend(_metric_tests(metric))
    asked = {each["alertname"] for test in tests for each in test["alert_rule_test"]}
    assert asked == set(ALERTS), "every alert is tried"
    assert _tried(tmp_path, tests) == (0, "")


def test_the_trial_itself_can_fail(tmp_path: Path) -> None:
    test = next(iter(_own_tests()))
    test["alert_rule_test"] = [_asked("AyniNodeDown", 2, scraped_of(NODE))]
    code, said = _tried(tmp_path, [test])
    assert code == 1
    assert "AyniNodeDown" in said


def test_prometheus_takes_the_file_of_rules(tmp_path: Path) -> None:
    (tmp_path / "alerts.yml").write_text(watch.rules())
    done = subprocess.run(
        [str(PROMTOOL), "check", "rules", str(tmp_path / "alerts.yml")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"{len(ALERTS)} rules found" in done.stdout


def _tried(folder: Path, tests: list[Test]) -> tuple[int, str]:
    """Exit code of promtool and what it says was wrong."""
    (folder / "alerts.yml").write_text(watch.rules())
    told = {"rule_files": ["alerts.yml"], "evaluation_interval": "1m", "tests": tests}
    (folder / "tests.yml").write_text(json.dumps(told))
    done = subprocess.run(
        [str(PROMTOOL), "test", "rules", "tests.yml"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    said = done.stdout + done.stderr
    return done.returncode, "" if done.returncode == 0 else said
