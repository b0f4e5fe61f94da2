"""What another state's node may send wrong: refused by name, and the pages go on."""

from __future__ import annotations

from typing import Any

import pytest

from ayni.cooperation import api as cooperation
from ayni.cooperation import kinds
from ayni.exchange import api as exchange
from ayni.exchange.models import IncomingMessage
from tests.cast import assemble
from tests.exchange.peer import Peer

GOOD = {"name_as_written": "Rosa INVENTADA", "tracks": ["trafficking"]}


def _referral(data: dict[str, Any]) -> dict[str, Any]:
    return {"data": data, "purpose": "refer", "provisions": []}


@pytest.mark.parametrize(
    "wrong",
    [
        {"birth": {"precision": "date", "value": "yesterday"}},
        {"birth": {"precision": "age_band", "value": "30"}},
        {"birth": {"value": "1999"}},
        {"birth": "1999"},
        {"birth": {"precision": "year", "value": "99999"}},
        {"citizenships": [{}]},
        {"citizenships": ["145"]},
        {"documents": [{"number": "1"}]},
        {"documents": {"kind": "passport"}},
        {"gender": "F"},
        {"name_as_written": {"first": "Rosa"}},
        {"name_as_written": "R" * 401},
        {"needs": 5},
        {"needs": ["shelter"] * 61},
        {"tracks": ["trata"]},
        {"tracks": ["trafficking", "trafficking"]},
        {"host_country": "Argentina"},
        {"situation": "soon"},
        {"never": ["zz"]},
        {"narrative": "x" * 20_001},
        {"unheard_of": "x"},
    ],
)
def test_a_referral_with_a_value_of_another_form_is_refused(
    bolivia: Peer, wrong: dict[str, Any]
) -> None:
    assemble()
    raw = bolivia.seal(_referral({**GOOD, **wrong}), kind="referral.send")

    assert exchange.receive(raw=raw, signed_by="bo").refusal == "malformed"
    assert not IncomingMessage.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"owing": "zz"},
        {"owed": "secretariat"},
        {"due": "2026-11-24T10:30:00Z"},
        {"due": "2026-11-24T10:00:01Z"},
        {"due": "9999-12-31T23:00:00Z"},
        {"due": "2026-02-30T10:00:00Z"},
        {"due": ""},
        {"done": "2026-11-24T10:59:00Z"},
        {"done": None},
        {"kind": "person"},
        {"institution": "ar-programme"},
        {"id": "0" * 31},
    ],
)
def test_a_clock_that_tells_more_or_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    told = {
        "id": "0" * 32, "owing": "bo", "owed": "ar", "kind": "referral",
        "due": "2026-11-24T10:00:00Z", "done": "",
    }  # fmt: skip
    kinds.CLOCK.check(told)

    with pytest.raises(exchange.Malformed):
        kinds.CLOCK.check({**told, **wrong})


def test_everything_that_may_be_disclosed_has_a_form() -> None:
    from ayni.cases import api as cases

    assert set(cases.SHAPES) == set(cases.DISCLOSABLE)
    assert cooperation.LISTS.keys() == {
        "referrals-in", "requests-in", "referrals-out", "requests-out",
    }  # fmt: skip
