"""Small files for documents of meetings, and an officer's upload of one."""

from __future__ import annotations

import shutil
import subprocess
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from ayni.agenda import api
from ayni.cooperation import api as cooperation

PDF = "application/pdf"


def a_pdf(size: int = 2_000, *, more: bytes = b"") -> bytes:
    """A PDF of about so many bytes; nothing in it is compressed."""
    rows = b"".join(b"%% line %08d\n" % n for n in range(size // 16))
    return b"%PDF-1.7\n" + more + rows + b"trailer\n<<>>\n%%EOF\n"


def text_of(content: bytes) -> str:
    """What a person reads in a PDF; the test is skipped where nothing reads it."""
    tool = shutil.which("pdftotext")
    if tool is None:
        pytest.skip("no pdftotext; to run this: apt-get install poppler-utils")
    read = subprocess.run([tool, "-", "-"], input=content, capture_output=True, check=True)
    return read.stdout.decode()


def taken_in(content: bytes) -> cooperation.CollectedFile:
    """A file as the page hands it to the verb."""
    file = api.incoming_document()
    file.write(content)
    return file


def sent(content: bytes, **more: Any) -> dict[str, Any]:
    """What the page of attaching is sent with."""
    file = SimpleUploadedFile("informe.pdf", content, PDF)
    return {"title": "Informe inventado", "item": "1", "file": file, **more}
