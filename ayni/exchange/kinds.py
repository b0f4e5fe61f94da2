"""Kinds of messages: declared by rooms; `exchange` knows their schema, not their meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema

from ayni.exchange.errors import Malformed


@dataclass(frozen=True, slots=True)
class MessageKind:
    """`schema` is a JSON Schema of the whole payload. With `personal`, all personal values stand
    under the payload's name `data`, whose names are the fields that the grant must cover."""

    name: str
    personal: bool
    schema: Mapping[str, Any]
    largest: int = 262_144

    def check(self, payload: Mapping[str, Any]) -> None:
        """Raise `Malformed` unless the payload is of this kind's schema; names the place only."""
        try:
            jsonschema.validate(dict(payload), self.schema)
        except jsonschema.ValidationError as wrong:
            place = "/".join(str(part) for part in wrong.absolute_path)
            raise Malformed(f"{self.name}: {place or 'payload'}: {wrong.validator}") from None

    def fields(self, payload: Mapping[str, Any]) -> frozenset[str]:
        """The names of the personal fields in a payload."""
        data = payload.get("data", {}) if self.personal else {}
        return frozenset(data)
