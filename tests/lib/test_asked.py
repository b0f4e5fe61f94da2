"""What an address asks for is read strictly."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from ayni.lib.asked import page_number, record_named, row_after

ROW = "0b7c0f5e-8f0c-4e1c-9a3e-0d7c6a1b2c3d"


def test_a_page_is_a_number_of_up_to_seven_digits() -> None:
    assert page_number("12") == 12


@pytest.mark.parametrize("text", ["", "²", "١", "-1", "1.0", "9" * 5000, "1\0"])
def test_anything_else_is_no_page(text: str) -> None:
    with pytest.raises(ValueError, match="page"):
        page_number(text)


def test_a_row_is_a_moment_in_utc_and_an_id() -> None:
    found = row_after(f"2026-01-01T02:00:00+02:00/{ROW}")

    assert found == (datetime(2026, 1, 1, tzinfo=UTC), UUID(ROW))
    assert found[0].tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "", ROW, f"2026-01-01T00:00:00/{ROW}", f"0001-01-01T00:00+14:00/{ROW}",
        f"2026-13-01T00:00Z/{ROW}", "2026-01-01T00:00Z/1", "2026-01-01T00:00Z/\0",
    ],
)  # fmt: skip
def test_anything_else_is_no_row(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        row_after(text)


def test_a_record_is_named_by_a_kind_that_is_known_and_an_id() -> None:
    assert record_named({"about": "case", "about_id": ROW}, {"case"}) == ("case", UUID(ROW))


@pytest.mark.parametrize(
    "sent", [{}, {"about": "case"}, {"about": "person", "about_id": ROW},
             {"about": "case", "about_id": "x"}],
)  # fmt: skip
def test_anything_else_names_no_record(sent: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"about|badly formed"):
        record_named(sent, {"case", "notice"})
