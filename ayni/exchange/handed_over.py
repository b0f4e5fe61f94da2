"""All that this node believes of the members, for one that joins: public and signed, as files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ayni.exchange import trust
from ayni.exchange.models import DirectoryDocument, KeySheetDocument


@dataclass(frozen=True, slots=True)
class HandedOver:
    """Documents by the name of their file: every directory, and of each member of the present one
    every key sheet. `missing`: names of those between that are not here; without them nobody
    believes those that follow."""

    files: dict[str, dict[str, Any]]
    missing: list[str]


def to_hand_over() -> HandedOver:
    """What a member that joins is given. Raises `NotTrusted` without a directory."""
    listed = sorted(each["node"] for each in trust.directory_body()["members"])
    found: dict[str, dict[int, dict[str, Any]]] = {
        "directory": {row.number: row.document for row in DirectoryDocument.objects.all()}
    }
    for row in KeySheetDocument.objects.filter(node__in=listed):
        found.setdefault(f"sheet-{row.node}", {})[row.number] = row.document
    files, missing = {}, []
    for kind, line in sorted(found.items()):
        for number in range(1, max(line) + 1):
            name = f"{kind}-{number}.json"
            if number in line:
                files[name] = dict(line[number])
            else:
                missing.append(name)
    return HandedOver(files, missing)
