"""Search for antecedents (step 1.4): folded and phonetic names, both surnames in any order,
document, phone. Answers where something similar is known, never what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import vocabulary as words
from ayni.cases.access import fetch, lock
from ayni.cases.errors import ReadOnly
from ayni.cases.models import AntecedentLink, Case, Notice, SearchToken
from ayni.lib import clock, folding
from ayni.members import api as members
from ayni.protocol import api as protocol
from ayni.vault import api as vault

# Weight of an agreement; a document or phone alone is probable, names need two that agree.
WEIGHTS = {"document": 100, "phone": 80, "surname": 30, "given": 20, "sound": 15}
PROBABLE = 60
POSSIBLE = 30
MOST = 50


@dataclass(frozen=True, slots=True)
class Antecedent:
    """Something similar: `strength` is "probable" or "possible". `about_id` and `case_ids` (the
    cases of that person or notice) only for the asker's own institution; of another one only its
    name is told."""

    institution_id: UUID
    about: str
    about_id: UUID | None
    strength: str
    agreeing: tuple[str, ...]
    case_ids: tuple[UUID, ...] = ()


def _digits(text: str) -> str:
    return "".join(c for c in text if c.isdigit())


def _document(text: str) -> str:
    return folding.fold(text).replace(" ", "").upper()


def _said(details: Mapping[str, Any]) -> set[tuple[str, str, str]]:
    """(kind, folded text, what it was made of); surnames count in any order."""
    found: set[tuple[str, str, str]] = set()
    surnames = [details.get("first_surname"), details.get("second_surname")]
    given = [details.get("given_names")]
    mixed = [details.get("name_as_written"), details.get("name")]
    mixed += [other.get("name") for other in details.get("other_names") or []]
    for names, kinds in (
        (surnames, ("surname",)),
        (given, ("given",)),
        (mixed, ("surname", "given")),
    ):
        for word in (word for name in filter(None, names) for word in folding.words(name)):
            found.update((kind, word, word) for kind in kinds)
            found.add(("sound", folding.phonetic(word), word))
    for document in details.get("documents") or []:
        if document.get("number"):
            number = _document(document["number"])
            found.add(("document", number, number))
    for phone in details.get("phones") or []:
        digits = _digits(phone)
        if len(digits) >= 6:
            # With and without the area code: people give the number as they dial it.
            found.update(("phone", digits[-n:], digits[-6:]) for n in (8, 7))
    return {each for each in found if each[1]}


def terms(details: Mapping[str, Any]) -> set[tuple[str, str]]:
    """What something is found by: (kind, folded text)."""
    return {(kind, text) for kind, text, _source in _said(details)}


def searchable(details: Mapping[str, Any]) -> bool:
    """Whether anything of it can be searched for: a name, a document or a telephone number."""
    return bool(_said(details))


def index(
    *, institution_id: UUID, subject: UUID, about: str, about_id: UUID, details: Mapping[str, Any]
) -> None:
    """Replace the search tokens of a person or notice (called inside the verb that writes it)."""
    own_only = SearchToken.objects.filter(subject=subject, own_only=True).exists()
    SearchToken.objects.filter(about_id=about_id).delete()
    SearchToken.objects.bulk_create(
        SearchToken(
            token=vault.search_token(kind, text),
            kind=kind,
            institution_id=institution_id,
            subject=subject,
            about=about,
            about_id=about_id,
            own_only=own_only,
        )
        for kind, text in sorted(terms(details))
    )


def hide(*, subject: UUID, from_others: bool) -> None:
    """Whether other institutions of this node find what is known of this subject, person and
    notice alike (called inside the verb that sets the protection flag)."""
    SearchToken.objects.filter(subject=subject).update(own_only=from_others)


def _strength(agreed: Iterable[tuple[str, str]]) -> int:
    """The weight of what agrees; each word counts once, by the best way in which it agrees."""
    best: dict[str, int] = {}
    for kind, source in agreed:
        best[source] = max(best.get(source, 0), WEIGHTS[kind])
    return sum(best.values())


def _record_search(by: Actor, notice: Notice, something: bool) -> None:
    """The notice was searched; step 1.4 is done, once."""
    notice.searched_at = clock.now()
    if notice.match_result != words.MatchResult.LINKED:
        result = words.MatchResult.PROBABLE if something else words.MatchResult.NONE
        notice.match_result = result.value
    notice.save(update_fields=["searched_at", "match_result"])
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
    with audit.act(by=by, verb="cases.search_antecedents", subject=notice_id or by.institution):
        found = _found(by, details, but=Q(about_id=notice_id) if notice_id else Q(pk__in=[]))
        if notice_id is not None:
            notice = lock(Notice, notice_id, by=by)
            if notice.is_historical:
                raise ReadOnly
            _record_search(by, notice, bool(found))
    return found


def search_referred(
    *, by: Actor, details: Mapping[str, Any], about: UUID, sender: UUID | None
) -> list[Antecedent]:
    """The same search over what arrived with a referral, before it is accepted; recorded.

    For whoever answers referrals: `details` are those that were received, so that nobody can ask
    about somebody else. What `sender`, an institution of this node, knows is left out: it is the
    one that tells us. `about` is the referral.
    """
    members.check_may(by, members.Permission.REFERRAL_ANSWER)
    with audit.act(by=by, verb="cases.search_antecedents", subject=about):
        return _found(by, details, but=Q(institution_id=sender) if sender else Q(pk__in=[]))


def _found(by: Actor, details: Mapping[str, Any], *, but: Q) -> list[Antecedent]:
    asked: dict[bytes, set[tuple[str, str]]] = defaultdict(set)
    for kind, text, source in _said(details):
        asked[vault.search_token(kind, text)].add((kind, source))
    agreed: dict[tuple[UUID, str, UUID], set[tuple[str, str]]] = defaultdict(set)
    rows = SearchToken.objects.filter(
        Q(own_only=False) | Q(institution_id=by.institution), token__in=list(asked)
    ).exclude(but)
    for place, about, about_id, token in rows.values_list(
        "institution_id", "about", "about_id", "token"
    ).iterator(chunk_size=5000):
        agreed[place, about, about_id] |= asked[bytes(token)]
    return _ranked(agreed, own=by.institution)


def _ranked(
    agreed: Mapping[tuple[UUID, str, UUID], set[tuple[str, str]]], *, own: str
) -> list[Antecedent]:
    ranked = sorted(
        ((_strength(found), key, found) for key, found in agreed.items()),
        key=lambda each: -each[0],
    )
    best = [each for each in ranked if each[0] >= POSSIBLE][:MOST]
    mine = [about_id for _w, (place, _a, about_id), _f in best if str(place) == own]
    opened: dict[UUID, list[UUID]] = defaultdict(list)
    with members.acting(own):  # also cases that are not open to the asker: that there is one
        found_cases = Case.objects.filter(Q(person_id__in=mine) | Q(notice_id__in=mine))
        for person, notice, case in found_cases.values_list("person_id", "notice_id", "id"):
            opened[person].append(case)
            if notice is not None:
                opened[notice].append(case)
    return [
        Antecedent(
            place,
            about,
            about_id if str(place) == own else None,
            "probable" if weight >= PROBABLE else "possible",
            tuple(sorted({kind for kind, _source in found})),
            tuple(opened.get(about_id, ())),
        )
        for weight, (place, about, about_id), found in best
    ]


def link_antecedent(*, by: Actor, notice_id: UUID, about: str, about_id: UUID) -> None:
    """An officer decides that an earlier notice or case is about the same person: linked, never
    merged. Doing it twice changes nothing. Raises `NotFound` for another institution's."""
    members.check_may(by, members.Permission.NOTICE_TAKE)
    if about == "case":
        fetch(Case, about_id, by=by, unopened=True)
    else:
        fetch(Notice, about_id, by=by, unopened=True)
    with audit.act(by=by, verb="cases.link_antecedent", subject=notice_id, other=about_id):
        notice = lock(Notice, notice_id, by=by)
        AntecedentLink.objects.get_or_create(
            notice=notice,
            about_id=about_id,
            defaults={
                "institution_id": notice.institution_id,
                "about": about,
                "linked_at": clock.now(),
                "linked_by": by.id,
            },
        )
        notice.match_result = words.MatchResult.LINKED.value
        notice.save(update_fields=["match_result"])


def unlink_antecedent(*, by: Actor, notice_id: UUID, about_id: UUID) -> None:
    """Take a link back; nothing else changes."""
    members.check_may(by, members.Permission.NOTICE_TAKE)
    with audit.act(by=by, verb="cases.unlink_antecedent", subject=notice_id, other=about_id):
        notice = lock(Notice, notice_id, by=by)
        AntecedentLink.objects.filter(notice=notice, about_id=about_id).delete()
        if not notice.links.exists():
            notice.match_result = words.MatchResult.PROBABLE.value
            notice.save(update_fields=["match_result"])
