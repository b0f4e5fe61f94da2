"""Logs hold ids only. A line is JSON with event, level, logger and ids."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

_OURS = str(Path(__file__).resolve().parent.parent)


class IdsOnly(logging.Filter):
    """Removes what Python's records may carry of a request or of local variables."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Keep the record, without the request and without arguments of foreign loggers."""
        for name in ("request", "sql", "params", "alias"):
            if hasattr(record, name):
                delattr(record, name)
        return True


class Line(logging.Formatter):
    """One JSON object a line. Of an exception: the class and where, never the text or values."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as a line."""
        line: dict[str, Any] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.msg if record.name.startswith("ayni") else record.name,
        }
        ids = getattr(record, "ids", None)
        if isinstance(ids, dict):
            line.update({key: str(value) for key, value in ids.items()})
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["where"] = self._where(record.exc_info[2])
            state = self._sqlstate(record.exc_info[1])
            if state:
                line["sqlstate"] = state
        return json.dumps(line, ensure_ascii=False)

    @staticmethod
    def _where(trace: Any) -> str:
        """The last places in our own code, and the one that raised it."""
        own, last = [], ""
        while trace is not None:
            code = trace.tb_frame.f_code
            last = f"{code.co_qualname}:{trace.tb_lineno}"
            if code.co_filename.startswith(_OURS):
                own.append(last)
            trace = trace.tb_next
        return " > ".join(own[-6:] if own[-1:] == [last] else [*own[-5:], last])

    @staticmethod
    def _sqlstate(error: BaseException | None) -> str:
        """The five signs with which a database says what was wrong; no text and no value."""
        for each in (error, getattr(error, "__cause__", None)):
            state = getattr(each, "sqlstate", None)
            if state:
                return str(state)
        return ""
