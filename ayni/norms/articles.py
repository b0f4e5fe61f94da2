"""What states have read of instruments, as every node uses it in place of what the register has not
read."""

from __future__ import annotations

from ayni.gazette import api as gazette
from ayni.gazette.api import Published
from ayni.members import api as members
from ayni.norms import article_kind, load
from ayni.norms.article_kind import NAME, parted
from ayni.norms.errors import UnknownItem
from ayni.norms.model import ArticleRead, Evidence, Mark
from ayni.norms.standing_kind import can_be_stated


def is_read(key: str) -> bool:
    """Whether the register that is shipped has read it in its source itself."""
    seed = load.framework()
    found = seed.provisions.get(key) or seed.instruments.get(key)
    return found is not None and found.evidence.mark is Mark.VERIFIED


def own_article_said(ident: str) -> Published | None:
    """What this node said last of an article or a text, or took back; None if it never said
    anything. What it said under a former id of the instrument it still says."""
    lines = own_lines(ident)
    return next((each for each in lines if not each.said.withdrawn), lines[0] if lines else None)


def own_lines(key: str) -> list[Published]:
    """What this node has said under each id of the instrument, the present one first."""
    head, dot, number = key.partition(".")
    former = load.framework().former
    heads = [head, *sorted(old for old, now in former.items() if now == head)]
    here = members.this_node()
    found = (gazette.one(owner=here, kind=NAME, key=f"{each}{dot}{number}") for each in heads)
    return [each for each in found if each is not None]


def article_statements(instrument: str) -> list[Published]:
    """What states say of the articles and the whole text of one instrument, the highest version of
    each, whether or not it counts; by state. One that was taken back is left out."""
    return [
        each
        for each in gazette.current(kind=NAME)
        if _may_say(each.said, instrument) and (each.line.contested or not each.said.withdrawn)
    ]


def _may_say(said: gazette.Said, instrument: str = "") -> bool:
    """Whether it is about something that can be read, by a state that can say it: two that
    contradict each other are not checked."""
    try:
        of, _number = parted(said.key)
    except UnknownItem:
        return False
    return can_be_stated(of, said.owner) and instrument in ("", of.id)


def stated_articles() -> list[tuple[str, ArticleRead]]:
    """What counts of what states have read: (id of the article, or of the instrument; what one
    state says), the order that of states."""
    found = ((each.said, _stated(each)) for each in gazette.current(kind=NAME))
    return [(said.key, stated) for said, stated in found if stated is not None and _may_say(said)]


_CONTESTED = Evidence("two statements of the state that contradict each other", Mark.UNVERIFIED)


def _stated(published: Published) -> ArticleRead | None:
    """What counts of a statement: that it was read in its source, or that two of one number
    contradict each other, whatever they say; None for anything else."""
    said, body = published.said, published.said.body
    if published.line.contested:
        return ArticleRead(said.owner, "", "", "", frozenset(), _CONTESTED, contested=True)
    if not published.counts or said.withdrawn or said.valid_from is None:
        return None
    return ArticleRead(
        state=said.owner,
        text=body["text"],
        language=body["language"],
        reference=body["reference"],
        serves=article_kind.purposes_of(body["serves"]),
        evidence=Evidence(body["source"], Mark.VERIFIED, said.valid_from.isoformat()),
    )
