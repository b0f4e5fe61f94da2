"""This node's keys, and the documents it has accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.exchange import directory as rules
from ayni.exchange import (
    documents,
    foreign,
    named,
    newcomers,
    one_at_a_time,
    removed,
    sheets,
    suites,
)
from ayni.exchange.doubles import two_truths
from ayni.exchange.errors import (
    Equivocation,
    IdentityElsewhere,
    KeysExpired,
    NoNode,
    NotGenuine,
    NotNamed,
    NotTrusted,
    UnknownKeySheet,
    UnknownSender,
)
from ayni.exchange.models import DirectoryDocument, KeySheetDocument
from ayni.exchange.remembered import forget, is_remembering, kept, remembered
from ayni.lib import clock
from ayni.members import api as members
from ayni.vault import api as vault

IDENTITY, NEXT_IDENTITY = "exchange.identity", "exchange.identity.next"
# A key that is stolen opens what was sealed to it: the less, the shorter it is in use.
ROTATE_AFTER = timedelta(days=7)
SKEW = timedelta(minutes=10)


def signing_name(number: int) -> str:
    """Name in the keyring of the private signing key of a sheet of ours."""
    return f"{foreign.SIGNING}{number}"


def hpke_name(code: str, number: int) -> str:
    """Name in the keyring of the private key of an institution in a sheet of ours."""
    return f"exchange.hpke.{code}.{number}"


def make_identity(*, by: Actor) -> str:
    """Make this node's identity key unless there is one; its public key for the directory.

    In a real node the identity key is kept offline in shares, and none is made in its place; a
    demonstration keeps it here.
    """
    with audit.act(by=by, verb="exchange.make_identity", subject=members.this_node()):
        present = identity_public()
        if not present and IDENTITY not in vault.secret_names():
            vault.store_secret(IDENTITY, suites.generate(1)[0])
    return present or documents.encode(documents.public_of(identity_key()))


def next_identity(*, by: Actor) -> str:
    """A new identity key of this node beside the present one; its public key for a proposal.

    It comes into use with the directory that names it. Asked again before that it is the same, so
    that what was printed stays true.
    """
    with audit.act(by=by, verb="exchange.next_identity", subject=members.this_node()):
        if NEXT_IDENTITY in vault.secret_names() and _in_force(vault.load_secret(NEXT_IDENTITY)):
            vault.store_secret(IDENTITY, vault.load_secret(NEXT_IDENTITY))
            vault.remove_secret(NEXT_IDENTITY)
        if NEXT_IDENTITY not in vault.secret_names():
            vault.store_secret(NEXT_IDENTITY, suites.generate(1)[0])
    return documents.encode(documents.public_of(vault.load_secret(NEXT_IDENTITY)))


def identity_key() -> bytes:
    """The raw private identity key that the directory in force names, or the first one.

    Raises `IdentityElsewhere`.
    """
    if NEXT_IDENTITY in vault.secret_names():
        fresh = vault.load_secret(NEXT_IDENTITY)
        if _in_force(fresh):
            return fresh
    try:
        return vault.load_secret(IDENTITY)
    except vault.SecretMissing:
        raise IdentityElsewhere from None


def identity_public() -> str:
    """The identity key that the directory in force names for this node; empty if it names none."""
    document = directory_document()
    entry = None if document is None else rules.member(document["body"], members.this_node())
    return "" if entry is None else str(entry["identity_key"])


def _in_force(private: bytes) -> bool:
    return documents.encode(documents.public_of(private)) == identity_public()


def identity_at_hand() -> bool:
    """Whether the identity key that the directory names is on this machine."""
    try:
        return _in_force(identity_key())
    except IdentityElsewhere:
        return False


def make_key_sheet(
    *,
    by: Actor,
    institutions: Sequence[members.Institution],
    now: datetime,
    suite: int = suites.DEFAULT,
    accepted: Sequence[int] = (1, 2),
    revoked: Sequence[int] = (),
    tls_pins: Sequence[str] = (),
) -> dict[str, Any]:
    """Make this node's next key sheet with fresh keys, sign it with the identity key.

    `accepted` are the suites that may be sealed to it, `revoked` numbers of earlier sheets whose
    signatures count no longer beside those that the sheet before revokes and those at the end that
    this node has not made, `tls_pins` SHA-256 of the TLS public keys in hexadecimal.
    """
    node = members.this_node()
    before = key_sheet(node)
    number = 1 if before is None else before["body"]["number"] + 1
    with audit.act(by=by, verb="exchange.make_key_sheet", subject=node, number=number):
        made = sheets.compose(
            node=node,
            institutions=institutions,
            before=None if before is None else before["body"],
            issued=now,
            identity=identity_key(),
            suite=suite,
            accepted=accepted,
            revoked={*revoked, *foreign.numbers()},
            tls_pins=tls_pins,
        )
        keep_private_keys(made)
    return made.document


def keep_private_keys(made: sheets.Made) -> None:
    """Keep the private keys of a sheet of ours where they are used from."""
    number = made.document["body"]["number"]
    vault.store_secret(signing_name(number), made.signing)
    for code, private in made.keys.items():
        vault.store_secret(hpke_name(code, number), private)


def check_identity() -> None:
    """Raise `IdentityElsewhere` unless the identity key that the directory names is here, or
    `NotNamed` if the directory does not name this node: then no shares would help."""
    if not identity_at_hand():
        raise IdentityElsewhere if identity_public() or directory_document() is None else NotNamed


def publish_key_sheet(*, by: Actor, now: datetime, revoked: Sequence[int] = ()) -> dict[str, Any]:
    """Rotate: a next sheet with fresh keys for every institution of this node, in force at once.

    The other members fetch it; nobody votes. The TLS keys are those of the last sheet that this
    node has made: one that came from elsewhere pins whatever its maker wants. Raises as
    `check_identity`.
    """
    check_identity()
    node = members.this_node()
    with audit.together():
        # Else one that was prepared could come into force between its number and itself.
        one_at_a_time.accepting_sheets_of(node)
        others = foreign.numbers()
        before = key_sheet(node, others[0] - 1) if others else key_sheet(node)
        document = make_key_sheet(
            by=by,
            institutions=members.institutions(state=node),
            now=now,
            revoked=revoked,
            tls_pins=[] if before is None else before["body"]["tls_pins"],
        )
        accept_key_sheet(by=by, document=document, now=now)
    return document


def renew_if_due(*, by: Actor, now: datetime) -> bool:
    """Rotate when the present sheet is a week old, or its keys are not here (they went down with an
    old machine, or somebody else has made it), and the identity key is on this machine.

    Where it is kept offline, as it should be, this does nothing: `ahead` has what was prepared.
    """
    present = key_sheet(members.this_node())
    if present is None:
        return False
    old = clock.parse(present["body"]["valid_from"]) + ROTATE_AFTER <= now
    if not old and foreign.is_here(present["body"]):
        return False
    if not identity_at_hand():
        return False
    publish_key_sheet(by=by, now=now)
    return True


def sign_directory(*, by: Actor, body: Mapping[str, Any]) -> dict[str, Any]:
    """This member's signature entry for a directory (its vote). Raises `Malformed`."""
    node = members.this_node()
    rules.checked_directory({"body": dict(body), "signatures": []})
    with audit.act(
        by=by, verb="exchange.sign_directory", subject=node, digest=documents.digest(dict(body))
    ):
        signed = documents.signed("directory", body, {node: identity_key()})
    entry: dict[str, Any] = signed["signatures"][0]
    return entry


