"""Where any route of a node leads, also those that are not for officers."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

from django.test import Client
from django.urls import reverse

from ayni.config.doors import DOORS, Cell, cell
from ayni.members.api import Role
from tests.config.test_doors import OTHERS, ROUTES, SAMPLES, USUAL, address
from tests.config.world import World

# What stands in the address of a route that is not for officers.
_PUBLIC: dict[str, Any] = {
    "language": "es", "country": "bo", "number": 1, "key": "a-b", "uidb36": "1", "node": "bo",
    "attachment": "a" * 32, "secret": "x", "kind": "csv",
    "release": "0" * 8 + "-0000-0000-0000-" + "0" * 12,
}  # fmt: skip


def words_of(name: str) -> list[tuple[str, str]]:
    """(converter, word) of each part of an address that differs from thing to thing."""
    parts = [part.split(">")[0] for part in ROUTES[name].split("<")[1:]]
    pairs = [part.rpartition(":") for part in parts]
    return [(converter or "str", word) for converter, _colon, word in pairs]


def anywhere(name: str, world: World) -> str:
    """The address of a route, for the programme's own things where it names one."""
    words = [word for _converter, word in words_of(name)]
    known = {*world.ids, *SAMPLES.get(name, {}), *OTHERS.get(name, {}), *USUAL}
    if set(words) <= known:
        return address(name, world)
    return reverse(name, kwargs={word: _PUBLIC[word] for word in words})


def again(browser: Client, **more: Any) -> Client:
    """The same officer's browser: what this one is told to forget, the first one keeps."""
    client = Client(**more)
    client.defaults |= browser.defaults
    client.cookies = SimpleCookie(browser.cookies.output(header="", sep=";"))
    return client


def entitled(name: str, world: World) -> Client:
    """The browser of somebody who may open a route; of a supervisor where no role decides."""
    for role in sorted(Role, key=lambda role: role is not Role.CASE_SUPERVISOR):
        if cell(DOORS[name], role, own=True) is Cell.OPENS:
            return world.browsers[role, role is not Role.NODE_ADMINISTRATOR]
    return world.browsers[Role.CASE_SUPERVISOR, True]
