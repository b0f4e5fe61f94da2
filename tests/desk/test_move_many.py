"""Many open cases to what the state has adopted since: shown, chosen, moved one by one, told."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from django.test import Client

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.cases import models as cases_models
from ayni.desk import moving_views
from ayni.members import api as members
from ayni.protocol import api as protocol
from tests.agenda.conftest import officer, peers, secretariat
from tests.cast import Cast
from tests.desk.conftest import Browser
from tests.exchange.peer import Peer
from tests.protocol.registry import adopting, text, version_comes, without

__all__ = ["officer", "peers", "secretariat"]
pytestmark = pytest.mark.django_db
HERE = "/cases/move"


@pytest.fixture
def two(secretariat: Peer, cast: Cast) -> list[cases.Case]:
    """Two open cases of Ana's, opened before her state adopted anything."""
    with members.acting(cast.programme.id):
        by = members.actor_of(cast.ana)
        new = cases.NewCase(side="host", tracks=("trafficking",), person={})
        return [cases.open_case(by=by, notice_id=None, new=new) for _ in range(2)]


@pytest.fixture
def adopt(secretariat: Peer, officer: Callable[[members.Role], Actor]) -> Callable[..., None]:
    """Argentina adopts a version that the secretariat has published."""

    def run(*, lost: str = "") -> None:
        number = "1.4" if lost else "1.7"
        version_comes(secretariat, text(number, without(lost) if lost else None))
        said = adopting(parameters=(), reservations=())
        paula = officer(members.Role.NATIONAL_FOCAL_POINT)
        protocol.adopt_version(by=paula, key="reference", version=number, said=said, seen=0)

    return run


@pytest.fixture
def ana(cast: Cast, browser: Browser) -> Client:
    """Ana's browser, in English."""
    client = browser(cast.ana)
    client.cookies["ayni_ar_language"] = "en"
    return client


def code(case: cases.Case) -> str:
    return f"{case.id}:{case.version}"


def follows(cast: Cast, case: cases.Case) -> str:
    with members.acting(cast.programme.id):
        return protocol.followed(case.id).definition.version


def test_the_chosen_cases_move_each_with_its_entry_and_the_others_stay(
    ana: Client, cast: Cast, two: list[cases.Case], adopt: Callable[..., None]
) -> None:
    first, second = two
    assert "Move cases to another version" not in ana.get("/cases/").content.decode()
    adopt()
    assert 'href="/cases/move"' in ana.get("/cases/").content.decode()
    page = ana.get(HERE).content.decode()
    assert all(f'value="{code(each)}"' in page for each in two)

    told = ana.post(HERE, {"case": [code(first)]}).content.decode()

    assert "1 of 1 are done." in told
    assert first.reference in told
    assert "Moved. It follows the other version from now on." in told
    assert (follows(cast, first), follows(cast, second)) == ("1.7", "1.0")
    entries = audit.entries_of(verb="cases.move_case", limit=9)
    assert [each.subject for each in entries] == [str(first.id)]
    left = ana.get(HERE).content.decode()
    assert (first.reference in left, second.reference in left) == (False, True)


def test_a_case_that_would_lose_a_step_is_listed_with_it_and_does_not_move(
    ana: Client, cast: Cast, two: list[cases.Case], adopt: Callable[..., None]
) -> None:
    adopt(lost="2.5")
    page = ana.get(HERE).content.decode()
    assert "No open case of yours can be moved." in page
    assert 'name="case"' not in page
    page = ana.get(HERE, {"show": "cannot"}).content.decode()
    assert "Cases that cannot move, and why" in page
    assert page.count("It is not there: 2.5") == 2

    told = ana.post(HERE, {"case": [code(two[0])]}).content.decode()
    assert "Not moved." in told
    assert "It is not there: 2.5" in told
    assert follows(cast, two[0]) == "1.0"


