"""Search for antecedents (step 1.4): folded and phonetic names, both surnames in any order,
document, phone. Answers where something similar is known, never what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases.access import fetch
from ayni.cases.errors import ReadOnly
from ayni.cases.models import Notice, SearchToken
from ayni.lib import clock, folding
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

# Weight of an agreement; a document or phone alone is probable, names need more than one.
WEIGHTS = {"document": 100, "phone": 80, "surname": 30, "given": 20, "sound": 15}
PROBABLE = 60
POSSIBLE = 30


@dataclass(frozen=True, slots=True)
class Antecedent:
    """Something similar: `strength` is "probable" or "possible". `about_id` only for the asker's
    own institution; of another one only its name is told."""

    institution_id: UUID
    about: str
    about_id: UUID | None
    strength: str
    agreeing: tuple[str, ...]


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _document(text: str) -> str:
    return folding.fold(text).replace(" ", "").upper()


def terms(details: Mapping[str, Any]) -> set[tuple[str, str]]:
    """What is searched for: (kind, folded text). Surnames count in any order."""
    found: set[tuple[str, str]] = set()
    surnames = [details.get("first_surname"), details.get("second_surname")]
    given = [details.get("given_names")]
    mixed = [details.get("name_as_written"), details.get("name")]
    mixed += [other.get("name") for other in details.get("other_names") or []]
    for name in filter(None, surnames):
        for word in folding.words(name):
            found.add(("surname", word))
            found.add(("sound", folding.phonetic(word)))
    for name in filter(None, given):
        for word in folding.words(name):
            found.add(("given", word))
            found.add(("sound", folding.phonetic(word)))
    for name in filter(None, mixed):
        for word in folding.words(name):
            found.update({("surname", word), ("given", word)})
            found.add(("sound", folding.phonetic(word)))
    for document in details.get("documents") or []:
        if document.get("number"):
            found.add(("document", _document(document["number"])))
    for phone in details.get("phones") or []:
        if len(_digits(phone)) >= 6:
            found.add(("phone", _digits(phone)[-8:]))
    return {(kind, text) for kind, text in found if text}


def index(
    *, institution_id: UUID, subject: UUID, about: str, about_id: UUID, details: Mapping[str, Any]
) -> None:
    """Replace the search tokens of a person or notice (called inside the verb that writes it)."""
    SearchToken.objects.filter(about_id=about_id).delete()
    SearchToken.objects.bulk_create(
        SearchToken(
            token=vault.search_token(kind, text),
            kind=kind,
            institution_id=institution_id,
            subject=subject,
            about=about,
            about_id=about_id,
        )
        for kind, text in sorted(terms(details))
    )


def _strength(kinds: Iterable[str]) -> int:
    return sum(WEIGHTS[kind] for kind in kinds)


def _record_search(by: Actor, notice: Notice) -> None:
    """Step 1.4 is done, once."""
    agenda = protocol.agenda(subject=notice.id, facts={})
    if not agenda.steps["1.4"].settled:
        protocol.record_event(by=by, subject=notice.id, step="1.4", kind="done")


def search_antecedents(
    *, by: Actor, details: Mapping[str, Any], notice_id: UUID | None = None
) -> list[Antecedent]:
    """Who on this node knows somebody similar; the probable ones first. The search is recorded.

    `details` has name, given_names, first_surname, second_surname, documents, phones as a person
    has. With `notice_id`, the notice is marked as searched (a case may be opened then); raises
    `ReadOnly` for a historical one.
    """
    members.check_may(by, members.Permission.NOTICE_TAKE)
    tokens = {vault.search_token(kind, text): kind for kind, text in terms(details)}
    agreeing: dict[tuple[UUID, str, UUID], list[str]] = defaultdict(list)
    with audit.act(by=by, verb="cases.search_antecedents", subject=notice_id or by.institution):
        rows = SearchToken.objects.filter(token__in=list(tokens))
        if notice_id is not None:
            notice = fetch(Notice, notice_id, by=by)
            if notice.is_historical:
                raise ReadOnly
            notice.searched_at = clock.now()
            notice.save(update_fields=["searched_at"])
            _record_search(by, notice)
            rows = rows.exclude(about_id=notice_id)
        for row in rows:
            agreeing[row.institution_id, row.about, row.about_id].append(row.kind)
    found = []
    for (institution_id, about, about_id), kinds in agreeing.items():
        weight = _strength(kinds)
        if weight < POSSIBLE:
            continue
        own = str(institution_id) == by.institution
        found.append(
            (
                -weight,
                Antecedent(
                    institution_id,
                    about,
                    about_id if own else None,
                    "probable" if weight >= PROBABLE else "possible",
                    tuple(sorted(set(kinds))),
                ),
            )
        )
    return [antecedent for _, antecedent in sorted(found, key=lambda pair: pair[0])][:50]