def _check_demo(body: Mapping[str, Any]) -> None:
    if bool(body["demo"]) != bool(settings.AYNI_DEMO):
        raise NotTrusted("a demonstration node takes no real directory, nor the reverse")


def accept_directory(
    *, by: Actor, document: Mapping[str, Any], now: datetime, source: str = ""
) -> int:
    """Accept a directory: number 1 by all founders, a later one by the previous one's quorum.

    Never an older one than was seen; `source` is the node that showed it, empty for a file. Returns
    its number; raises `NotTrusted`, or `Equivocation` for a second one that as many states signed.
    """
    wanted = rules.checked_directory(document)
    with (
        two_truths(by, "directory", document, source),
        audit.act(by=by, verb="exchange.accept_directory", subject="directory") as act,
    ):
        latest = DirectoryDocument.objects.select_for_update().order_by("-number").first()
        if latest is None:
            body = rules.check_founding(document)
        else:
            seen = DirectoryDocument.objects.filter(number=wanted["number"]).first()
            if seen is not None and seen.digest != documents.digest(wanted):
                _check_would_hold(document)
                raise Equivocation(
                    f"two directories carry the number {seen.number}", held=seen.document
                )
            if seen is not None:
                return seen.number
            body = rules.check_next(latest.document, document)
        _check_demo(body)
        act.note(number=body["number"])
        DirectoryDocument.objects.create(
            number=body["number"],
            digest=documents.digest(body),
            document=document,
            accepted_at=now,
        )
        newcomers.expect_accounts(latest, body)
        removed.end_rests(latest, body)
        forget()
    return int(body["number"])


