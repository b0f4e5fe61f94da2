"""The directory of members and their key sheets: what follows from what. Pure.

Three layers (design, "Trust"): an identity key signs votes and key sheets; a key sheet carries the
node's signing key and each institution's keys; the directory says who the members are, and a
change needs the number of state signatures that the *previous* directory demands. The
secretariat's signature is neither needed nor counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from ayni.exchange import documents
from ayni.exchange.errors import Equivocation, Malformed, NotGenuine, NotTrusted
from ayni.exchange.said import Said
from ayni.exchange.schemas import Validator
from ayni.exchange.suites import SUITES
from ayni.lib import clock
from ayni.lib.terminal import gettext_noop as _

SECRETARIAT = "secretariat"
_KEY = {"type": "string", "pattern": "^[A-Za-z0-9_-]{43}$"}
_HASH = {"type": "string", "pattern": "^([0-9a-f]{64}|)$"}
_TIME = {
    "type": "string",
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$",
    "maxLength": 20,
}
_NODE = {"type": "string", "pattern": "^(ar|bo|br|cl|co|ec|pe|py|uy|ve|secretariat)$"}


def _closed(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": sorted(properties),
        "properties": properties,
    }


DIRECTORY_SCHEMA = _closed(
    demo={"type": "boolean"},
    format={"const": 1},
    issued=_TIME,
    members={
        "type": "array",
        "minItems": 1,
        "items": _closed(
            endpoint=_closed(
                connect_to={"type": "string", "maxLength": 120},
                url={"type": "string", "pattern": "^https?://[a-z0-9.-]+(:[0-9]{1,5})?$"},
            ),
            identity_key=_KEY,
            node=_NODE,
        ),
    },
    number={"type": "integer", "minimum": 1},
    previous=_HASH,
    quorum={"type": "integer", "minimum": 1},
)

KEY_SHEET_SCHEMA = _closed(
    format={"const": 1},
    institutions={
        "type": "array",
        "items": _closed(
            code={"type": "string", "pattern": "^[a-z0-9-]{2,60}$"},
            key={"type": "string", "pattern": "^[A-Za-z0-9_-]{43,2000}$"},
            kind={"type": "string", "maxLength": 20},
            names=_closed(en={"type": "string"}, es={"type": "string"}, pt={"type": "string"}),
            stands_in={"type": "string", "pattern": "^([A-Z]{2})?$"},
            suite={"type": "integer"},
            time_zone={"type": "string", "maxLength": 40},
        ),
    },
    issued=_TIME,
    node=_NODE,
    number={"type": "integer", "minimum": 1},
    previous=_HASH,
    revoked={"type": "array", "items": {"type": "integer", "minimum": 1}},
    signing_key=_KEY,
    suites={"type": "array", "minItems": 1, "items": {"type": "integer"}},
    tls_pins={"type": "array", "items": {"type": "string", "pattern": "^[0-9a-f]{64}$"}},
    valid_from=_TIME,
    valid_until=_TIME,
)


# Made once: checking a schema itself costs more than checking a document.
_DIRECTORY: Draft202012Validator = Validator(DIRECTORY_SCHEMA)
_KEY_SHEET: Draft202012Validator = Validator(KEY_SHEET_SCHEMA)


def _check(document: Any, schema: Draft202012Validator, what: str) -> dict[str, Any]:
    if not isinstance(document, dict) or set(document) != {"body", "signatures"}:
        raise Malformed(f"a {what} has body and signatures")
    wrong = best_match(schema.iter_errors(document["body"]))
    if wrong is not None:
        place = "/".join(str(part) for part in wrong.absolute_path)
        raise Malformed(f"{what}: {place or 'body'}: {wrong.validator}")
    body: dict[str, Any] = document["body"]
    return body


def member(body: Mapping[str, Any], node: str) -> Mapping[str, Any] | None:
    """The entry of a node in a directory's body."""
    return next((m for m in body["members"] if m["node"] == node), None)


def _identity_keys(body: Mapping[str, Any]) -> dict[str, bytes]:
    return {m["node"]: documents.decode(m["identity_key"]) for m in body["members"]}


