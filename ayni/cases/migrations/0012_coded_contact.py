"""How somebody may be contacted is a code from now on; what was written freely is kept as a note.

Opened and sealed again under the same key, word for word. What was sent or received in a referral
stays as it was.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

CODES = frozenset({"call", "message", "e_mail", "in_person", "person", "none"})
_BATCH = 1000


def coded(contact: Any) -> Any:
    """The same rule with a code, or none, under `method`, and free words under `note`."""
    if not isinstance(contact, dict) or contact.get("method") in (None, "", *CODES):
        return contact
    kept = dict(contact)
    words = (kept.pop("method"), kept.get("note"))
    return {**kept, "note": "; ".join(str(each) for each in words if each)}


def to_codes(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Every rule of a safe contact that a notice or a person holds."""
    from ayni.vault import api as vault

    for name in ("Notice", "Person"):
        rows = apps.get_model("cases", name).objects.using(schema_editor.connection.alias)
        found = rows.exclude(contact=None).only("id", "subject", "contact").iterator(_BATCH)
        while batch := list(islice(found, _BATCH)):
            sealers = vault.sealers(row.subject for row in batch)
            for row in batch:
                sealer = sealers.get(row.subject)
                if sealer is None:
                    continue  # erased: nobody can read it any more
                place = f"cases.{name.lower()}.contact:{row.pk}"
                before = sealer.open(place, bytes(row.contact))
                after = coded(before)
                if after != before:
                    rows.filter(pk=row.pk).update(contact=sealer.seal(place, after))


class Migration(migrations.Migration):
    dependencies = [("cases", "0011_kept_when_closed")]

    operations = [migrations.RunPython(to_codes, migrations.RunPython.noop)]
