"""A line about an error names its class, our own places and the state of the database: no text."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

from django.db import connection, transaction

from ayni.config.logging import Line
from ayni.lib import zones


def _told(fail: Any) -> dict[str, Any]:
    try:
        fail()
    except Exception:  # noqa: BLE001 - whatever it raises is what is told
        record = logging.LogRecord("ayni.x", logging.ERROR, "", 1, "failed", (), sys.exc_info())
    found: dict[str, Any] = json.loads(Line().format(record))
    return found


def test_of_a_database_its_state_is_told_and_not_the_value(db: None) -> None:
    def fail() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("select 'a secret'::integer")

    told = _told(fail)

    assert (told["error"], told["sqlstate"]) == ("DataError", "22P02")
    assert "secret" not in json.dumps(told)


def test_the_place_is_ours_and_the_last_one() -> None:
    def fail() -> None:
        zones.city("Nowhere/None", object())  # type: ignore[arg-type]

    told = _told(fail)

    assert "sqlstate" not in told
    places = told["where"].split(" > ")
    assert places[0].startswith("city:")
    assert not any(place.startswith(("_told", "fail")) for place in places[:-1])
