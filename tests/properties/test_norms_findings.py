"""What states say of their own law beside the register: that law alone changes (pure)."""

from __future__ import annotations

from datetime import date
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from ayni.norms import resolver
from ayni.norms.joined import reviewed, with_laws
from ayni.norms.load import framework
from ayni.norms.model import Crime, Evidence, Mark, StatedLaw, Subject, Text
from ayni.norms.resolver import Status

PAIRS = (("ar", "bo"), ("pe", "py"), ("ve", "ec"))
# Few, so that what is said and what is reviewed meet: those that can be a ground between these.
FINDINGS = sorted(
    each.id
    for each in framework().provisions.values()
    if each.ground and any(each.state in pair for pair in PAIRS)
)[:8] + ["bo.help.1", "br.plan.1"]
DAY = date(2026, 11, 20)
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@st.composite
def laws(draw: st.DrawFn) -> StatedLaw:
    """What a state has said of its law; or two things that contradict each other."""
    words = draw(st.sampled_from(("Se prevé.", "Está previsto.")))
    contested = draw(st.booleans())
    mark = Mark.UNVERIFIED if contested else Mark.VERIFIED
    return StatedLaw(
        provides=draw(st.booleans()),
        text=Text(es=words, pt=words, en=words),
        language="es",
        reference=draw(st.sampled_from(("", "Ley 1"))),
        on=draw(days),
        evidence=Evidence("Gaceta", mark, "2026-01-01"),
        contested=contested,
    )


said = st.dictionaries(st.sampled_from([*FINDINGS, "xx.none.1"]), laws(), max_size=8)
gone = st.dictionaries(st.sampled_from(FINDINGS), days, max_size=6)


@given(said, gone)
@settings(max_examples=100, deadline=None)
def test_only_what_was_said_changes_and_is_as_it_was_said(
    told: dict[str, StatedLaw], no_longer: dict[str, date]
) -> None:
    before = reviewed(framework(), no_longer)
    found = with_laws(before, told, no_longer)

    assert found.provisions.keys() == before.provisions.keys()
    assert (found.instruments, found.laws) == (before.instruments, before.laws)
    for ident, now in found.provisions.items():
        each = told.get(ident)
        if each is None:
            assert now == before.provisions[ident]
            continue
        assert now.evidence == each.evidence
        assert (now.state, now.topic) == (
            before.provisions[ident].state, before.provisions[ident].topic,
        )  # fmt: skip
        if not each.contested:
            assert now.text == each.text
            answered = ident not in no_longer or each.on >= no_longer[ident]
            assert now.no_longer == (not answered)


@given(said, gone, st.sampled_from(PAIRS))
@settings(max_examples=100, deadline=None)
def test_a_law_is_a_ground_only_where_it_was_read_provides_and_still_holds(
    told: dict[str, StatedLaw], no_longer: dict[str, date], pair: tuple[str, str]
) -> None:
    known = with_laws(reviewed(framework(), no_longer), told, no_longer)
    for crime, subject in product(Crime, Subject):
        found = resolver.legal_bases(
            known, requesting=pair[0], requested=pair[1], crime=crime, subject=subject, on=DAY
        )
        for each in found:
            if each.kind != "national" or each.status is not Status.AVAILABLE:
                continue
            law = told.get(each.id)
            if law is None:
                assert framework().provisions[each.id].evidence.mark is Mark.VERIFIED
                assert each.id not in no_longer
            else:
                assert law.provides
                assert not law.contested
                assert each.id not in no_longer or law.on >= no_longer[each.id]
