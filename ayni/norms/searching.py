"""Looking for instruments and provisions: words by PostgreSQL's full-text search, in all three
languages at once, and filters.

There is no table: the register is a few hundred short texts that are shipped with the program, and
PostgreSQL is given them with the question. So nothing can be stale, and what states have published
since counts at once (ADR 0071).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db import connection
from django.utils import translation

from ayni.members import api as members
from ayni.norms import words
from ayni.norms.model import Force, Framework, Text, Topic
from ayni.norms.passages import Passage, Reach, Standings, passages, standings
from ayni.norms.stating import framework
from ayni.norms.wording import TOPICS

# The languages of the register, and PostgreSQL's own dictionary for each.
CONFIGS = {"es": "pg_catalog.spanish", "pt": "pg_catalog.portuguese", "en": "pg_catalog.english"}
_TAGS = {"es": "es", "pt": "pt-br", "en": "en"}

_FIND = """
WITH passage AS MATERIALIZED (
    SELECT n, language,
           setweight(to_tsvector(language::regconfig, title), 'A')
           || setweight(to_tsvector(language::regconfig, content), 'B') AS words
      FROM unnest(%(n)s::int[], %(language)s::text[], %(title)s::text[], %(content)s::text[])
           AS given(n, language, title, content)
), question AS MATERIALIZED (
    SELECT language, websearch_to_tsquery(language::regconfig, asked) AS asked
      FROM unnest(%(languages)s::text[], %(asked)s::text[]) AS given(language, asked)
), unwanted AS MATERIALIZED (
    SELECT language, phraseto_tsquery(language::regconfig, asked) AS asked
      FROM unnest(%(out_languages)s::text[], %(out)s::text[]) AS given(language, asked)
)
SELECT n, language, ts_rank_cd(words, asked)
  FROM passage JOIN question USING (language)
 WHERE words @@ asked
   -- What a passage says in one language it says in all of them.
   AND n NOT IN (SELECT p.n FROM passage p JOIN unwanted u USING (language)
                  WHERE p.words @@ u.asked)
"""
_SHOW = """
WITH question AS MATERIALIZED (
    SELECT language, plainto_tsquery(language::regconfig, word) AS asked
      FROM unnest(%(languages)s::text[], %(asked)s::text[]) AS given(language, word)
)
SELECT DISTINCT language, word
  FROM unnest(%(of)s::text[], %(words)s::text[]) AS given(language, word)
  JOIN question USING (language)
 WHERE to_tsvector(language::regconfig, word) @@ asked
"""


@dataclass(frozen=True, slots=True)
class Question:
    """What is looked for. `words`: as typed, empty for everything; `state`: code, `reach`, `topic`,
    `force`: empty for any; `on`: the day on which it is or is not in force; `language` of the
    reader: `es`, `pt` or `en`."""

    on: date
    words: str = ""
    state: str = ""
    reach: Reach | None = None
    topic: Topic | None = None
    force: Force | None = None
    language: str = "es"


@dataclass(frozen=True, slots=True)
class Found:
    """One passage that was found; how it stands on the day asked for; in which language the words
    were found (`es`, `pt`, `en`; that of the reader if they were)."""

    passage: Passage
    standings: Standings
    force: Force
    language: str


def find(question: Question, *, known: Framework | None = None) -> list[Found]:
    """Everything that answers a question: what fits best first; without words in the order of the
    register. `known`: another framework than that of this node."""
    known = known or framework()
    everything = passages(known)
    ranked = _ranked(everything, question)
    found = []
    for passage, language in ranked:
        if not _fits(passage, question):
            continue
        how = standings(known, passage, states=tuple(members.states()), on=question.on)
        force = how.values.get(question.state, how.force) if question.state else how.force
        if question.force is None or force is question.force:
            found.append(Found(passage, how, force, language))
    return found


def _fits(passage: Passage, question: Question) -> bool:
    return (
        (not question.state or question.state in passage.states)
        and (question.reach is None or passage.reach is question.reach)
        and (question.topic is None or question.topic in passage.topics)
    )


def _ranked(everything: tuple[Passage, ...], question: Question) -> list[tuple[Passage, str]]:
    """Passages in which the words are, with the language in which they are: the reader's first."""
    asked = question.words.strip()[: words.LONGEST]
    if not asked:
        return [(each, question.language) for each in everything]
    rows = _rows(everything)
    out = [
        (config, each)
        for language, config in CONFIGS.items()
        for each in words.left_out(asked, language)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND,
            {
                **rows,
                "languages": list(CONFIGS.values()),
                "asked": [words.canonical(asked, language) for language in CONFIGS],
                "out_languages": [row[0] for row in out],
                "out": [row[1] for row in out],
            },
        )
        hits = cursor.fetchall()
    names = {config: language for language, config in CONFIGS.items()}
    best: dict[int, tuple[bool, float, str]] = {}
    for n, config, rank in hits:
        language = names[config]
        mine = (language == question.language, rank, language)
        best[n] = max(best.get(n, mine), mine)
    order = sorted(best, key=lambda n: (-max(best[n][1], 0.0), n))
    return [(everything[n], best[n][2]) for n in order]


