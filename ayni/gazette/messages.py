"""Kinds of messages by which what is published travels: entries, and what a node holds of them."""

from __future__ import annotations

from ayni.exchange.api import MessageKind
from ayni.gazette import index_rules
from ayni.gazette.rules import DIGEST, DOCUMENT, NODE, closed

# Entries as their owners signed them: a new one from its owner, or any that the receiver lacks.
ENTRIES = MessageKind(
    name="gazette.entries",
    personal=False,
    about_person=False,
    schema=closed(
        entries={
            "type": "array",
            "minItems": 1,
            "maxItems": index_rules.MOST_SENT,
            "items": DOCUMENT,
        }
    ),
    largest=524_288,
)
# Once a day: for each owner the sum over what the sender holds of it. `answer`: tell yours as well.
INDEX = MessageKind(
    name="gazette.index",
    personal=False,
    about_person=False,
    schema=closed(
        answer={"type": "boolean"},
        owners={
            "type": "object",
            "maxProperties": 20,
            "propertyNames": NODE,
            "additionalProperties": DIGEST,
        },
    ),
)
# What the sender holds of one owner, of the digests that begin so. `answer`: send what I lack, and
# say what you lack.
HELD = MessageKind(
    name="gazette.held",
    personal=False,
    about_person=False,
    schema=closed(
        answer={"type": "boolean"},
        begins={"type": "string", "pattern": "^[0-9a-f]{0,4}$"},
        digests={
            "type": "array",
            "maxItems": index_rules.MOST_LISTED,
            "items": DIGEST,
        },
        owner=NODE,
    ),
    largest=1_048_576,
)
