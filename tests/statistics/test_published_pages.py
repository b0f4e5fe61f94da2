"""The page of a release that everybody sees: whose figures, of whom, in words, and its tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from ayni.statistics import api as statistics
from ayni.statistics import release_words
from ayni.statistics.api import Declared, Method
from ayni.statistics.pages import release_tables
from ayni.statistics.privacy.domain import read_domain
from ayni.statistics.releasing.kinds import RELEASE
from tests.agenda.stories import comes, found_as
from tests.exchange.peer import Peer
from tests.statistics import published_stories as stories
from tests.statistics.release_stories import an_office, browser, proposed, published, tallied

LANGUAGES = ("es", "pt", "en")
YEARS = (2022, 2023)


@pytest.fixture
def bolivia(db: None) -> Iterator[Peer]:
    """Bolivia's node, which hears what this one publishes and publishes itself."""
    peer = Peer(node="bo", institution="bo-focal-point", kind="focal_point")
    found_as("ar", peer)
    yield peer
    peer.stop()


def page(path: str, status: int = 200) -> str:
    """A page as a stranger gets it, its text as it is read."""
    answer = Client().get(f"/statistics/published/{path}")
    assert answer.status_code == status, answer.status_code
    return unescape(answer.content.decode())


def of(owner: str = "bo", key: str = stories.KEY, language: str = "en") -> str:
    return f"{language}/{owner}/{key}/"


def words(markup: str) -> str:
    """What is read, with single spaces."""
    return " ".join(re.sub("<[^>]+>", " ", markup.split("<main")[1]).split())


def test_a_release_says_whose_figures_of_whom_of_when_and_what_was_done(bolivia: Peer) -> None:
    pytest.importorskip("scipy", reason="releases need the extra observatory")
    office = an_office()
    tallied()
    row = published(office, Declared(tables=(("sex", "age"), ("sex",)), years=YEARS))
    said = words(page(of("ar", row.key)))
    for told in (
        "Argentina, counted by:",
        "Persons named as victims of trafficking in persons in calls to Línea 145",
        "never added to the smuggling of migrants",
        "2022 – 2023",
        "Out of 370",
        "Ministry of Justice of Argentina",
        "Classical: true counts, the small ones hidden or changed",
        "A number of persons from 1 to 9 is not shown",
        row.sha256,
        "Smallest number that may be shown",
        "Sex: what is in no list stands under “Sex not told”. There in all: 0 of 370.",
    ):
        assert told in said, told
    assert "threshold" not in said
    assert "where_needed" not in said


@pytest.mark.parametrize("method", [Method.SUPPRESSION, Method.ROUNDING, Method.CELL_KEY])
def test_what_was_done_to_the_numbers_is_told_of_each_method(bolivia: Peer, method: Method) -> None:
    pytest.importorskip("scipy", reason="releases need the extra observatory")
    office = an_office()
    tallied()
    row = published(office, Declared(method=method, tables=(("sex",),), years=YEARS))
    _entry, content = statistics.published_release(owner="ar", key=row.key)
    assert release_tables.method_words(content, row.method)


def test_a_withdrawn_release_leaves_its_notice_and_no_number(bolivia: Peer) -> None:
    sha256 = stories.arrives(bolivia, stories.with_noise(60))
    assert sha256 in page(of())
    stories.arrives(bolivia, stories.with_noise(60), version=2, withdrawn="counted_wrongly",
                    corrects=False)  # fmt: skip
    for version in (2, 3):
        if version == 3:
            stories.is_withdrawn(bolivia, version=version)
        assert "Why: The figures were counted wrongly." in words(page(of(), 410))
    told = page(of(), 410)
    assert "Bolivia withdrew these figures on" in words(told)
    assert sha256 in told
    assert "<table" not in told
    for kind in ("csv", "json", "xlsx"):
        assert "withdrew" in page(f"{of()}{kind}", 410)
    first = words(page("en/"))
    assert "Withdrawn figures" in first
    assert "Nothing that was published stands today" in first


