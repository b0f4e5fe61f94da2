"""How long the private keys of this node are kept, and which are here.

A message is sealed to a key of a sheet; once that private key is gone, nobody who copied the
message on its way can make this node, or its keyring, open it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import envelope, trust
from ayni.exchange.errors import KeyGone, WrongRecipient
from ayni.exchange.models import IncomingMessage, KeySheetDocument
from ayni.exchange.states import Incoming
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault

# After the next sheet came into force. A node may be cut off from the others for a month, with
# messages in its outbox that are sealed to the sheet it knew; two weeks more are for people to
# mend it. What is sealed later than that is refused (`KeyGone`) and sent again.
KEEP = timedelta(days=45)


def private_key(institution: str, number: int) -> bytes:
    """The raw private key of an institution of this node in one of its sheets.

    Raises `KeyGone` if the sheet names the institution and the key is no longer here, or the sheet
    was made after the backup that this node was restored from; `WrongRecipient` if it does not.
    """
    try:
        return trust.own_private_key(institution, number)
    except vault.SecretMissing:
        sheet = trust.key_sheet(members.this_node(), number)
        named = [] if sheet is None else [e["code"] for e in sheet["body"]["institutions"]]
        if sheet is None or institution in named:
            raise KeyGone(f"key of sheet {number}") from None
        raise WrongRecipient(institution) from None


def hold(institution: str, number: int) -> None:
    """Keep a key for a message that the caller's transaction is about to keep unopened.

    Whoever removes keys waits for the end of that transaction, and then sees the message. Raises as
    `private_key` does.
    """
    list(
        KeySheetDocument.objects.select_for_update().filter(node=members.this_node(), number=number)
    )
    private_key(institution, number)


def _needed(number: int) -> set[str]:
    """Names of the keys of a sheet that messages need which wait here or were set aside."""
    unopened = IncomingMessage.objects.filter(state__in=[Incoming.WAITING, Incoming.SET_ASIDE])
    found = set()
    for raw, institution in unopened.values_list("envelope", "institution").iterator():
        # What was lost in a restore stands aside without an envelope that could be opened.
        if bytes(raw[:5]) != envelope.MARK:
            continue
        if envelope.parse(bytes(raw)).header.key_sheet == number:
            found.add(trust.hpke_name(institution, number))
    return found


def _of_sheet(names: list[str], number: int) -> list[str]:
    """Those names in the keyring that are private keys of one sheet of ours."""
    ours = ("exchange.hpke.", "exchange.signing.")
    return [n for n in names if n.startswith(ours) and n.rsplit(".", 1)[1] == str(number)]


def _succeeded(before: datetime) -> Iterator[int]:
    """Numbers of our sheets whose next one came into force before that moment."""
    sheets = KeySheetDocument.objects.filter(node=members.this_node(), number__gt=1)
    for sheet in sheets.order_by("number"):
        if clock.parse(sheet.document["body"]["valid_from"]) <= before:
            yield sheet.number - 1


def remove_old_keys(*, by: Actor, now: datetime) -> int:
    """Remove the private keys of sheets that were succeeded 45 days ago; how many keys.

    A key that a waiting message, or one set aside, needs stays until that one is applied.
    """
    removed = 0
    for number in _succeeded(now - KEEP):
        here = _of_sheet(vault.secret_names(), number)
        if not set(here) - _needed(number):
            continue
        with audit.act(
            by=by, verb="exchange.remove_old_keys", subject=members.this_node(), sheet=number
        ) as act:
            sheets = KeySheetDocument.objects.select_for_update()
            sheets.get(node=members.this_node(), number=number)
            going = sorted(set(here) - _needed(number))
            act.note(keys=len(going))
            for name in going:
                vault.remove_secret(name)
        removed += len(going)
    return removed
