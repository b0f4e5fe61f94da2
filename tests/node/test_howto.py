"""Reading a how-to, and that the one of running a node can be followed as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ayni.node import command
from tools.howto import NotAHowTo, blocks, parted, with_values

ROOT = Path(__file__).resolve().parent.parent.parent
TEXT = (ROOT / "docs" / "how-to" / "run-a-node.md").read_text("utf-8")
REMARK = "an officer signs in and opens a case"
_SMALL = """# One

```sh
NAME=a
export OTHER=b c
```

## Two

```console
# never typed
```

<!-- between -->

### Three

```sh
echo "$NAME"
```
"""


def test_blocks_come_in_their_order_with_line_and_heading() -> None:
    found = blocks(_SMALL)
    assert [(each.line, each.heading) for each in found] == [(3, "One"), (18, "Three")]
    assert found[1].text == 'echo "$NAME"'
    assert [each.text for each in blocks(_SMALL, language="console")] == ["# never typed"]
    before, after = parted(_SMALL, "between")
    assert [each.line for each in blocks(before)] == [3]
    assert [each.line for each in blocks(after)] == [18]


def test_values_are_put_in_their_place_and_quoted() -> None:
    first = blocks(_SMALL)[0]
    typed = with_values(first, {"NAME": "it's", "OTHER": "$(rm x)"}).text
    assert typed == "NAME='it'\\''s'\nexport OTHER='$(rm x)'"


@pytest.mark.parametrize("values", [{"NAME": "a"}, {"NAME": "a", "OTHER": "b", "THIRD": "c"}])
def test_names_that_do_not_agree_are_refused(values: dict[str, str]) -> None:
    with pytest.raises(NotAHowTo):
        with_values(blocks(_SMALL)[0], values)


@pytest.mark.parametrize("text", ["```sh\necho", "```sh\necho\n```sh\n```\n"])
def test_a_block_that_does_not_end_is_refused(text: str) -> None:
    with pytest.raises(NotAHowTo):
        blocks(text)


@pytest.mark.parametrize("text", ["", "<!-- x -->\n<!-- x -->\n"])
def test_a_remark_stands_there_once(text: str) -> None:
    with pytest.raises(NotAHowTo):
        parted(text, "x")


def test_the_how_to_can_be_followed() -> None:
    first, then = parted(TEXT, REMARK)
    assert len(blocks(first)) >= 6
    assert len(blocks(then)) >= 3
    names = set(re.findall(r"^(?:export )?([A-Z_]+)=", blocks(first)[0].text, re.M))
    used = set(re.findall(r"\$([A-Z_]+)", "\n".join(b.text for b in blocks(TEXT))))
    assert used <= names | {"PATH"}, "a value that nothing sets"
    assert names <= set(re.findall(r"^\| `([A-Z_]+)` \|", TEXT, re.M)), "explained in the table"


def test_every_command_of_the_how_to_is_one() -> None:
    known = {*command._OWN, "node", *command.offered()}
    typed = [
        line.strip().removeprefix("$ ").removeprefix("# ")
        for language in ("sh", "console")
        for block in blocks(TEXT, language=language)
        for line in block.text.splitlines()
    ]
    words = [line.split()[1] for line in typed if line.startswith("ayni ")]
    assert len(words) > 15
    assert set(words) <= known


def test_the_how_to_names_what_may_go_wrong() -> None:
    for heading in (
        "A disk fills",
        "A laptop is stolen, an officer leaves",
        "A key is lost, or in wrong hands",
        "A new version",
    ):
        assert re.search(rf"^#+ (\d+\. )?{heading}$", TEXT, re.M), heading
