"""docs/reference/asvs.md against the standard's numbers: every requirement of level 1 and 2 of
OWASP ASVS 5.0.0 stands there exactly once with its level, every test it names exists, and whatever
has no test has a reason.

Of the standard only its numbers and levels are kept here (facts); its text (CC BY-SA) is not.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs" / "reference" / "asvs.md"

# Section -> the levels of its requirements in order, as release 5.0.0 numbers them.
LEVELS = {
    "1.1": "22", "1.2": "1111122223", "1.3": "112222222223", "1.4": "222", "1.5": "123",
    "2.1": "122", "2.2": "112", "2.3": "12223", "2.4": "23",
    "3.1": "3", "3.2": "113", "3.3": "12223", "3.4": "11222233", "3.5": "11122333", "3.6": "3",
    "3.7": "22333",
    "4.1": "12233", "4.2": "23333", "4.3": "22", "4.4": "1222",
    "5.1": "2", "5.2": "112333", "5.3": "113", "5.4": "222",
    "6.1": "122", "6.2": "111111112222", "6.3": "11223333", "6.4": "112233", "6.5": "22222333",
    "6.6": "2223", "6.7": "33", "6.8": "2222",
    "7.1": "222", "7.2": "1111", "7.3": "22", "7.4": "11222", "7.5": "223", "7.6": "22",
    "8.1": "1233", "8.2": "1123", "8.3": "133", "8.4": "23",
    "9.1": "111", "9.2": "1222",
    "10.1": "22", "10.2": "223", "10.3": "22223", "10.4": "1111122222233333", "10.5": "22222",
    "10.6": "22", "10.7": "222",
    "11.1": "2233", "11.2": "22233", "11.3": "11233", "11.4": "1222", "11.5": "23", "11.6": "23",
    "11.7": "33",
    "12.1": "12233", "12.2": "11", "12.3": "22223",
    "13.1": "2333", "13.2": "222223", "13.3": "2233", "13.4": "1222233",
    "14.1": "22", "14.2": "12223333", "14.3": "122",
    "15.1": "12233", "15.2": "12233", "15.3": "1222222", "15.4": "3333",
    "16.1": "2", "16.2": "22222", "16.3": "2222", "16.4": "222", "16.5": "2223",
    "17.1": "23", "17.2": "22223333", "17.3": "22",
}  # fmt: skip
# How many of each level the release has; guards the table above against a slip of the pen.
TOTALS = {1: 70, 2: 183, 3: 92}
MARKS = {"test", "reason", "none", "open"}
_ROW = re.compile(
    r"^\| V(\d+\.\d+\.\d+) \| ([12]) \| ([^|]+) \| (\w+) \| ([^|]*) \|$", re.MULTILINE
)
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def required() -> dict[str, int]:
    """Number -> level of every requirement of level 1 and 2."""
    return {
        f"{section}.{place}": int(level)
        for section, levels in LEVELS.items()
        for place, level in enumerate(levels, 1)
        if level in "12"
    }


def findings(text: str) -> list[str]:
    """What is wrong with the document, as sentences."""
    wanted, rows = required(), _ROW.findall(text)
    times = Counter(row[0] for row in rows)
    found = [f"V{n}: no row" for n in wanted if n not in times]
    found += [f"V{n}: {k} rows" for n, k in times.items() if k > 1]
    found += [f"V{n}: no such requirement of level 1 or 2" for n in times if n not in wanted]
    for number, level, words, mark, guard in rows:
        if wanted.get(number) not in (None, int(level)):
            found.append(f"V{number}: its level is {wanted[number]}")
        if len(words.split()) > 14 or words.startswith("Verify"):
            found.append(f"V{number}: short words of our own, not the sentence of the standard")
        found += [f"V{number}: {one}" for one in _guard(mark, guard)]
    lines = sum(line.startswith("| V") for line in text.splitlines())
    if lines != len(rows):
        found.append(f"{lines - len(rows)} rows are not in the form of the others")
    return found


def _guard(mark: str, guard: str) -> list[str]:
    if mark not in MARKS:
        return [f"the mark is one of {', '.join(sorted(MARKS))}"]
    tests = _TEST.findall(guard)
    if mark != "test":
        return [] if len(guard) > 3 and not tests else ["give the reason, and no test"]
    missing = [f"{path}::{name} does not exist" for path, name in tests if not _exists(path, name)]
    return missing or ([] if tests else ["name the test that guards it"])


def _exists(path: str, name: str) -> bool:
    file = ROOT / path
    return file.is_file() and f"def {name}(" in file.read_text("utf-8")


def main() -> int:
    """1 if anything is wrong."""
    counted = Counter(int(level) for levels in LEVELS.values() for level in levels)
    wrong = [] if dict(counted) == TOTALS else [f"the table of levels counts {dict(counted)}"]
    wrong += findings(DOCUMENT.read_text("utf-8"))
    for line in wrong:
        sys.stdout.write(f"docs/reference/asvs.md: {line}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
