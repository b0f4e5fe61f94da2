"""What every benchmark of pages needs: sessions of officers, and one request at a time."""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any


def say(text: str) -> None:
    """Progress, to standard error."""
    sys.stderr.write(f"bench: {text}\n")
    sys.stderr.flush()


def sessions(officers: Sequence[Any]) -> list[str]:
    """The keys of new sessions, one for each officer, as if each had signed in."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from ayni.config import second_step

    keys = []
    for officer in officers:
        session = SessionStore()
        session[SESSION_KEY] = str(officer.pk)
        session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
        session[HASH_SESSION_KEY] = officer.get_session_auth_hash()
        second_step.mark_passed(session, officer)
        session.create()
        keys.append(str(session.session_key))
    return keys


def database_seconds() -> float:
    """Processor time so far of the database's processes, all of them children of this one."""
    parents, ticks = {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue  # it ended meanwhile
        parents[int(folder.name)] = int(fields[1])
        ticks[int(folder.name)] = int(fields[11]) + int(fields[12])
    ours = {os.getpid()}
    for _ in range(len(parents)):
        more = {child for child, parent in parents.items() if parent in ours} - ours
        if not more:
            break
        ours |= more
    ours.discard(os.getpid())
    return sum(ticks[process] for process in ours) / os.sysconf("SC_CLK_TCK")


def one_at_a_time(ask: Callable[[int], Any], count: int) -> dict[str, float]:
    """Median time, and processor time of this process and the database, in milliseconds."""
    for number in range(10):
        ask(number)
    times, spent = [], time.process_time() + database_seconds()
    for number in range(count):
        began = time.perf_counter()
        ask(number)
        times.append(time.perf_counter() - began)
    processor = (time.process_time() + database_seconds() - spent) / count
    return {
        "median_ms": round(statistics.median(times) * 1000, 2),
        "processor_ms": round(processor * 1000, 2),
    }


def signed_in(host: str, session: str) -> Callable[[str], Any]:
    """Asks for a page as the officer of a session, inside this process. Its answer raises
    RuntimeError for any page that is not shown. What the door has counted is forgotten each time:
    one after the other without a pause is faster than it lets an officer ask."""
    from django.conf import settings
    from django.test import Client

    from ayni.config.slowing import OFFICERS

    client = Client(HTTP_HOST=host)
    client.cookies[settings.SESSION_COOKIE_NAME] = session

    def get(path: str) -> Any:
        answer = client.get(path)
        OFFICERS.forget()
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answers {answer.status_code}")
        return answer

    return get


def each_page(
    get: Callable[[str], Any], paths: Mapping[str, str], count: int
) -> dict[str, dict[str, float]]:
    """`one_at_a_time` for each of some pages; `paths`: name in the result -> address."""
    return {name: one_at_a_time(partial(_same, get, path), count) for name, path in paths.items()}


def _same(get: Callable[[str], Any], path: str, _number: int) -> Any:
    return get(path)