@pytest.mark.parametrize(
    ("key", "body"),
    [(stories.KEY, {}), ("foo", {}), (stories.KEY, {"withdrawn": []}), ("foo", None)],
)
def test_a_malformed_line_of_one_member_takes_no_page_from_the_others(
    bolivia: Peer, key: str, body: dict[str, Any] | None
) -> None:
    stories.arrives(bolivia, stories.with_noise(30), key=stories.key(1))
    if body is None:  # all of it sound but its key, which no address can have
        stories.arrives(bolivia, stories.with_noise(31), key=key)
    else:
        comes(bolivia, RELEASE, key, body)
    stories.is_withdrawn(bolivia, key=key)
    first = words(page("en/"))
    assert "Records of a register" in first
    assert "Withdrawn figures" not in first, "of what was never shown nobody is told"
    if key == stories.KEY:
        assert "Bolivia withdrew these figures on" in words(page(of(), 410))


_HALF_A_CHARACTER = "\\ud800"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"where":{}', '"where":[]'),
        ('"where":{}', f'"where":{{"year":"{_HALF_A_CHARACTER}"}}'),
        ('"subject":"', f'"subject":"{_HALF_A_CHARACTER}'),
        ('"epsilon":1.0', '"epsilon":Infinity'),
        ('"epsilon":1.0', '"epsilon":NaN'),
        ('"lines":[', '"lines":[["x","y",Infinity],'),
        ('"lines":[', '"lines":[["x","y",1e400],'),
        ('"lines":[', '"lines":[["x","y",' + "9" * 400 + "],"),
        ('"lines":[', '"lines":[["x","y",9007199254740993],'),
        ('"by":[', '"by":[[],'),
        ('"format":1', '"format":' + "[" * 5000 + "1" + "]" * 5000),
    ],
)
def test_a_content_that_is_none_is_not_found_and_breaks_no_page(
    bolivia: Peer, before: str, after: str
) -> None:
    raw = stories.with_noise(20).to_bytes().replace(before.encode(), after.encode(), 1)
    stories.arrives(bolivia, stories.with_noise(20), raw=raw)
    page(of(), 404)
    page(of() + "csv", 404)
    assert "Records of a register" in words(page("en/"))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"epsilon":1.0', '"epsilon":1e400'),
        ('"epsilon":1.0', '"epsilon":{}'),
        ('"level":0.95', '"level":[]'),
        ('"delta":1.8e-06', '"delta":"small"'),
        ('"delta":1.8e-06', '"delta":-1e400'),
        ('"delta":1.8e-06', '"delta":1e-320'),
        ('"delta":1.8e-06', '"delta":null'),
        ('"first":"2020"', '"first":7,"holder":{"a":1}'),
        ('"first":"2020"', '"states":[{}]'),
    ],
)
def test_what_a_member_declares_amiss_breaks_no_page(
    bolivia: Peer, before: str, after: str
) -> None:
    raw = stories.with_noise(20).to_bytes().replace(before.encode(), after.encode(), 1)
    stories.arrives(bolivia, stories.with_noise(20), raw=raw)
    page(of())
    page(of() + "?table=1")


@pytest.mark.parametrize("days", [("2023-02-30", "2023-03-01"), ("2023-01-01", "2023-99-99")])
def test_a_day_that_does_not_exist_is_told_as_it_came(bolivia: Peer, days: tuple[str, str]) -> None:
    stories.arrives(bolivia, stories.with_noise(20), first=days[0], last=days[1])
    said = words(page(of()))
    assert any(each in said for each in ("2023-02-30", "2023-99-99"))
    assert words(page("en/"))


def test_a_correction_says_what_it_replaces(bolivia: Peer) -> None:
    stories.arrives(bolivia, stories.with_noise(60))
    stories.arrives(bolivia, stories.with_noise(61), version=2, reason="late_records")
    said = words(page(of()))
    assert "These figures correct earlier ones. Those of" in said
    assert "version 2" in said
    assert "Why: Records of the period came in" in said
    listed = words("<main" + page("en/").split("</form>")[1])  # not what can be chosen
    assert len(re.findall("Records of a register", listed)) == 1


