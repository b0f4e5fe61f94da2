"""Alert rules of Prometheus, written from the table of metrics: in English, as it writes itself."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from django.utils import translation
from ruamel.yaml import YAML

from ayni.lib.errors import Text
from ayni.watch.counted import MACHINES
from ayni.watch.metrics import METRICS, Metric

_HEAD = """# Alert rules of an Ayni node for Prometheus (rule_files). Generated from
# ayni/watch/metrics.py; `make check` fails when it is stale. How to set it up: docs/how-to/watch.md
"""


_PEOPLE = f'route!~"{"|".join(MACHINES)}"'


def _alert(
    name: str, expression: str, minutes: int, severity: str, text: str, advice: Text
) -> dict[str, Any]:
    with translation.override("en"):
        to_do = str(advice)
    return {
        "alert": name,
        "expr": expression,
        "for": f"{minutes}m",
        "labels": {"severity": severity},
        "annotations": {"summary": text, "description": to_do},
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
            yield _alert(
                f"{name}{level}", expression, bounds.minutes, severity, metric.text, metric.advice
            )
    if metric.needed:
        # Not `absent(…)`: one node that tells it would hide another that does not.
        expression = f"ayni_database_up == 1 unless on (instance) {metric.name}"
        unknown = f"Not known: {metric.text}"
        yield _alert(f"{name}Unknown", expression, 60, "warning", unknown, metric.advice)


def rules() -> str:
    """The file of rules, as YAML. One alert for each bound of each metric; a value that should be
    there and is not is an alert as well, and so is a node that does not answer at all."""
    alerts = [
        _alert(
            "AyniNodeDown", 'up{job="ayni"} == 0', 2, "critical",
            "The node does not answer: nobody can ask it for help",
            "See whether its machine runs and has a network, then look at the log of the service "
            "ayni; ayni node check says in sentences what is wrong.",
        ),
        _alert(
            "AyniDatabaseDown", "ayni_database_up == 0", 2, "critical",
            "The database does not answer",
            "See whether PostgreSQL runs and its disk has room; ayni node check says more.",
        ),
        _alert(
            "AyniErrors",
            f'sum by (instance) (rate(ayni_requests_total{{{_PEOPLE},answer="5xx"}}[5m])) '
            f"/ sum by (instance) (rate(ayni_requests_total{{{_PEOPLE}}}[5m])) > 0.01",
            5, "critical", "More than one answer in a hundred is an error",
            "Look in the web process's log for the name of the error and report it to those who "
            "maintain Ayni.",
        ),
        _alert(
            "AyniSlow",
            "histogram_quantile(0.95, "
            "sum by (instance, le) (rate(ayni_request_seconds_bucket[10m]))) > 1",
            10, "warning", "One page in twenty takes longer than a second",
            "See what else the machine does; more processors or a second web server help.",
        ),
        *(alert for metric in METRICS for alert in _of(metric)),
    ]  # fmt: skip
    groups = {"groups": [{"name": "ayni", "rules": alerts}]}
    out = io.StringIO()
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 4096  # an expression on one line can be searched for
    yaml.dump(groups, out)
    return _HEAD + out.getvalue()
