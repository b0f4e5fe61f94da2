"""Write tests/exchange/vectors/attachment_1.json: `python -m tests.exchange.make_stream_vectors`.

For whoever writes another implementation. The content is SHAKE128 of a label, so that the file
stays small: of each sealed chunk stand its SHA-256 and its first and last 32 bytes. The key is
given, so a second run gives the same bytes.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from ayni.exchange import documents, stream
from tests.exchange.streams import ATTACHMENT, KEY, sealed

FILE = Path(__file__).parent / "vectors" / "attachment_1.json"
LABEL = "ayni test vector: attachment content"
SIZES = (1, stream.CHUNK, stream.CHUNK + 1, 17 * stream.CHUNK)


def content_of(size: int) -> bytes:
    """The content of a vector."""
    return hashlib.shake_128(LABEL.encode()).digest(size)


def _vector(size: int) -> dict[str, Any]:
    chunks, described = sealed(content_of(size), [])
    return {
        "described": described.to_json(),
        "chunks": [
            {
                "sha256": hashlib.sha256(chunk).hexdigest(),
                "begins": chunk[:32].hex(),
                "ends": chunk[-32:].hex(),
            }
            for chunk in chunks
        ],
    }


def main() -> None:
    """Write the file."""
    vectors = {
        "format": 1,
        "attachment": ATTACHMENT,
        "key": documents.encode(KEY),
        "content": f"the first bytes of SHAKE128 of: {LABEL}",
        "seals": [_vector(size) for size in SIZES],
        "padme": {str(n): stream.chunks_of(n * stream.CHUNK) for n in (1, 2, 8, 9, 17, 100, 399)},
    }
    FILE.write_text(json.dumps(vectors, indent=1) + "\n")


if __name__ == "__main__":
    main()