def _state_keys(body: Mapping[str, Any]) -> dict[str, bytes]:
    return {n: key for n, key in _identity_keys(body).items() if n != SECRETARIAT}


def checked_directory(document: Any) -> dict[str, Any]:
    """The body of a directory of the right form, whoever signed it. Raises `Malformed`."""
    body = _check(document, _DIRECTORY, "directory")
    _moment(body["issued"], "directory")
    nodes = [m["node"] for m in body["members"]]
    keys = [m["identity_key"] for m in body["members"]]
    if len(set(nodes)) != len(nodes) or len(set(keys)) != len(keys):
        raise Malformed("directory: a member or an identity key stands twice")
    if body["quorum"] > len([n for n in nodes if n != SECRETARIAT]):
        raise Malformed("directory: the quorum is larger than the number of states")
    return body


def check_founding(document: Any) -> dict[str, Any]:
    """The body of directory number 1, signed by every founding state. Raises `NotTrusted`.

    The printed fingerprints are compared by people before this is called for a real platform.
    """
    body = checked_directory(document)
    if body["number"] != 1 or body["previous"]:
        raise NotTrusted(Said(_("the founding directory has number 1 and no predecessor")))
    keys = _state_keys(body)
    missing = set(keys) - documents.signers("directory", document, keys)
    if missing:
        raise NotTrusted(
            Said(
                _("founding members that have not signed: %(names)s"),
                names=", ".join(sorted(missing)),
            )
        )
    return body


def check_next(previous: Any, document: Any) -> dict[str, Any]:
    """The body of a directory that follows `previous` by the previous directory's quorum, and is
    not dated before it: what was in force when is told by these dates, in evidence too.

    Raises `Equivocation` for another document with the same number, `NotTrusted` otherwise.
    """
    body = check_voted(previous, document)
    if body["issued"] < previous["body"]["issued"]:
        raise NotTrusted(Said(_("the directory is dated before the one that it follows")))
    return body


def check_voted(previous: Any, document: Any) -> dict[str, Any]:
    """The body of a directory that the quorum of `previous` has signed to follow it, whatever its
    date: as a second truth it counts with any. Raises as `check_next`.
    """
    before = checked_directory(previous)
    body = checked_directory(document)
    if body["number"] == before["number"]:
        if documents.digest(body) == documents.digest(before):
            return body
        said = _("two directories carry the number %(number)s")
        raise Equivocation(Said(said, number=body["number"]), held=previous)
    if body["number"] != before["number"] + 1:
        said = _("after directory %(number)s comes the next number only")
        raise NotTrusted(Said(said, number=before["number"]))
    if body["previous"] != documents.digest(before):
        raise NotTrusted(Said(_("the directory does not follow from the one before")))
    if body["demo"] != before["demo"]:
        raise NotTrusted(Said(_("a demonstration never becomes a real platform, nor the reverse")))
    valid = documents.signers("directory", document, _state_keys(before))
    if len(valid) < before["quorum"]:
        said = _("%(count)s states have signed; the directory before demands %(quorum)s")
        raise NotTrusted(Said(said, count=len(valid), quorum=before["quorum"]))
    return body


def checked_key_sheet(document: Any) -> dict[str, Any]:
    """The body of a key sheet of the right form, whoever signed it. Raises `Malformed`."""
    return _check(document, _KEY_SHEET, "key sheet")


def check_key_sheet(
    document: Any, *, directory: Mapping[str, Any], previous: Any | None, now: datetime
) -> dict[str, Any]:
    """The body of a member's key sheet, signed by its identity key and following the one before.

    Raises `NotTrusted`, `NotGenuine`, `Equivocation` or `Malformed`.
    """
    body = checked_key_sheet(document)
    if member(directory, body["node"]) is None:
        raise NotTrusted(f"{body['node']} is no member of the directory")
    if not _identity_signed(document, [directory]):
        raise NotGenuine(f"the key sheet of {body['node']} is not signed by its identity key")
    if _check_content(body) <= now:
        raise NotTrusted(f"the key sheet of {body['node']} is no longer valid")
    _check_follows(body, previous)
    return body


