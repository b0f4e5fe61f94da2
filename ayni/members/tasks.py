"""Jobs of members."""

from __future__ import annotations

from django.contrib.sessions.backends.db import SessionStore
from procrastinate.contrib.django import app


@app.periodic(cron="22 * * * *", periodic_id="members.drop_sessions")
@app.task(queueing_lock="members.drop_sessions", name="members.drop_sessions", pass_context=False)
def drop_sessions(timestamp: int) -> None:
    """Every hour: remove sessions that are over. Also of those who began to sign in at their
    ministry and never came back, whom nobody knows."""
    SessionStore.clear_expired()
