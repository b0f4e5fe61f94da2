"""From checked data to values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayni.norms.model import (
    Crime,
    Disagreement,
    Evidence,
    Framework,
    Ground,
    InForce,
    Instrument,
    Mark,
    NotApplied,
    Note,
    Provision,
    Reading,
    Seen,
    Standing,
    StateStanding,
    Subject,
    Text,
    Topic,
    TransferGround,
    TransferLaw,
)

Item = Mapping[str, Any]
Sources = Mapping[str, Item]


def framework(documents: list[Item]) -> Framework:
    """The framework of documents that were checked."""
    sources = {each["code"]: each for document in documents for each in document.get("sources", [])}
    instruments = [each for document in documents for each in document.get("instruments", [])]
    provisions = [
        _provision({"state": document.get("state", ""), **each}, sources)
        for document in documents
        for each in document.get("provisions", [])
    ]
    laws: dict[str, tuple[TransferLaw, ...]] = {}
    for document in documents:
        for each in document.get("laws", []):
            law = _law(each, sources)
            laws[each["state"]] = (*laws.get(each["state"], ()), law)
            provisions.append(law.provision)
    return Framework(
        instruments={each["id"]: _instrument(each, sources) for each in instruments},
        provisions={each.id: each for each in provisions},
        laws=laws,
        disagreements=tuple(
            Disagreement(
                each["id"], tuple(each["states"]), each.get("instrument", ""), Text(**each["text"])
            )
            for document in documents
            for each in document.get("disagreements", [])
        ),
    )


def _evidence(item: Item, sources: Sources, of: Item | None = None) -> Evidence:
    """The evidence of an item; what it leaves out is that of the thing it belongs to."""
    whole = of or {}
    named = str(item.get("source", whole.get("source", "")))
    mark = Mark(item.get("mark", whole.get("mark", Mark.UNVERIFIED)))
    own = item.get("as_at") or ("" if "source" in item else whole.get("as_at", ""))
    register = sources.get(named) or sources.get(named.split(",")[0].split(" ")[0]) or {}
    as_at = str(own or register.get("as_at", "unknown"))
    return Evidence(str(sources[named]["title"]) if named in sources else named, mark, as_at)


def _text(item: Item, key: str = "text") -> Text | None:
    return Text(**item[key]) if key in item else None


def _ground(item: Item) -> Ground:
    return Ground(
        crimes=frozenset(Crime(each) for each in item["crimes"]),
        subjects=frozenset(Subject(each) for each in item["subjects"]),
        provisions=tuple(item.get("provisions", ())),
        side=item.get("side", ""),
        conditions=tuple(item.get("conditions", ())),
    )


def _short(given: str | dict[str, str]) -> Text:
    """A short name: one for all languages, or one for each."""
    return Text(es=given, pt=given, en=given) if isinstance(given, str) else Text(**given)


def _instrument(item: Item, sources: Sources) -> Instrument:
    entry = item.get("in_force")
    return Instrument(
        id=item["id"],
        kind=item["kind"],
        short=_short(item["short"]),
        names=Text(**item["names"]),
        text=_text(item),
        bloc=item.get("bloc", ""),
        evidence=_evidence(item, sources),
        in_force=InForce(entry.get("on", ""), _evidence(entry, sources)) if entry else None,
        grounds=tuple(_ground(each) for each in item.get("grounds", ())),
        standing={
            state: StateStanding(
                standing=Standing(each["standing"]),
                on=each.get("on", ""),
                on_mark=Mark(each.get("on_mark", each.get("mark", item["mark"]))),
                evidence=_evidence(each, sources, item),
                entered=each.get("entered", ""),
                entered_mark=Mark(each.get("entered_mark", Mark.UNVERIFIED)),
            )
            for state, each in item["standing"].items()
        },
        not_applied=tuple(
            NotApplied(
                each["host"],
                frozenset(each["nationals_of"]),
                each.get("since", ""),
                _evidence(each, sources),
            )
            for each in item.get("not_applied", ())
        ),
        notes=tuple(
            Note(Text(**each["text"]), _evidence(each, sources), each.get("state", ""))
            for each in item.get("notes", ())
        ),
        seen=_seen(item, sources),
        signed=item.get("signed", ""),
        former=tuple(item.get("former", ())),
        topics=frozenset(Topic(each) for each in item.get("topics", ())),
    )


def _seen(item: Item, sources: Sources) -> Seen | None:
    seen = item.get("seen")
    return Seen(seen["on"], _evidence(seen, sources)) if seen else None


def _provision(item: Item, sources: Sources) -> Provision:
    return Provision(
        id=item["id"],
        reference=item.get("reference", ""),
        text=_text(item),
        evidence=_evidence(item, sources),
        instrument=item.get("instrument", ""),
        state=item.get("state", ""),
        topic=Topic(item["topic"]) if "topic" in item else None,
        ground=_ground(item["ground"]) if "ground" in item else None,
        also=frozenset(Topic(each) for each in item.get("topics", ())),
    )


def _law(item: Item, sources: Sources) -> TransferLaw:
    return TransferLaw(
        provision=_provision({**item, "topic": Topic.PERSONAL_DATA}, sources),
        valid_from=item.get("valid_from", ""),
        valid_to=item.get("valid_to", ""),
        reading=Reading(item["read"]),
        permits={
            TransferGround(each["ground"]): Mark(each["mark"]) for each in item.get("permits", ())
        },
    )