@lru_cache(maxsize=2)
def _rows(everything: tuple[Passage, ...]) -> dict[str, list[int] | list[str]]:
    """Every passage in every language as PostgreSQL is given it."""
    found: list[tuple[int, str, str, str]] = []
    for language, config in CONFIGS.items():
        with translation.override(_TAGS[language]):
            for n, each in enumerate(everything):
                title, content = _texts(each, language)
                found.append(
                    (n, config, words.canonical(title, language),
                     words.canonical(content, language))
                )  # fmt: skip
    return {
        "n": [row[0] for row in found],
        "language": [row[1] for row in found],
        "title": [row[2] for row in found],
        "content": [row[3] for row in found],
    }


def _texts(passage: Passage, language: str) -> tuple[str, str]:
    """The title and the content of a passage in one language, as words are looked for in them."""
    # An abbreviation is looked for in whatever language its reader knows it.
    short = passage.short
    shorts = dict.fromkeys((short.es, short.pt, short.en)) if short else ()
    title = [_in(passage.names, language), *shorts]
    if passage.state:
        title.append(str(members.state(passage.state).name))
    title += [str(TOPICS[each]) for each in sorted(passage.topics)]
    content = [passage.reference, _in(passage.text, language)]
    return " . ".join(filter(None, title)), " . ".join(filter(None, content))


def _in(text: Text | None, language: str) -> str:
    return text.in_language(language) if text else ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One found passage with its words told apart: the name, the reference, the content; `lang`
    is the language of these texts if it is not the reader's."""

    found: Found
    name: list[words.Piece]
    reference: list[words.Piece]
    content: list[words.Piece]
    lang: str


def shown(found: Iterable[Found], question: Question) -> list[Shown]:
    """The same with the words told apart that made PostgreSQL find them. One question for all."""
    rows = [(each, *_visible(each)) for each in found]
    hits = _hits(rows, question)
    answer = []
    for each, name, reference, content in rows:
        language = each.language
        told = hits.get(language, set())
        answer.append(
            Shown(
                found=each,
                name=words.excerpt(name, told, language) if name else [],
                reference=words.excerpt(reference, told, language),
                content=words.excerpt(content, told, language),
                lang="" if language == question.language else _TAGS[language],
            )
        )
    return answer


_Row = tuple[Found, str, str, str]


def _visible(found: Found) -> tuple[str, str, str]:
    passage, language = found.passage, found.language
    return _in(passage.names, language), passage.reference, _in(passage.text, language)


def _hits(rows: list[_Row], question: Question) -> dict[str, set[str]]:
    """For each language the words of these texts that PostgreSQL takes for one of the question."""
    asked = [
        (config, each)
        for language, config in CONFIGS.items()
        for each in words.looked_for(question.words, language)
    ]
    if not asked or not rows:
        return {}
    there = sorted(
        {
            (CONFIGS[each.language], word)
            for each, *texts in rows
            for text in texts
            for word in words.words(text, each.language)
        }
    )
    with connection.cursor() as cursor:
        cursor.execute(
            _SHOW,
            {
                "languages": [row[0] for row in asked],
                "asked": [row[1] for row in asked],
                "of": [row[0] for row in there],
                "words": [row[1] for row in there],
            },
        )
        found: dict[str, set[str]] = {}
        names = {config: language for language, config in CONFIGS.items()}
        for config, word in cursor.fetchall():
            found.setdefault(names[config], set()).add(word)
    return found
