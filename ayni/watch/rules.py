"""Alert rules of Prometheus, written from the table of metrics. Pure."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML

from ayni.watch.metrics import METRICS, Metric

_HEAD = """# Alert rules of an Ayni node for Prometheus (rule_files). Generated from
# ayni/watch/metrics.py; `make check` fails when it is stale. How to set it up: docs/how-to/watch.md
"""


def _alert(name: str, expression: str, minutes: int, severity: str, text: str) -> dict[str, Any]:
    return {
        "alert": name,
        "expr": expression,
        "for": f"{minutes}m",
        "labels": {"severity": severity},
        "annotations": {"summary": text},
    }


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _of(metric: Metric) -> Iterator[dict[str, Any]]:
    bounds, name = metric.bounds, _camel(metric.name)
    sign = "<=" if bounds.falling else ">="
    for level, bound, severity in (
        ("Look", bounds.look, "warning"),
        ("Wrong", bounds.wrong, "critical"),
    ):
        if bound is not None:
            expression = f"{metric.name} {sign} {bound:g}"
            yield _alert(f"{name}{level}", expression, bounds.minutes, severity, metric.text)
    if metric.needed:
        expression = f"absent({metric.name}) and on() (ayni_database_up == 1)"
        yield _alert(f"{name}Unknown", expression, 60, "warning", f"Not known: {metric.text}")


def rules() -> str:
    """The file of rules, as YAML. One alert for each bound of each metric; a value that should be
    there and is not is an alert as well, and so is a node that does not answer at all."""
    alerts = [
        _alert(
            "AyniNodeDown", 'up{job="ayni"} == 0', 2, "critical",
            "The node does not answer: nobody can ask it for help",
        ),
        _alert(
            "AyniDatabaseDown", "ayni_database_up == 0", 2, "critical",
            "The database does not answer",
        ),
        _alert(
            "AyniErrors",
            'sum(rate(ayni_requests_total{answer="5xx"}[5m])) '
            "/ sum(rate(ayni_requests_total[5m])) > 0.01",
            5, "critical", "More than one answer in a hundred is an error",
        ),
        _alert(
            "AyniSlow",
            "histogram_quantile(0.95, sum by (le) (rate(ayni_request_seconds_bucket[10m]))) > 1",
            10, "warning", "One page in twenty takes longer than a second",
        ),
        *(alert for metric in METRICS for alert in _of(metric)),
    ]  # fmt: skip
    groups = {"groups": [{"name": "ayni", "rules": alerts}]}
    out = io.StringIO()
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 4096  # an expression on one line can be searched for
    yaml.dump(groups, out)
    return _HEAD + out.getvalue()
