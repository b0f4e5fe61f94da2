"""Pages travel compressed, except where the request could put words into them."""

from __future__ import annotations

import pytest
from django.test import Client

from tests.cast import Cast, enter

GZIP = {"accept-encoding": "gzip"}


def test_a_page_travels_compressed(client: Client) -> None:
    response = client.get("/help/es/", headers=GZIP)
    assert response["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response["Vary"]


@pytest.mark.parametrize("path", ["/cases/?reference=AR-0000-0000", "/health"])
def test_what_the_request_chose_words_of_is_not_compressed(
    client: Client, cast: Cast, path: str
) -> None:
    enter(client, cast.ana)
    response = client.get(path, headers=GZIP)
    assert response.status_code == 200
    assert "Content-Encoding" not in response


def test_an_answer_to_a_form_is_not_compressed(client: Client) -> None:
    response = client.post("/help/es/write/", {"narrative": ""}, headers=GZIP)
    assert response.status_code == 422
    assert "Content-Encoding" not in response
