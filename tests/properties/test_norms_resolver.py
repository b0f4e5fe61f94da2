"""The resolver against a deliberately simple reference that reads the raw files."""

from __future__ import annotations

from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ayni.norms import resolver
from ayni.norms.load import DATA, framework
from ayni.norms.model import Crime, Mark, Subject
from ayni.norms.resolver import Status

STATES = ("ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy", "ve")
states = st.sampled_from(STATES)
crimes = st.sampled_from(list(Crime))
subjects = st.sampled_from(list(Subject))
days = st.dates(date(1950, 1, 1), date(2035, 12, 31))


def _raw(name: str) -> list[dict[str, Any]]:
    text = Path(DATA / name).read_text("utf-8")
    rows: list[dict[str, Any]] = YAML(typ="safe", pure=True).load(text)["instruments"]
    return rows


RAW = {row["id"]: row for name in ("universal", "regional", "bilateral")
       for row in _raw(f"{name}.yaml")}  # fmt: skip


def _surely_bound(row: dict[str, Any], state: str, on: date) -> bool:
    """The reference: verified in the file, and the last day it may mean is past."""
    stands = row["standing"].get(state, {"standing": "absent"})
    if stands["standing"] not in ("party", "acceded"):
        return False
    if str(stands.get("mark", row["mark"])) != "V":
        return False
    text = str(stands.get("on", "0001-01-01"))
    return f"{on}" >= (text + "-12-31")[:10] if len(text) < 10 else f"{on}" >= text


REGISTERS = {
    row["code"]: str(row["as_at"])
    for row in YAML(typ="safe", pure=True).load((DATA / "sources.yaml").read_text("utf-8"))[
        "sources"
    ]
}


def _last(text: str) -> str:
    return {4: text + "-12-31", 7: text + "-31"}.get(len(text), text)


def _shown(row: dict[str, Any], state: str, on: date) -> bool:
    """The reference: some source shows it in force for the state on this day or before."""
    stands, entry = row["standing"][state], row.get("in_force", {})
    days = [stands["entered"]] if stands.get("entered_mark") == "V" else []
    days += [row["seen"]["on"]] if row.get("seen", {}).get("mark") == "V" else []
    source = str(stands.get("source", row["source"]))
    days += [day for code, day in REGISTERS.items() if source.startswith(code) and day[0] == "2"]
    days += [row["as_at"]] if "as_at" in row and "source" not in stands else []
    if entry.get("mark") == "V" and (
        "on" not in stands
        or (stands.get("on_mark", row["mark"]) == "V" and _last(stands["on"]) < entry["on"])
    ):
        days.append(entry["on"])
    return any(_last(str(day)) <= f"{on}" for day in days)


@given(states, states, crimes, subjects, days)
@settings(max_examples=300, deadline=None)
def test_available_means_verified_all_the_way(
    requesting: str, requested: str, crime: Crime, subject: Subject, on: date
) -> None:
    for basis in resolver.legal_bases(
        framework(), requesting=requesting, requested=requested, crime=crime, subject=subject, on=on
    ):
        if basis.status is not Status.AVAILABLE:
            assert not basis.citable
            continue
        assert basis.evidence.mark is Mark.VERIFIED
        assert basis.provisions, "what no article says is not claimed"
        if basis.kind == "instrument":
            row = RAW[basis.id]
            assert row["mark"] == "V"
            assert row.get("in_force", {"mark": "V"})["mark"] == "V"
            assert _surely_bound(row, requesting, on)
            assert _surely_bound(row, requested, on)
            assert _shown(row, requesting, on)
            assert _shown(row, requested, on)


@given(states, states, crimes, days)
@settings(max_examples=150, deadline=None)
def test_no_other_instrument_that_the_reference_finds_is_left_out(
    requesting: str, requested: str, crime: Crime, on: date
) -> None:
    found = {
        basis.id: basis.status
        for basis in resolver.legal_bases(
            framework(),
            requesting=requesting,
            requested=requested,
            crime=crime,
            subject=Subject.ASSISTANCE,
            on=on,
        )
    }
    for id_, row in RAW.items():
        serves = any(
            crime.value in g["crimes"] and "assistance" in g["subjects"] and g.get("provisions")
            for g in row.get("grounds", [])
        )
        sure = serves and requesting != requested and row["mark"] == "V" and "in_force" not in row
        both = (requesting, requested)
        if sure and all(_surely_bound(row, each, on) and _shown(row, each, on) for each in both):
            assert found[id_] is Status.AVAILABLE


@given(states, states, crimes, days)
@settings(max_examples=150, deadline=None)
def test_assistance_by_instruments_is_the_same_both_ways(
    one: str, other: str, crime: Crime, on: date
) -> None:
    def instruments(a: str, b: str) -> set[tuple[str, Status]]:
        return {
            (basis.id, basis.status)
            for basis in resolver.legal_bases(
                framework(),
                requesting=a,
                requested=b,
                crime=crime,
                subject=Subject.ASSISTANCE,
                on=on,
            )
            if basis.kind == "instrument"
        }

    assert instruments(one, other) == instruments(other, one)


@given(states, states, crimes, subjects, days, days)
@settings(max_examples=150, deadline=None)
def test_what_was_not_yet_in_force_is_never_lost_by_waiting(
    requesting: str, requested: str, crime: Crime, subject: Subject, one: date, other: date
) -> None:
    if subject is Subject.STAY:
        return  # a host may stop applying an agreement
    early, late = sorted((one, other))

    def available(on: date) -> set[str]:
        return {
            basis.id
            for basis in resolver.legal_bases(
                framework(),
                requesting=requesting,
                requested=requested,
                crime=crime,
                subject=subject,
                on=on,
            )
            if basis.status is Status.AVAILABLE
        }

    assert available(early) <= available(late)


@given(states, states, days)
@settings(max_examples=150, deadline=None)
def test_a_transfer_is_permitted_only_by_a_law_that_was_read(
    sender: str, recipient: str, on: date
) -> None:
    for basis in resolver.transfer_grounds(framework(), sender=sender, recipient=recipient, on=on):
        if basis.status is Status.AVAILABLE:
            assert sender in {"ar", "co", "pe", "uy"}
            assert basis.citable


def _serves(row: dict[str, Any], crime: Crime, subject: Subject) -> bool:
    """The reference: whether the file says that it serves this purpose for this crime."""
    return any(
        crime in ground["crimes"] and subject in ground["subjects"]
        for ground in row.get("grounds", ())
    )


def test_the_two_crimes_are_never_mixed() -> None:
    alone: dict[Crime, set[str]] = {crime: set() for crime in Crime}
    for crime, (a, b), subject in product(Crime, product(STATES, STATES), Subject):
        bases = resolver.legal_bases(
            framework(), requesting=a, requested=b, crime=crime, subject=subject,
            on=date(2026, 11, 24),
        )  # fmt: skip
        for basis in bases:
            if basis.kind == "instrument":
                assert _serves(RAW[basis.id], crime, subject), f"{basis.id} for {crime}"
                alone[crime].add(basis.id)

    assert alone[Crime.TRAFFICKING] - alone[Crime.SMUGGLING], "some serve for one crime alone"
    assert alone[Crime.SMUGGLING] - alone[Crime.TRAFFICKING]
