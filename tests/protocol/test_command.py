"""`ayni protocol` and the generated reference page."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ayni.protocol.document import markdown
from ayni.protocol.load import DEFINITIONS, shipped

pytestmark = pytest.mark.usefixtures("english")

MANIFEST = DEFINITIONS / "reference" / "1.0" / "protocol.yaml"
PAGE = Path(__file__).parents[2] / "docs" / "reference" / "protocol.md"


def _said(*arguments: str) -> str:
    out = io.StringIO()
    call_command("protocol", *arguments, stdout=out)
    return out.getvalue()


def test_the_reference_page_is_fresh() -> None:
    page = markdown(shipped("reference", "1.0"))
    if os.environ.get("AYNI_WRITE_DOCUMENTS"):
        PAGE.write_text(page, "utf-8")
    assert PAGE.read_text("utf-8") == page, "run with AYNI_WRITE_DOCUMENTS=1 to write it anew"


def test_check_reads_the_definition_and_runs_its_examples() -> None:
    assert re.search(
        r"reference 1\.0: 6\d steps, \d+ conditions, 2\d example cases hold",
        _said("check", str(MANIFEST)),
    )


def test_check_says_file_line_and_reason(tmp_path: Path) -> None:
    small = (Path(__file__).parent / "small.yaml").read_text("utf-8")
    file = tmp_path / "small.yaml"
    file.write_text(small.replace("condition: agreed", "condition: nothing"), "utf-8")

    with pytest.raises(CommandError, match=r"small\.yaml:\d+:\d+: there is no condition 'nothing'"):
        _said("check", str(file))


def test_check_names_an_example_that_does_not_hold(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    file.write_text((Path(__file__).parent / "small.yaml").read_text("utf-8"), "utf-8")
    (tmp_path / "examples").mkdir()
    example = tmp_path / "examples" / "one.yaml"
    text = """\
examples:
  - title: {es: "Uno", pt: "Um", en: "One"}
    side: host
    post: {country: AR, zone: America/Argentina/Buenos_Aires}
    facts: {}
    events:
      - {at: "2026-11-23 10:00", opened: case}
    now: "2026-11-23 12:00"
    expect:
      2.1: {state: done}
"""
    example.write_text(text, "utf-8")
    with pytest.raises(CommandError, match=r"one\.yaml:2: step 2\.1: state is 'due'"):
        _said("check", str(file))
    example.write_text(text.replace("2.1: {state: done}", "9.9: {state: done}"), "utf-8")
    with pytest.raises(CommandError, match=r"one\.yaml:2: this example cannot be read"):
        _said("check", str(file))


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_the_diagram_draws_every_step_once(language: str) -> None:
    drawn = _said("diagram", str(MANIFEST), "--language", language)
    nodes = re.findall(r"^    s([0-9A-Z]_\w+)[\[{]", drawn, re.MULTILINE)
    assert nodes == [name.replace(".", "_") for name in shipped("reference", "1.0").steps]
    assert drawn.startswith("flowchart TD\n")
    assert "s1_3 --> s1_5" in drawn
