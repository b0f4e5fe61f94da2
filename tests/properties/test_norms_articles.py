"""What states have read of instruments beside the register: nothing beyond what all say (pure)."""

from __future__ import annotations

from datetime import date
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.norms import resolver
from ayni.norms.joined import can_read, with_articles
from ayni.norms.load import framework
from ayni.norms.model import ArticleRead, Crime, Evidence, Instrument, Mark, Subject
from ayni.norms.resolver import Status

DAY = date(2026, 11, 20)
STATES = ("ar", "bo", "pe", "co")
# In force and without articles, one read by nobody, one with articles of every sort, and nothing.
INSTRUMENTS = ("ar-bo-trafficking", "bo-pe-trafficking", "palermo-smuggling", "vccr")
ITEMS = [
    *INSTRUMENTS, "ar-bo-trafficking.3", "ar-bo-trafficking.12", "ar_bo_trafficking.3",
    "bo-pe-trafficking.1", "palermo-smuggling.18", "palermo-smuggling.16", "palermo-smuggling.10",
    "vccr.36", "untoc.18", "xx-none.1",
]  # fmt: skip
purposes = st.frozensets(
    st.tuples(st.sampled_from(list(Crime)), st.sampled_from(list(Subject))), max_size=14
)


@st.composite
def lines(draw: st.DrawFn) -> tuple[str, ArticleRead]:
    """One state has said something of one item; or two things that contradict each other."""
    contested = draw(st.booleans()) and draw(st.booleans())
    mark = Mark.UNVERIFIED if contested else Mark.VERIFIED
    read = ArticleRead(
        state=draw(st.sampled_from(STATES)),
        text="" if contested else draw(st.sampled_from(("Se prevé.", "Está previsto."))),
        language="es",
        reference=draw(st.sampled_from(("", "art. 1"))),
        serves=frozenset() if contested else draw(purposes),
        evidence=Evidence("Gaceta", mark, draw(st.sampled_from(("2026-01-01", "2026-02-01")))),
        contested=contested,
    )
    return draw(st.sampled_from(ITEMS)), read


said = st.lists(lines(), max_size=10, unique_by=lambda row: (row[0], row[1].state))


def heard(
    told: list[tuple[str, ArticleRead]], ident: str, of: Instrument
) -> dict[str, ArticleRead]:
    """The simple reference: by state what counts of one item, its present id before a former."""
    former = framework().former
    found: dict[str, ArticleRead] = {}
    for present in (False, True):
        for key, each in told:
            head, dot, number = key.partition(".")
            now = f"{former.get(head, head)}{dot}{number}"
            if now == ident and (head not in former) is present and can_read(of, each.state):
                found[each.state] = each
    return found


@given(said)
@settings(max_examples=150, deadline=None)
def test_only_what_was_read_changes_and_what_the_register_has_read_never(
    told: list[tuple[str, ArticleRead]],
) -> None:
    before, found = framework(), with_articles(framework(), told)
    assert found.laws == before.laws
    for ident, now in found.provisions.items():
        old = before.provisions.get(ident)
        if not now.instrument:
            assert now == old
            continue
        of = before.instruments[now.instrument]
        heard_of = heard(told, ident, of)
        assert now.read_by == tuple(heard_of[each] for each in sorted(heard_of))
        if old is not None and (not heard_of or old.evidence.mark is Mark.VERIFIED):
            assert (now.text, now.evidence, now.reference) == (
                old.text, old.evidence, old.reference,
            )  # fmt: skip
        else:
            sure = not any(each.contested for each in heard_of.values())
            assert (now.evidence.mark is Mark.VERIFIED) == sure
            assert now.reference
    for ident, instrument in found.instruments.items():
        heard_of = heard(told, ident, before.instruments[ident])
        if before.instruments[ident].evidence.mark is Mark.VERIFIED or not heard_of:
            assert instrument.evidence == before.instruments[ident].evidence
        else:
            sure = not any(each.contested for each in heard_of.values())
            assert (instrument.evidence.mark is Mark.VERIFIED) == sure


@given(said)
@settings(max_examples=150, deadline=None)
def test_each_purpose_stays_in_as_many_grounds_and_rests_on_what_all_say_that_it_serves(
    told: list[tuple[str, ArticleRead]],
) -> None:
    before, found = framework(), with_articles(framework(), told)
    for ident, crime, subject in product(INSTRUMENTS, Crime, Subject):
        old, now = before.instruments[ident], found.instruments[ident]
        was = [each for each in old.grounds if each.serves(crime, subject)]
        serving = [each for each in now.grounds if each.serves(crime, subject)]
        assert len(serving) == len(was)
        assert [each.conditions for each in serving] == [each.conditions for each in was]
        for before_ground, ground in zip(was, serving, strict=True):
            for article in {*ground.provisions, *before_ground.provisions}:
                heard_of = heard(told, article, old).values()
                known = before.provisions.get(article)
                counts = heard_of and not any(each.contested for each in heard_of)
                if known is not None and known.evidence.mark is Mark.VERIFIED:
                    counts = False
                if counts:
                    agreed = all((crime, subject) in each.serves for each in heard_of)
                    assert (article in ground.provisions) == agreed
                else:
                    assert (article in ground.provisions) == (article in before_ground.provisions)


@given(said, st.sampled_from((("ar", "bo"), ("pe", "ar"), ("bo", "pe"))))
@settings(max_examples=100, deadline=None)
def test_a_basis_can_be_named_only_on_an_article_that_somebody_has_read(
    told: list[tuple[str, ArticleRead]], pair: tuple[str, str]
) -> None:
    before, known = framework(), with_articles(framework(), told)
    for crime, subject in product(Crime, Subject):
        found = resolver.legal_bases(
            known, requesting=pair[0], requested=pair[1], crime=crime, subject=subject, on=DAY
        )
        for each in found:
            if each.kind != "instrument" or each.status is not Status.AVAILABLE:
                continue
            of = before.instruments[each.id]
            assert any(
                (old := before.provisions.get(article)) is not None
                and old.evidence.mark is Mark.VERIFIED
                or (
                    (heard_of := heard(told, article, of))
                    and all((crime, subject) in one.serves for one in heard_of.values())
                )
                for article in each.provisions
            )


@given(said)
@settings(max_examples=50, deadline=None)
def test_the_order_in_which_it_came_changes_nothing(told: list[tuple[str, ArticleRead]]) -> None:
    assert with_articles(framework(), told[::-1]) == with_articles(framework(), told)