def _check_would_hold(document: Mapping[str, Any]) -> None:
    """Raise `NotTrusted` unless this directory has the votes to stand in the place of the one that
    was accepted: what nobody has signed accuses nobody. Its date excuses nobody."""
    number = document["body"]["number"]
    if number == 1:
        rules.check_founding(document)
        return
    before = directory_document(number - 1)
    if before is None:
        raise NotTrusted("the directory before it is not known here")
    rules.check_voted(before, document)


def accept_key_sheet(
    *, by: Actor, document: Mapping[str, Any], now: datetime, source: str = ""
) -> int:
    """Accept a member's key sheet and learn of its institutions. `source` is the node that showed
    it, empty for a file. Raises `NotTrusted` and others."""
    body = directory_body()
    wanted = rules.checked_key_sheet(document)
    node = str(wanted["node"])
    with (
        two_truths(by, f"key sheet of {node}", document, source),
        audit.act(by=by, verb="exchange.accept_key_sheet", subject=node) as act,
    ):
        one_at_a_time.accepting_sheets_of(node)
        previous = key_sheet(node)
        seen = key_sheet(node, wanted["number"])
        if seen is not None and seen["body"] == wanted:
            return int(wanted["number"])
        if seen is not None and _identity_signed(document, body):
            raise Equivocation(
                f"two key sheets of {node} carry the number {wanted['number']}", held=seen
            )
        checked = rules.check_key_sheet(document, directory=body, previous=previous, now=now)
        act.note(number=checked["number"])
        if previous is None or previous["body"]["number"] != checked["number"]:
            keep_key_sheet(by=by, document=document, body=checked, now=now, source=source)
    return int(checked["number"])


def keep_key_sheet(
    *,
    by: Actor,
    document: Mapping[str, Any],
    body: Mapping[str, Any],
    now: datetime,
    source: str,
) -> None:
    """Keep a sheet that was checked, in the caller's act, and learn of its institutions. One of
    this node that it has not made raises an alarm."""
    KeySheetDocument.objects.create(
        node=body["node"],
        number=body["number"],
        digest=documents.digest(dict(body)),
        document=document,
        accepted_at=now,
    )
    named.learn(by=by, body=body)
    forget()
    foreign.tell(by=by, document=document, source=source)


def _identity_signed(document: Mapping[str, Any], body: Mapping[str, Any]) -> bool:
    """Whether the member itself has signed: a stranger's fake is no second truth."""
    entry = rules.member(body, document["body"]["node"])
    if entry is None:
        return False
    known = {entry["node"]: documents.decode(entry["identity_key"])}
    return bool(documents.signers("key-sheet", dict(document), known))


@kept
def directory_document(number: int | None = None) -> dict[str, Any] | None:
    """The directory in force, signed; or an earlier one by its number."""
    found = DirectoryDocument.objects.order_by("-number")
    if number is not None:
        found = found.filter(number=number)
    latest = found.first()
    return None if latest is None else dict(latest.document)


def directory_body() -> dict[str, Any]:
    """The directory in force. Raises `NotTrusted` if this node has none."""
    document = directory_document()
    if document is None:
        raise NotTrusted("this node has no directory yet")
    body: dict[str, Any] = document["body"]
    return body


