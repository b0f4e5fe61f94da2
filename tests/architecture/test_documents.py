"""Documents that cannot go stale: what they name exists."""

from __future__ import annotations

import re

import pytest

from tests.architecture.rooms import ROOT, tracked

PROMISES = 9
FRONT_PAGES = ("README.md", "LEEME.md", "LEIAME.md")
_NAMED = re.compile(r"`((?:ayni|tests|tools|docs)/[\w./-]+?)(?:::(\w+))?`")
_LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)(?:#[^)]*)?\)")


def _named(document: str) -> list[tuple[str, str]]:
    return _NAMED.findall((ROOT / document).read_text("utf-8"))


@pytest.mark.parametrize("document", ["SECURITY.md", "CONTRIBUTING.md"])
def test_every_file_and_test_that_is_named_exists(document: str) -> None:
    missing = []
    for path, test in _named(document):
        file = ROOT / path
        if not file.exists():
            missing.append(path)
        elif test and not re.search(rf"^(async )?def {test}\(", file.read_text("utf-8"), re.M):
            missing.append(f"{path}::{test}")

    assert not missing
    assert len(_named(document)) > 5


def test_security_keeps_nine_promises_each_with_a_guard_or_what_is_open() -> None:
    text = (ROOT / "SECURITY.md").read_text("utf-8")
    parts = re.split(r"^## ", text, flags=re.MULTILINE)
    promises = [part for part in parts if re.match(r"\d\. ", part)]

    assert [int(part[0]) for part in promises] == list(range(1, PROMISES + 1))
    for part in promises:
        assert "* Guarded by:" in part or "* Open:" in part


@pytest.mark.parametrize("path", tracked(".md"), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_between_documents_lead_somewhere(path: object) -> None:
    assert hasattr(path, "read_text")
    text = re.sub(r"```.*?```|`[^`\n]*`", "", path.read_text("utf-8"), flags=re.DOTALL)
    for target in _LINK.findall(text):
        assert (path.parent / target).exists(), f"{path.name} leads to {target}"  # type: ignore[attr-defined]


def test_every_decision_is_one_page_in_the_index_with_the_options_refused() -> None:
    index = (ROOT / "docs" / "adr" / "README.md").read_text("utf-8")
    pages = sorted((ROOT / "docs" / "adr").glob("0*.md"))

    numbers = [page.name[:4] for page in pages]
    assert len(set(numbers)) == len(numbers), "two decisions under one number"
    for page in pages:
        text = page.read_text("utf-8")
        assert f"]({page.name})" in index
        assert len(text.splitlines()) <= 60
        for heading in ("Context", "Decision", "Options refused", "Consequences"):
            assert f"\n## {heading}\n" in text


def test_the_readme_starts_with_one_line_of_packages_and_two_commands() -> None:
    for document in FRONT_PAGES:
        screen = "\n".join((ROOT / document).read_text("utf-8").splitlines()[:40])
        for line in ("apt-get install git make python3-venv", "make demo", "make test"):
            assert line in screen


def _held(document: str) -> tuple[list[str], list[str], list[str], list[int]]:
    """Of a front page: the rooms in order, the words of `make`, where its links lead besides the
    other front pages, and how many parts each row of its table has."""
    text = (ROOT / document).read_text("utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| `ayni/")]
    links = sorted(each for each in _LINK.findall(text) if each not in FRONT_PAGES)
    makes = sorted(set(re.findall(r"\bmake ([a-z-]+)(?!\w)", text)))
    return re.findall(r"`ayni/(\w+)/`", text), makes, links, [row.count(";") for row in rows]


@pytest.mark.parametrize("document", FRONT_PAGES[1:])
def test_the_front_pages_hold_the_same_in_every_language(document: str) -> None:
    assert _held(document) == _held(FRONT_PAGES[0])
    text = (ROOT / document).read_text("utf-8")
    assert all(f"]({each})" in text for each in FRONT_PAGES if each != document)


def test_every_command_of_make_on_the_front_page_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

    assert {"demo", "test", "test-whole"} <= set(_held(FRONT_PAGES[0])[1]) <= targets


def test_every_picture_of_a_document_exists() -> None:
    for path in tracked(".md"):
        for target in re.findall(r"!\[[^]]*\]\(([^)]+)\)", path.read_text("utf-8")):
            assert (path.parent / target).is_file(), f"{path.name} shows {target}"


def test_the_public_code_description_is_complete() -> None:
    from ruamel.yaml import YAML

    found = YAML(typ="safe", pure=True).load((ROOT / "publiccode.yml").read_text("utf-8"))

    assert tuple(map(int, found["publiccodeYmlVersion"].split("."))) >= (0, 4)
    for key in ("name", "url", "platforms", "developmentStatus", "softwareType", "legal",
                "maintenance", "localisation"):  # fmt: skip
        assert found[key]
    for language in ("en", "es", "pt"):
        words = found["description"][language]
        assert len(words["shortDescription"]) <= 150
        assert 150 <= len(words["longDescription"]) <= 10_000
        assert words["features"]
    assert found["legal"]["license"] == "Apache-2.0"