def check_past_sheet(
    document: Any, *, directories: Sequence[Mapping[str, Any]], previous: Any | None
) -> dict[str, Any]:
    """The body of a key sheet that a later one follows, judged at its own time: it may be over by
    now, and its node may have had another identity key. `directories`: all, from number 1 on.

    Alone it proves nothing: whoever has stolen a former identity key can sign such a one. The
    sheet at the end of the line, checked as of today, names it. Raises as `check_key_sheet`.
    """
    body = checked_key_sheet(document)
    _check_content(body)
    if not _identity_signed(document, _in_force(directories, body)):
        raise NotGenuine(
            f"the key sheet of {body['node']} is not signed by the identity key it had then"
        )
    _check_follows(body, previous)
    return body


def _in_force(
    directories: Sequence[Mapping[str, Any]], body: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """The directories in force at some moment of a key sheet's time."""
    found = []
    for place, listed in enumerate(directories):
        later = directories[place + 1 : place + 2]
        over = later[0]["issued"] if later else "9"
        if body["issued"] < over and listed["issued"] <= body["valid_until"]:
            found.append(listed)
    return found


def _identity_signed(document: Any, directories: Iterable[Mapping[str, Any]]) -> bool:
    node = document["body"]["node"]
    for listed in directories:
        entry = member(listed, node)
        if entry is None:
            continue
        keys = {node: documents.decode(entry["identity_key"])}
        if documents.signers("key-sheet", document, keys) == {node}:
            return True
    return False


def is_signed_by_identity(document: Any, directory: Mapping[str, Any]) -> bool:
    """Whether the identity key that a directory names for its node has signed a key sheet of the
    right form. Raises `Malformed`."""
    checked_key_sheet(document)
    return _identity_signed(document, [directory])


def _check_content(body: Mapping[str, Any]) -> datetime:
    """Until when a key sheet is valid. Raises `Malformed`, `NotTrusted`."""
    codes = [i["code"] for i in body["institutions"]]
    if len(set(codes)) != len(codes):
        raise Malformed("key sheet: an institution stands twice")
    if any(not code.startswith(f"{body['node']}-") for code in codes):
        raise Malformed("key sheet: an institution's code begins with its node and a hyphen")
    if any(number >= body["number"] for number in body["revoked"]):
        raise Malformed("key sheet: it can revoke earlier sheets only")
    _issued, begin, end = (
        _moment(body[name], "key sheet") for name in ("issued", "valid_from", "valid_until")
    )
    if end <= begin:
        raise NotTrusted(f"the key sheet of {body['node']} is no longer valid")
    if any(i["suite"] not in body["suites"] for i in body["institutions"]):
        raise Malformed("key sheet: an institution's key is of a suite that the sheet refuses")
    _check_keys(body)
    return end


def _moment(text: str, what: str) -> datetime:
    try:
        return clock.parse(text)
    except ValueError:
        raise Malformed(f"{what}: a time that does not exist") from None


def _check_keys(body: Mapping[str, Any]) -> None:
    """Raise `Malformed` unless every key can be read: a sheet that cannot be used is refused when
    it comes, not when an officer sends something."""
    documents.decode(body["signing_key"])
    for entry in body["institutions"]:
        known = SUITES.get(entry["suite"])
        if known is not None:  # one of a later version is not sealed to from here
            known.check_key(documents.decode(entry["key"]))


def _check_follows(body: Mapping[str, Any], previous: Any | None) -> None:
    if previous is None:
        if body["number"] != 1 or body["previous"]:
            raise NotTrusted("the first key sheet has number 1 and no predecessor")
        return
    before = previous["body"]
    if before["node"] != body["node"]:
        raise NotTrusted("a key sheet follows one of the same node")
    if body["number"] == before["number"]:
        if documents.digest(body) != documents.digest(before):
            raise Equivocation(f"two key sheets of {body['node']} carry one number", held=previous)
        return
    if body["number"] != before["number"] + 1 or body["previous"] != documents.digest(before):
        raise NotTrusted(f"the key sheet of {body['node']} does not follow from the one before")