def test_figures_of_several_states_name_each_of_them(bolivia: Peer) -> None:
    content = stories.with_noise(60)
    about = {**content.about, "states": ["AR", "PE"]}
    told = type(content)(
        content.mode, content.subject, about, content.parameters, content.tables, content.records
    )
    stories.arrives(bolivia, told, source="sum")
    assert "Argentina, Peru together, added up by: Bolivia" in words(page(of()))


def test_what_is_not_there_is_not_found(bolivia: Peer) -> None:
    page(of(), 404)
    stories.arrives(bolivia, stories.with_noise(30))
    page(f"en/ar/{stories.KEY}/", 404)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_and_value_of_a_register_has_words(language: str) -> None:
    domain = read_domain("ctdc_shaped_1")
    with translation.override({"pt": "pt-br"}.get(language, language)):
        for column in domain.columns:
            said = statistics.dimension(column.name)
            assert said != column.name
            for code in column.values:
                told = release_tables.label(column.name, code)
                assert told, column.name
                # Female, Mining and 2020 are words already.
                if code in ("", "1") or any(map(str.isupper, code[1:])):
                    assert told != code, (column.name, code)
    if language != "en":
        with translation.override("en"):
            english = [statistics.dimension(column.name) for column in domain.columns]
        with translation.override({"pt": "pt-br"}.get(language, language)):
            own = [statistics.dimension(column.name) for column in domain.columns]
        assert not set(english) & set(own)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_of_a_release_with_noise_shows_a_code(bolivia: Peer, language: str) -> None:
    content = stories.with_noise(50)
    stories.arrives(bolivia, content)
    codes = re.compile(r"\b(is|means)[A-Z]\w+|\b[a-z]+[A-Z]\w+|CountryOf\w+|\bZZ\b|DomesticWork")
    for query in ("", *(f"?table={n}" for n in range(1, 31))):
        said = words(page(of(language=language) + query)).replace("numpy", "")
        assert not codes.search(said.partition("SHA-256")[0]), (query, codes.search(said))


def test_a_date_of_the_data_that_nobody_has_said_is_told_as_unknown(bolivia: Peer) -> None:
    stories.arrives(bolivia, stories.with_noise(50), dated="unknown")
    said = words(page(of()))
    assert "Data of Unknown: whoever proposed these figures did not say it" in said


def test_the_page_of_one_table_says_how_much_its_columns_do_not_tell(bolivia: Peer) -> None:
    shown = stories.with_hidden_numbers()
    stories.arrives(bolivia, shown, **stories.OF_CASES)
    whole = words(page(of()))
    for number, table in enumerate(shown.tables, 1):
        said = words(page(f"{of()}?table={number}"))
        for column, told in (("age", "Age group 25 1.5 %"), ("sex", "Sex 19 1.1 %")):
            assert told in whole
            assert (told in said) is (column in table.by), (number, column)


def test_how_many_stand_under_other_is_told_only_as_the_tables_tell_it(bolivia: Peer) -> None:
    shown = stories.with_hidden_numbers()
    stories.arrives(bolivia, shown, **stories.OF_CASES)
    said = words(page(of()))
    for told in (
        "Age group: what is in no list stands under “Age not told”. There in all: 25 of 1,722.",
        "Sex: what is in no list stands under “Sex not told”. There in all: 19 of 1,722.",
    ):
        assert told in said, told
    totals = shown.tables[0]
    hidden = tuple(
        replace(line, value=None) if line.codes == ("unknown", None) else line
        for line in totals.lines
    )
    tables = (replace(totals, lines=hidden), *shown.tables[1:])
    stories.arrives(bolivia, replace(shown, tables=tables), version=2, **stories.OF_CASES)
    said = words(page(of()))
    assert (
        "Sex: what is in no list stands under “Sex not told”. How many stand there in all is not "
        "shown." in said
    )
    stories.arrives(
        bolivia, replace(shown, tables=shown.tables[2:3]), version=3, **stories.OF_CASES
    )
    assert "There in all" not in words(page(of()))


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "about 1 in 560,000"), ("es", "cerca de 1 en 560 000"),
     ("pt", "cerca de 1 em 560.000")],
)  # fmt: skip
def test_delta_is_told_as_one_in_so_many_and_exactly_in_the_metadata(
    bolivia: Peer, language: str, said: str
) -> None:
    stories.arrives(bolivia, stories.with_noise(30))
    told = words(page(of(language=language)))
    assert told.count(said) == 2, "in what was done to the numbers, and in what was declared"
    assert "e-06" not in told
    answer = Client().get(f"/statistics/published/{of(language=language)}csv")
    raw = b"".join(answer)  # type: ignore[arg-type]
    metadata = json.loads(ZipFile(BytesIO(raw)).read("datapackage.json"))
    assert metadata["ayni"]["parameters"]["delta"] == 1.8e-6


