"""Shared components, as a page shows them."""

from __future__ import annotations

import re

from django.template import Context, Template

HEAD = ["State", "Answer", "Number"]


def shown(rows: list[list[object]]) -> list[str]:
    """The classes of each title of a table."""
    page = Template("{% load components %}{% table 'Told' head rows %}")
    said = page.render(Context({"head": HEAD, "rows": rows}))
    found = re.findall(r'<th scope="col" class="([^"]*)">([^<]*)</th>', said)
    assert [title for _classes, title in found] == HEAD
    return [classes for classes, _title in found]


def test_the_title_of_a_column_with_numbers_stands_to_the_right_and_no_other() -> None:
    titles = shown(
        [
            ["Bolivia", "no", {"text": "–"}],
            ["Peru", {"text": "yes", "href": "/x"}, {"text": "7", "number": True}],
        ]
    )
    assert ["--numeric" in each for each in titles] == [False, False, True]


def test_a_table_without_numbers_or_rows_has_no_title_to_the_right() -> None:
    for rows in ([], [["Bolivia", "no", "seven"]], [[{"text": "1", "number": True}, "", ""]]):
        assert not any("--numeric" in each for each in shown(rows))
