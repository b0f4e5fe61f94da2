"""What a person's situation obliges to, in the reader's language: rules, why, and from where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ayni.cases import api as cases
from ayni.desk.shown import language
from ayni.members import api as members

Row = dict[str, Any]


def _cites(found: Iterable[cases.Cite]) -> list[Row]:
    here = language()
    return [
        {"title": cite.title.in_language(here), "place": cite.place, "read": cite.mark == "V"}
        for cite in found
    ]


def _rules(one: cases.Safeguard) -> list[Row]:
    here = language()
    return [
        {
            "text": rule.text.in_language(here),
            "cites": _cites(rule.cites),
            "proposed": rule.proposed,
            "blocks": bool(rule.blocks),
        }
        for rule in one.rules
    ]


def safeguard_rows(found: Iterable[cases.Safeguard]) -> Row:
    """`apply`: profiles that apply, each with why and its rules; `ask`: what nobody recorded and a
    source says is to be asked, each with the rules that hold if it is so."""
    listed = list(found)
    applying = [
        {
            "title": cases.PROFILES[one.profile],
            "why": [cases.REASONS[reason] for reason in one.reasons],
            "since": members.moment_here(one.since),
            "rules": _rules(one),
        }
        for one in listed
        if not one.to_ask
    ]
    ask = [
        {
            "title": cases.PROFILES[one.profile],
            "cites": _cites(one.asked_by),
            "rules": _rules(one),
            "kept": one.profile in cases.ASKED,
        }
        for one in listed
        if one.to_ask
    ]
    return {"apply": applying, "ask": ask}
