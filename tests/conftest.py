"""Fixtures of all rooms. Tests run as the plain role on a migrated database."""

from __future__ import annotations

from collections.abc import Iterator

import hypothesis
import pytest
from django.conf import settings
from django.utils import translation

from ayni.lib import collecting
from tests import cast as the_cast
from tests import environment
from tools.test_on_debian import ROOMS


class _Missing(str):
    """What a template shows for a variable that does not exist: a failure."""

    __slots__ = ()

    def __contains__(self, key: object) -> bool:
        return key == "%s"

    def __mod__(self, missing: object) -> str:
        raise AssertionError(f"unknown template variable: {missing}")


def pytest_configure(config: pytest.Config) -> None:
    """The strictest mode: cheap hashing of invented passwords, unknown template variables fail."""
    # A busy machine is no failure.
    hypothesis.settings.register_profile("unhurried", deadline=None)
    hypothesis.settings.load_profile("unhurried")
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = _Missing("%s")


@pytest.hookimpl(tryfirst=True)  # before `-m database_room` chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the database rooms' tests that use the database."""
    for item in items:
        asks = item.get_closest_marker("django_db") or {"db", "cast"} & set(
            getattr(item, "fixturenames", ())
        )
        if asks and item.path.parent.name in ROOMS:
            item.add_marker(pytest.mark.database_room)


def pytest_collection_finish() -> None:
    """Thousands of tests and all rooms are loaded, and stay."""
    collecting.spare_what_is_loaded()


_left_rows = False


def _commits(item: pytest.Item) -> bool:
    mark = item.get_closest_marker("django_db")
    return bool(mark and mark.kwargs.get("transaction")) or "transactional_db" in getattr(
        item, "fixturenames", ()
    )


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """After a test that committed, the next one that asks the database begins with a new copy."""
    global _left_rows
    asks = item.get_closest_marker("django_db") or {"db", "transactional_db", "world"} & set(
        getattr(item, "fixturenames", ())
    )
    if _left_rows and asks:
        environment.begin_afresh()
        _left_rows = False
    _left_rows = _left_rows or _commits(item)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have measured (`record_property`), also where all of them have passed."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in getattr(report, "user_properties", ()):
                terminalreporter.write_line(f"measured: {report.nodeid}: {name}: {value}")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: pytest.FixtureRequest) -> None:
    """The database is made by `tests.environment`; the vault needs its keys."""
    from ayni.vault import api as vault

    vault.prepare()


@pytest.fixture(autouse=True)
def own_language() -> Iterator[None]:
    """The language of the last request stays active in its thread; each test begins without."""
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def no_haste() -> None:
    """What a process has counted of who asked how often belongs to one test."""
    from django.core.cache import cache

    from ayni.config import slowing
    from ayni.help.slowing import notices

    cache.clear()  # allauth counts there

    for counted in (slowing.OFFICERS, slowing.NODES, notices):
        counted.forget()


@pytest.fixture
def english(own_language: None) -> None:
    """What is said to whoever types a command is in English here, as in the code."""
    translation.activate("en")


@pytest.fixture
def cast(db: None) -> the_cast.Cast:
    """The named officers of the Argentine node."""
    return the_cast.assemble()