@given(st.floats(min_value=1e-17, max_value=0.0999))
def test_a_chance_in_words_is_within_a_twentieth_of_it(of: float) -> None:
    with translation.override("en"):
        said = release_words.chance(of)
    number = int(said.removeprefix("about 1 in ").replace(",", ""))
    assert 1 / number == pytest.approx(of, rel=0.053)
    assert len(str(number).rstrip("0")) <= 2


@pytest.mark.parametrize("of", [0.0, 1e-300, 0.1, 1.0, 7.0, -1.0, float("inf"), float("nan")])
def test_what_is_no_small_chance_is_told_as_a_number(of: float) -> None:
    assert release_words.chance(of) == f"{of:g}"


LABELS = [
    ("en", "Female", "Under 18", "not shown"),
    ("es", "Mujer", "Menos de 18 años", "no se muestra"),
    ("pt-br", "Mulher", "Menos de 18 anos", "não é mostrado"),
]


@pytest.mark.parametrize(("language", "sex", "age", "hidden"), LABELS)
def test_the_office_sees_the_drawing_and_the_words_that_every_reader_will_see(
    bolivia: Peer, language: str, sex: str, age: str, hidden: str
) -> None:
    pytest.importorskip("scipy", reason="releases need the extra observatory")
    office = an_office()
    tallied()
    row = proposed(office.eva, Declared(tables=(("sex",), ("sex", "age")), years=(2022, 2022)))
    client = browser(office.mario, language)
    first = unescape(client.get(f"/statistics/releases/{row.id}").content.decode())
    assert "<svg" in first.split("<main")[1]
    second = unescape(client.get(f"/statistics/releases/{row.id}?table=2").content.decode())
    svg = drawing(second.split("<main")[1])
    assert f"{sex}, {age}" in svg
    assert "ayni-cross" in second
    said = words(second)
    assert f" {hidden} " in said
    for code in ("female", "child", "unknown"):
        assert code not in said, code
    for wrong in ("?table=99", "?table=x&part=7"):
        assert client.get(f"/statistics/releases/{row.id}{wrong}").status_code == 200


def test_an_empty_code_is_told_from_all_together(bolivia: Peer) -> None:
    assert release_tables.label("isForcedLabour", "") == release_tables.label("typeOfLabour", "")
    with translation.override("en"):
        assert release_tables.label("isForcedLabour", "") == "Not written"
        assert release_tables.label("citizenship", "") == "Not told"
        assert release_tables.label("sex", "not_told") == "Not told"


def drawing(markup: str) -> str:
    """The drawing of a page."""
    found = re.search("<svg.*?</svg>", markup, re.DOTALL)
    assert found is not None
    return found[0]


def test_what_is_hidden_is_hatched_and_never_drawn_as_zero(bolivia: Peer) -> None:
    stories.arrives(bolivia, stories.with_hidden_numbers(), **stories.OF_CASES)
    pyramid = page(of() + "?table=1")
    svg = drawing(pyramid)
    assert "Male, Under 18: not shown" in svg
    assert "Female, 18 or over: 1,240" in svg
    assert "held back, because it could point at" in svg  # in two lines
    assert "<title>Male, Under 18: 0" not in svg
    said = words(pyramid)
    assert "not shown" in said
    assert re.search("Total 40 1,657 25 1,722", said)
    places = drawing(page(of() + "?table=2"))
    assert "Uruguay: not shown" in places
    assert "Venezuela: 193" in places
    years = drawing(page(of() + "?table=3"))
    assert "2018: not shown" in years
    assert years.count("<title>Number, ") == 7
    assert "18 or over: 50" in drawing(page(of() + "?table=4"))


