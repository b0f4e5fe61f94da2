"""The jobs that fetch what waits at the peers, where this node is set to."""

from __future__ import annotations

from django.conf import settings
from procrastinate.contrib.django import app

from ayni.exchange import chunk_fetching, fetching, trust

EVERY = 20  # seconds, of both jobs


@app.periodic(cron=f"* * * * * */{EVERY}", periodic_id="exchange.fetch_all")
@app.task(
    queue="exchange",
    name="exchange.fetch_all",
    lock="exchange.fetch_all",
    queueing_lock="exchange.fetch_all",
)
def fetch_all(timestamp: int) -> None:
    """Three times a minute, on a node that cannot be reached from outside."""
    if settings.AYNI_FETCHES and trust.directory_document() is not None:
        fetching.fetch_all()


@app.periodic(cron="* * * * * 7,27,47", periodic_id="exchange.fetch_chunks")
@app.task(
    queue="exchange",
    name="exchange.fetch_chunks",
    lock="exchange.fetch_chunks",
    queueing_lock="exchange.fetch_chunks",
)
def fetch_chunks(timestamp: int) -> None:
    """Three times a minute on such a node: chunks of attachments. No message waits for them."""
    if settings.AYNI_FETCHES and trust.directory_document() is not None:
        chunk_fetching.fetch_all()