@kept
def key_sheet(node: str, number: int | None = None) -> dict[str, Any] | None:
    """A member's key sheet: the latest, or one by number."""
    found = KeySheetDocument.objects.filter(node=node).order_by("-number")
    if number is not None:
        latest = key_sheet(node) if is_remembering() else None
        if latest is not None and latest["body"]["number"] == number:
            return latest
        found = found.filter(number=number)
    row = found.first()
    return None if row is None else dict(row.document)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a message goes and under which key it is sealed."""

    node: str
    institution: str
    sheet: int
    suite: int
    key: bytes


def recipient(node: str, institution: str) -> Recipient:
    """The present key of another node's institution. Raises `NoNode`, `KeysExpired`."""
    document = key_sheet(node)
    if document is None or not is_member(node):
        raise NoNode
    if clock.parse(document["body"]["valid_until"]) <= clock.now():
        raise KeysExpired(node=node)
    for entry in document["body"]["institutions"]:
        if entry["code"] == institution:
            return Recipient(
                node,
                institution,
                document["body"]["number"],
                entry["suite"],
                documents.decode(entry["key"]),
            )
    raise NoNode


def reachable(institution: members.Institution) -> bool:
    """Whether messages can be sealed to this institution."""
    try:
        recipient(institution.state, institution.code)
    except (NoNode, NotTrusted):
        return False
    return True


def is_member(node: str) -> bool:
    """Whether the directory in force lists this node."""
    return rules.member(directory_body(), node) is not None


def signing_key_of(node: str, number: int, *, made: datetime | None) -> bytes:
    """The public signing key in a member's key sheet, for a signature said to be made then.

    The sheet must be in force at the time that the signer states: a member whose clock is ahead
    writes later times into its key sheet and its messages alike. `made` None: the signer states
    none, and ours counts. Raises `UnknownSender`, `UnknownKeySheet`, or `NotGenuine` for a sheet
    that was not valid then or has been revoked.
    """
    if not is_member(node):
        raise UnknownSender(node)
    document = key_sheet(node, number)
    if document is None:
        raise UnknownKeySheet(f"key sheet {number} of {node} is not known here")
    body = document["body"]
    latest = key_sheet(node)
    if latest is not None and number in latest["body"]["revoked"]:
        raise NotGenuine(f"key sheet {number} of {node} is revoked")
    now = clock.now()
    begun = made is None or clock.parse(body["valid_from"]) - SKEW <= made
    if not begun or (made or now) > clock.parse(body["valid_until"]) + SKEW:
        raise NotGenuine(f"key sheet {number} of {node} was not valid then")
    return documents.decode(body["signing_key"])


@remembered
def own_signing_key() -> tuple[int, bytes]:
    """Number of this node's present key sheet, and its raw private signing key.

    Raises `NotTrusted` without a sheet or its keys, or for a clock before it, `KeysExpired` when it
    is no longer valid.
    """
    document = key_sheet(members.this_node())
    if document is None:
        raise NotTrusted("this node has no key sheet yet")
    if clock.parse(document["body"]["valid_until"]) <= clock.now():
        raise KeysExpired(node=members.this_node())
    # What is signed at a time before its key sheet nobody believes, ever: a receipt stays as it is.
    if clock.parse(document["body"]["valid_from"]) - SKEW > clock.now():
        raise NotTrusted("the clock of this node is before its own key sheet: set it right")
    number: int = document["body"]["number"]
    try:
        return number, vault.load_secret(signing_name(number))
    except vault.SecretMissing:
        raise NotTrusted("the keys of this node's newest key sheet are not here") from None


def own_private_key(institution: str, number: int) -> bytes:
    """The raw private key of an institution of this node. Raises `SecretMissing`."""
    return vault.load_secret(hpke_name(institution, number))


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Address of a member, where to connect to (empty: as the address says), pinned TLS keys."""

    url: str
    connect_to: str
    pins: frozenset[str]


def endpoint(node: str) -> Endpoint:
    """How to reach a member. Raises `NoNode`."""
    entry = rules.member(directory_body(), node)
    if entry is None:
        raise NoNode
    sheet = key_sheet(node)
    pins = frozenset(() if sheet is None else sheet["body"]["tls_pins"])
    return Endpoint(entry["endpoint"]["url"], entry["endpoint"]["connect_to"], pins)


def peers() -> list[str]:
    """The other members."""
    here = members.this_node()
    return sorted(m["node"] for m in directory_body()["members"] if m["node"] != here)
