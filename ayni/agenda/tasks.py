"""Every few minutes this node asks for documents of meetings that it lacks."""

from __future__ import annotations

from procrastinate.contrib.django import app

from ayni.agenda import fetching_documents
from ayni.audit import api as audit
from ayni.lib import clock


@app.periodic(cron="*/5 * * * *", periodic_id="agenda.fetch_documents")
@app.task(
    queue="exchange",
    name="agenda.fetch_documents",
    lock="agenda.fetch_documents",
    queueing_lock="agenda.fetch_documents",
)
def fetch_documents(timestamp: int) -> None:
    """Ask the others for what is named here and missing; remove what nothing names any more."""
    by = audit.job("agenda.fetch_documents")
    fetching_documents.ask_for_missing(by=by, now=clock.now())