def test_what_takes_longer_than_a_second_tells_how_far_it_is_and_goes_on(
    ana: Client, cast: Cast, two: list[cases.Case], adopt: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    adopt()
    monkeypatch.setattr(moving_views, "SLICE", 0.0)
    first, second = two
    page = ana.post(HERE, {"case": [code(first), code(second)]}).content.decode()
    assert "1 of 2 are done." in page
    assert "<progress" in page
    assert (follows(cast, first), follows(cast, second)) == ("1.7", "1.0")

    rest = {"case": [code(second)], "told": [f"{first.id}:moved"]}
    page = ana.post(HERE, rest).content.decode()
    assert "2 of 2 are done." in page
    assert "<progress" not in page
    assert follows(cast, second) == "1.7"


def test_one_that_changed_meanwhile_or_is_not_hers_stays_and_the_others_move(
    ana: Client, cast: Cast, two: list[cases.Case], adopt: Callable[..., None]
) -> None:
    adopt()
    first, second = two
    sent = {"case": [f"{first.id}:{first.version + 5}", f"{uuid4()}:0", code(second)]}
    page = ana.post(HERE, sent).content.decode()

    assert "somebody else changed this case meanwhile" in page
    assert "it is not open to you any more" in page
    assert (follows(cast, first), follows(cast, second)) == ("1.0", "1.7")


@pytest.fixture
def many_that_cannot(
    two: list[cases.Case], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> list[cases.Case]:
    """A page full of newer cases, and one more, that nobody has taken; the list comes in parts."""
    monkeypatch.setattr(moving_views, "_MOST_ASKED", 10)
    with members.acting(cast.programme.id):
        by = members.actor_of(cast.ana)
        new = cases.NewCase(side="host", tracks=("trafficking",), person={})
        opened = [
            cases.open_case(by=by, notice_id=None, new=new) for _ in range(moving_views.PAGE + 1)
        ]
        ids = [each.id for each in opened]
        cases_models.Case.objects.filter(id__in=ids).update(assigned_to=None)
    return opened


def _walked(ana: Client, **query: str) -> list[str]:
    """Every page from the first one to the last, by the link to the next."""
    pages = [ana.get(HERE, query).content.decode()]
    while (found := re.search(r'rel="next" href="([^"]+)"', pages[-1])) is not None:
        assert len(pages) < 9
        pages.append(ana.get(HERE + html.unescape(found[1])).content.decode())
    return pages


def test_the_oldest_case_is_reached_behind_however_many_that_cannot_move(
    ana: Client, two: list[cases.Case], many_that_cannot: list[cases.Case],
    adopt: Callable[..., None],
) -> None:  # fmt: skip
    adopt()
    pages = _walked(ana)
    assert "None of these cases can be moved. Older ones may." in pages[0]
    assert [sum(f'value="{code(each)}"' in page for page in pages) for each in two] == [1, 1]
    assert not any(each.reference in page for page in pages for each in many_that_cannot)


def test_those_that_cannot_move_stand_each_once_on_pages_of_their_own(
    ana: Client, two: list[cases.Case], many_that_cannot: list[cases.Case],
    adopt: Callable[..., None],
) -> None:  # fmt: skip
    adopt()
    pages = _walked(ana, show="cannot")
    for each in many_that_cannot:
        assert sum(page.count(f">{each.reference}</a>") for page in pages) == 1
    assert sum(page.count("Nobody has taken it. Take it first.") for page in pages) == 26
    assert not any(each.reference in page for page in pages for each in two)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "No case was moved. Choose at least one."),
        ({"case": ["x"]}, "No case was moved: what was sent could not be read."),
        ({"told": ["x"]}, "No case was moved: what was sent could not be read."),
        ({"case": [f"{UUID(int=n)}:1" for n in range(26)]}, "Choose 25 at most at once."),
    ],
)
def test_what_is_wrong_with_the_choice_is_said_and_nothing_moves(
    sent: dict[str, list[str]], words: str,
    ana: Client, cast: Cast, two: list[cases.Case], adopt: Callable[..., None],
) -> None:  # fmt: skip
    adopt()
    answer = ana.post(HERE, sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert page.count("No case was moved") == 1
    assert follows(cast, two[0]) == "1.0"


def test_who_works_on_no_case_moves_none(
    cast: Cast, browser: Browser, two: list[cases.Case], adopt: Callable[..., None]
) -> None:
    adopt()
    dora = browser(cast.dora)
    assert dora.get(HERE).status_code == 403
    assert dora.post(HERE, {"case": [code(two[0])]}).status_code == 403
    assert follows(cast, two[0]) == "1.0"
