"""Readings and counts in the text format that Prometheus reads (version 0.0.4 of its exposition
format), written by its own library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from ayni.exchange import api as exchange
from ayni.watch.counted import registry
from ayni.watch.readings import Reading

MESSAGES = "ayni_exchange_messages"
MESSAGES_TEXT = (
    "Messages between nodes, rounded up to tens: queued, waiting and set_aside now, the others on "
    "the last full day (UTC)"
)
MESSAGES_LABELS = ["node", "way", "state", "kind"]
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class _Readings(Collector):
    def __init__(
        self, node: str, readings: Sequence[Reading] | None, counts: Sequence[exchange.Counted]
    ) -> None:
        self._node = node
        self._readings = readings
        self._counts = counts

    def collect(self) -> Iterable[Metric]:
        answers = GaugeMetricFamily(
            "ayni_database_up", "Whether the database answered: 1 or 0", labels=["node"]
        )
        answers.add_metric([self._node], 0 if self._readings is None else 1)
        yield answers
        families: dict[str, GaugeMetricFamily] = {}
        for reading in self._readings or ():
            metric = reading.metric
            labels = ["node", "member"] if metric.each else ["node"]
            family = families.setdefault(
                metric.name, GaugeMetricFamily(metric.name, metric.text, labels=labels)
            )
            if reading.value is not None:
                values = [self._node, reading.member] if metric.each else [self._node]
                family.add_metric(values, reading.value)
        yield from families.values()
        yield self._messages()

    def _messages(self) -> Metric:
        family = GaugeMetricFamily(MESSAGES, MESSAGES_TEXT, labels=MESSAGES_LABELS)
        for row in self._counts:
            way = "sent" if row.sent else "received"
            family.add_metric([self._node, way, row.state, row.kind], row.count)
        return family


def exposition(
    node: str, readings: Sequence[Reading] | None, counts: Sequence[exchange.Counted]
) -> bytes:
    """All metrics as text. `readings`: None if the database did not answer. A value that is not
    known stands in no line: the rules ask for `absent` where there should be one."""
    own = CollectorRegistry()
    own.register(_Readings(node, readings, counts))
    return generate_latest(own) + generate_latest(registry())
