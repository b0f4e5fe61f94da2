"""Two documents under one number: kept as evidence, told to people, refused."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import documents
from ayni.exchange.errors import Equivocation
from ayni.members import api as members

log = logging.getLogger("ayni.exchange")


@contextmanager
def two_truths(by: Actor, what: str, document: Mapping[str, Any], source: str) -> Iterator[None]:
    """Two documents with one number are recorded and told to people before they are refused."""
    try:
        yield
    except Equivocation as found:
        body = document["body"]
        log.error("equivocation", extra={"ids": {"what": what, "number": body["number"]}})
        with audit.act(
            by=by,
            verb="exchange.equivocation",
            subject=what,
            number=body["number"],
            digest=documents.digest(body),
        ):
            audit.keep_alarm(
                "two_key_sheets" if "node" in body else "two_directories",
                by=by,
                node=str(body.get("node", members.this_node())),
                source=source or members.this_node(),
                evidence=[dict(found.held), dict(document)],
                one_of=["number"],
            )
        raise
