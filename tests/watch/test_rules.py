"""The alert rules ask for what the node really tells."""

from __future__ import annotations

import re

from django.utils import translation
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from ayni.watch import api as watch
from ayni.watch.counted import count_request
from ayni.watch.exposition import exposition
from ayni.watch.metrics import METRICS

# Told by Prometheus itself about what it scrapes.
_OF_PROMETHEUS = {"up"}
_NAME = re.compile(r"\b(?:ayni_[a-z_]+|up)\b")


def _alerts() -> list[dict[str, object]]:
    (group,) = YAML(typ="safe").load(watch.rules())["groups"]
    return list(group["rules"])


def _told() -> set[str]:
    count_request(route="none", method="GET", status=500, seconds=0.1)
    readings = [watch.Reading(metric, "bo" if metric.each else "", 1.0) for metric in METRICS]
    text = exposition("ar", readings, []).decode()
    return {s.name for family in text_string_to_metric_families(text) for s in family.samples}


def test_every_rule_asks_for_metrics_that_the_node_tells() -> None:
    told = _told()
    for alert in _alerts():
        asked = set(_NAME.findall(re.sub(r'"[^"]*"', "", str(alert["expr"]))))
        assert asked
        assert asked <= told | _OF_PROMETHEUS, alert["alert"]


def test_every_bound_of_every_metric_has_one_alert() -> None:
    expressions = [str(alert["expr"]) for alert in _alerts()]
    for metric in METRICS:
        sign = "<=" if metric.bounds.falling else ">="
        for bound in (metric.bounds.look, metric.bounds.wrong):
            if bound is not None:
                assert expressions.count(f"{metric.name} {sign} {bound:g}") == 1
        wanted = sum(e.endswith(f" unless on (instance) {metric.name}") for e in expressions)
        assert wanted == metric.needed


def test_every_alert_has_a_name_of_its_own_a_severity_and_a_summary() -> None:
    alerts = _alerts()
    assert len({str(alert["alert"]) for alert in alerts}) == len(alerts)
    for alert in alerts:
        assert alert["labels"]["severity"] in {"warning", "critical"}  # type: ignore[index]
        assert alert["annotations"]["summary"]  # type: ignore[index]
        assert alert["annotations"]["description"]  # type: ignore[index]


def test_the_rules_are_the_same_whoever_writes_them() -> None:
    with translation.override("es"):
        spanish = watch.rules()
    assert spanish == watch.rules()
    assert "Run ayni backup make" in spanish


def test_a_value_that_is_not_known_stands_in_no_line() -> None:
    readings = [watch.Reading(metric, "", None) for metric in METRICS if not metric.each]
    text = exposition("ar", readings, []).decode()
    assert 'ayni_database_up{node="ar"} 1.0' in text
    assert "ayni_backup_age_seconds{" not in text


def test_while_the_database_does_not_answer_that_alone_is_told() -> None:
    text = exposition("ar", None, []).decode()
    assert 'ayni_database_up{node="ar"} 0.0' in text
    assert "ayni_worker" not in text
