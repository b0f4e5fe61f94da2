"""Logs hold ids only. A line is JSON with event, level, logger and ids."""

from __future__ import annotations

import json
import logging
from typing import Any


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
        return json.dumps(line, ensure_ascii=False)

    @staticmethod
    def _where(trace: Any) -> str:
        spots = []
        while trace is not None:
            code = trace.tb_frame.f_code
            spots.append(f"{code.co_qualname}:{trace.tb_lineno}")
            trace = trace.tb_next
        return " > ".join(spots[-6:])
