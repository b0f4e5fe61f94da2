"""The first corpus: `python -m tests.fuzz.seeds` writes small true inputs for every target."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

from PIL import Image

from ayni.exchange import (
    batches,
    bundle,
    chunk_form,
    documents,
    envelope,
    fetch_form,
    sharing,
    stream,
)
from ayni.exchange.grant import Grant
from tests.cooperation.files import (
    a_photo,
    a_screenshot,
    packed_in_a_pdf,
    written_by_a_camera,
)
from tests.exchange import wire_examples
from tests.fuzz import targets

FOLDER = Path(__file__).parent / "corpus"


def _envelope() -> bytes:
    return envelope.seal(
        {"data": {"needs": ["shelter"]}},
        route=envelope.Route(1, "ar", "ar-programme", 1, "bo", "bo-consulate", 1),
        kind="referral",
        message="0" * 32,
        conversation="1" * 32,
        sequence=1,
        created=targets.NOW,
        due=None,
        recipient_key=targets.PAIR[1],
        signing_key=targets.KEY,
    )


def _bundle(raw: bytes) -> bytes:
    sheet = {
        **targets.SHEET["body"],
        "signing_key": documents.encode(documents.public_of(targets.KEY)),
    }
    sheets = [targets.SHEET, documents.signed("key-sheet", {
        **sheet, "node": "ar",
        "institutions": [{**sheet["institutions"][0], "code": "ar-programme"}],
    }, {"ar": targets.STATES["ar"]})]  # fmt: skip
    return bundle.bundle(
        node="bo",
        sheet=1,
        signing_key=wire_examples.seed("signing bo"),
        conversation="1" * 32,
        at=targets.NOW,
        directories=[targets.DIRECTORY],
        key_sheets=sheets,
        messages=[(envelope.evidence(raw), None)],
        left_out=[(1, "cancelled")],
        log={"heads": [], "kept": [], "proofs": []},
    )


def _chunks(content: bytes) -> bytes:
    sealing = stream.Sealing("0" * 32, key=bytes(32))
    list(sealing.update(content))
    list(sealing.finish())
    return json.dumps(sealing.described().to_json()).encode() + b"\n" + content


def _files() -> list[bytes]:
    """Pictures of eight pixels, with what a camera writes into them, and a PDF without a page."""
    found = [b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"]
    camera = Image.Exif()
    camera[0x010F] = "camera"
    for form in ("JPEG", "PNG"):
        written = io.BytesIO()
        Image.new("RGB", (4, 2)).save(written, form, exif=camera)
        found.append(written.getvalue())
    return found


def _form(*parts: tuple[str, bytes]) -> bytes:
    """As a browser sends it, behind a line with its type."""
    body = b"".join(
        f"--m\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"
        for head, content in parts
    )
    return b"multipart/form-data; boundary=m\n" + body + b"--m--\r\n"


def _forms() -> list[bytes]:
    """Whole ones, one in base64, and one whose line was cut."""
    what = ('name="what"', b"photo")
    file = 'name="file"; filename="x.jpg"\r\nContent-Type: image/jpeg'
    pdf, jpeg, _png = _files()
    coded = f"{file}\r\nContent-Transfer-Encoding: base64"
    return [
        _form(what, (file, jpeg)), _form((file, pdf), what), _form((coded, b64encode(jpeg)), what),
        _form(what, (file, jpeg))[:-20], _form(("name*=utf-8''file; filename*=utf-8''%c3%b1", pdf)),
    ]  # fmt: skip


def _fetched(raw: bytes) -> dict[str, list[bytes]]:
    """Questions and answers of a node that fetches."""
    return {
        "fetch_asked": [
            documents.canonical(
                {"answers": [], "sheets": [targets.SHEET], "to": "ar", "token": ""}
            ),
            documents.canonical({"account": {"body": {}}, "answers": [
                {"later": batches.FOLLOWS, "message": "1" * 32},
                {"message": "2" * 32, "receipt": {"body": {}}}], "sheets": [], "to": "ar",
                "token": "0" * 32}),
        ],
        "fetch_given": [
            fetch_form.pack_answer(token="00" * 16, more=True, envelopes=[raw, raw]),
            fetch_form.pack_answer(token="00" * 16, more=False, envelopes=[]),
        ],
        "chunk_wanted": [
            documents.canonical({"attachment": "0" * 32, "missing": [0, 3, 399], "state": "coming",
                       "to": "ar", "token": "0" * 32}),
        ],
        "chunk_given": [
            chunk_form.pack_answer(token="00" * 16, sealed=b"a chunk"),
            chunk_form.pack_answer(token="00" * 16, sealed=b""),
        ],
    }  # fmt: skip


def seeds() -> dict[str, list[bytes]]:
    """Some true inputs for each target."""
    raw = _envelope()
    file = _bundle(raw)
    padded = envelope._pad(documents.canonical({"payload": {"a": 1}, "salt": "0" * 64}))
    granted = Grant(
        "g1", "bo", "bo-consulate", "refer", frozenset({"needs"}), "consent:c1", targets.NOW,
        frozenset({"cl"}),
    )  # fmt: skip
    described = {"attachment": "0" * 32, "key": documents.encode(bytes(32)), "sha256": "0" * 64,
                 "size": 300_000}  # fmt: skip
    pieces = ["\n".join(each.lines()) for each in sharing.shares(bytes(32), of=3, need=2)]

    def canonical(value: Any) -> bytes:
        return documents.canonical(value)

    return {
        "envelope": [raw],
        "kept": [envelope.evidence(raw)],
        "header": [canonical(envelope.parse(raw).header.to_json())],
        "content": [padded[:200]],
        "directory": [canonical(targets.DIRECTORY)],
        "directory_signed": [
            canonical(targets.DIRECTORY["body"]),
            canonical({**targets.DIRECTORY["body"], "number": 2,
                       "previous": documents.digest(targets.DIRECTORY["body"])}),
        ],
        "key_sheet": [canonical(targets.SHEET)],
        "key_sheet_signed": [
            canonical(targets.SHEET["body"]),
            canonical({**targets.SHEET["body"], "number": 2, "revoked": [1],
                       "previous": documents.digest(targets.SHEET["body"])}),
        ],
        "grant": [canonical(granted.to_json())],
        "evidence": [file],
        "evidence_signed": [canonical(documents.parse(file)["body"])],
        "attachment": [json.dumps(described).encode()],
        "chunks": [_chunks(b"a file"), _chunks(b"\0 at its end \0")],
        "looked": [*_files(), packed_in_a_pdf(b"5 0 <</Type/Outlines>>")],
        "cleaned": [a_photo(), a_screenshot(), *_files()],
        "exif": [written_by_a_camera(turned).removeprefix(b"Exif\0\0") for turned in (1, 6)],
        "uploaded": _forms(),
        "asked": [canonical({"attachment": "0" * 32})],
        "lacking": [canonical({"missing": [0, 3, 399], "state": "coming"})],
        "batch": [batches.pack([raw]), batches.pack([raw, raw])],
        **_fetched(raw),
        "handling": [b'{"onward":"none","see":"handler","until":"2026-11-24T15:30:00Z"}'],
        "share": ["\n\n".join(pieces[:2]).encode()],
    }  # fmt: skip


def main() -> None:
    """Write the files."""
    for name, inputs in seeds().items():
        folder = FOLDER / name
        folder.mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(inputs, 1):
            (folder / f"seed-{number}").write_bytes(data)


if __name__ == "__main__":
    main()
