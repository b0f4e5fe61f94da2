"""Filling forms as a browser does: open the page, keep its hidden fields, send."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

from django.test import Client

NOTICE = {
    "safe_to_talk": "yes",
    "channel": "phone",
    "informant": "citizen",
    "language": "es",
    "about_name": "Rosa Inventada Mamani",
    "narrative": "Invented: she asks for help.",
    "indicators": ["documents"],
    "contact_hours": "10-12",
    "contact_never": "Invented: never at home",
}
CASE = {
    "name_as_written": "Rosa INVENTADA Mamani",
    "given_names": "Rosa",
    "first_surname": "Inventada",
    "second_surname": "Mamani",
    "birth_precision": "date",
    "birth_value": "1998-03-27",
    "citizenship": "BO",
    "contact_hours": "10-12",
    "contact_never": "Invented: never at home",
    "tracks": ["trafficking"],
    "needs": ["lodging"],
    "other_needs": "shelter\nclothes",
    "needs_language": "en",
}
# What the form of a person does not ask.
CASE_ONLY = {"tracks", "needs", "other_needs", "needs_language"}
TRIAGE = {
    "situation": "urgency",
    "imminent_danger": "no",
    "age_group": "adult",
    "person_missing": "no",
    "reason": "Invented.",
}


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the page's own form."""
    main = page.split("<main", 1)[1]
    found = re.findall(r'<input type="hidden" name="([^"]+)"(?: value="([^"]*)")?', main)
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def opened(client: Client, address: str) -> dict[str, str]:
    """Open a form; the hidden fields that a browser would send back."""
    page = client.get(address)
    assert page.status_code == 200, address
    return hidden(page.content.decode())


def send(client: Client, address: str, data: dict[str, Any]) -> Any:
    """Send a form as browsers encode it."""
    return client.post(
        address, urlencode(data, doseq=True), content_type="application/x-www-form-urlencoded"
    )


def fill(client: Client, address: str, data: dict[str, Any]) -> str:
    """Open a form, send it with what it carries; where it leads."""
    carried = opened(client, address)
    answer = send(client, address, {**carried, **data})
    text = answer.content.decode()
    assert answer.status_code == 302, (
        re.findall(r"error-message[^<]*<[^>]*>[^<]*", text) or text[:3000]
    )
    return str(answer["Location"])


def a_notice_by_forms(client: Client, **told: Any) -> str:
    """Take a notice; its address."""
    return fill(client, "/notices/new", {**NOTICE, **told})


def a_case_by_forms(client: Client, case: dict[str, Any] | None = None) -> str:
    """Take a notice, triage, search, decide and open a case; the address of the case."""
    notice = a_notice_by_forms(client)
    fill(client, f"{notice}/triage", TRIAGE)
    client.post(f"{notice}/search", {"name": "Rosa Inventada"})
    fill(client, f"{notice}/decide", {"outcome": "open_case", "reason": "Invented."})
    return fill(client, f"{notice}/case", {**CASE, **(case or {})})


def text_of(client: Client, address: str) -> str:
    """A page's own part, without entities."""
    page = client.get(address)
    assert page.status_code == 200, address
    return unescape(page.content.decode().split("<main", 1)[1])


def a_free_case_by_forms(client: Client, case: dict[str, Any] | None = None) -> str:
    """A case that nobody has: who opened it gave it back."""
    address = a_case_by_forms(client, case)
    assert fill(client, f"{address}/assign", {"to_user": "nobody", "note": ""}) == "/"
    client.get("/")  # which says so once
    return address