def test_every_drawing_has_a_title_and_the_facts_as_description(bolivia: Peer) -> None:
    stories.arrives(bolivia, stories.with_noise(120))
    for number in range(1, 31):
        markup = page(f"{of()}?table={number}")
        svg = drawing(markup)
        assert re.search(r"<title[^>]*>[^<]+</title><desc[^>]*>[^<]*Whose figures: Bolivia", svg)
        caption = re.search("<caption.*?</caption>", markup, re.DOTALL)
        assert caption is not None
        assert 'scope="col"' in markup
        assert 'scope="row"' in markup


def test_a_published_interval_is_drawn_at_each_bar_and_told_in_each_cell(bolivia: Peer) -> None:
    stories.arrives(bolivia, stories.with_noise(120))
    markup = page(of() + "?table=12")
    assert markup.count('class="ayni-cross__interval"') == 40
    # Two strokes each (an edge of paper below the line), for both sides of ten ages.
    assert drawing(markup).count('<path d="M') == 40


def test_a_list_comes_first_and_each_table_has_a_page(bolivia: Peer) -> None:
    stories.arrives(bolivia, stories.with_noise(60))
    first = page(of())
    assert "<svg" not in first.split("<main")[1]
    assert first.count('href="?table=') == 30
    part = page(of() + "?table=30&part=3")
    assert part.count('aria-current="page"') == 1
    # Whoever reads another language stays at the table.
    assert f"/statistics/published/es/bo/{stories.KEY}/?table=30&part=3" in part
    for wrong in ("?table=31", "?table=x", "?table=-1", "?table=1&part=99", "?table=²"):
        page(of() + wrong)


def test_one_table_stands_on_the_page_of_its_release(bolivia: Peer) -> None:
    content = stories.with_hidden_numbers()
    one = type(content)(
        content.mode, content.subject, content.about, content.parameters, content.tables[:1]
    )
    stories.arrives(bolivia, one, **stories.OF_CASES)
    assert "Male, Under 18: not shown" in drawing(page(of()))


def test_cases_of_another_node_are_not_called_those_of_this_one(bolivia: Peer) -> None:
    stories.arrives(bolivia, stories.with_hidden_numbers(), **stories.OF_CASES)
    said = words(page(of()))
    assert "this node" not in said
    assert "Smuggling of migrants only" in said
    assert "no victim of trafficking" not in said


@pytest.mark.parametrize(
    ("language", "may_be_zero", "is_not_zero"),
    [
        ("en", "It may be any number, also a large one or zero", "It is not zero"),
        ("es", "Puede ser cualquier número, también uno grande o cero", "No es cero"),
        ("pt", "Pode ser qualquer número, também um grande ou zero", "Não é zero"),
    ],
)
@pytest.mark.parametrize("zeros", ["where_needed", "shown", None])
def test_a_hidden_number_is_called_no_zero_only_where_zeros_always_stand(
    bolivia: Peer, language: str, may_be_zero: str, is_not_zero: str, zeros: str | None
) -> None:
    content = stories.with_hidden_numbers()
    parameters = {key: told for key, told in content.parameters.items() if key != "zeros"}
    if zeros:
        parameters["zeros"] = zeros
    stories.arrives(bolivia, replace(content, parameters=parameters), **stories.OF_CASES)
    said = words(page(of(language=language) + "?table=1"))
    address = f"/statistics/published/{language}/bo/{stories.KEY}/csv"
    with ZipFile(BytesIO(b"".join(Client().get(address).streaming_content))) as archive:
        resources = json.loads(archive.read("datapackage.json"))["resources"]
    *_codes, value = resources[0]["schema"]["fields"]
    for told in (said, value["description"]):
        assert (is_not_zero in told) is (zeros == "shown")
        assert (may_be_zero in told) is (zeros != "shown")
    # Of a table that shows every number nothing of the kind is said.
    assert may_be_zero not in words(page(of(language=language) + "?table=4"))
    assert may_be_zero not in resources[3]["schema"]["fields"][-1]["description"]
