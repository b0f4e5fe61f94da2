"""A notice from the public: handed up, never lost, never twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.test import Client

from ayni.cases import api as cases
from ayni.help import api, tasks
from ayni.lib.errors import Refused
from ayni.members import api as members
from ayni.vault import api as vault
from tests.cast import Cast

RECEIVED: list[Mapping[str, Any]] = []
MARKER = "Zoraida-Marker-7731"


def take(payload: Mapping[str, Any]) -> str:
    """A receiver as `cases` has one."""
    RECEIVED.append(payload)
    return "7KQ2-M9XD"


def refuse(payload: Mapping[str, Any]) -> str:
    """A receiver whose audit cannot be written."""
    raise Refused


def fall(payload: Mapping[str, Any]) -> str:
    """A process that comes to its end in the middle."""
    raise SystemExit


def take_and_fall(payload: Mapping[str, Any]) -> str:
    """A server that is killed when the notice is written and nobody has been answered."""
    cases.receive_public_notice(payload)
    raise SystemExit


@pytest.fixture(autouse=True)
def _fresh(settings: LazySettings, tmp_path: Path) -> None:
    RECEIVED.clear()
    settings.AYNI_HOME = tmp_path
    vault.prepare()
    _receive(settings, "take")


def _receive(settings: LazySettings, name: str) -> None:
    settings.AYNI_RECEIVERS = {"help.notice": f"{__name__}.{name}"}


def _told(**more: str) -> dict[str, str]:
    return {"form_id": str(uuid4()), "narrative": f"{MARKER} needs help", **more}


def _write(told: dict[str, str], language: str = "es") -> str:
    client = Client(headers={"host": "ar.localhost"}, enforce_csrf_checks=True)
    response = client.post(f"/help/{language}/write/", told)
    assert response.status_code == 200
    assert not response.cookies
    return response.content.decode()


def _on_disk(folder: Path) -> bytes:
    return b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


def test_one_answer_is_enough_and_nobody_has_to_give_a_name(cast: Cast) -> None:
    text = _write(_told())
    assert "7KQ2-M9XD" in text
    assert "145" in text
    (told,) = RECEIVED
    assert told["institution"] == "ar-programme"
    assert told["anonymous"] is True
    assert told["narrative"].startswith(MARKER)
    assert MARKER not in text


def test_all_that_steps_1_1_and_1_2_ask_is_handed_up(cast: Cast) -> None:
    _write(
        _told(
            danger_now="yes", informant="indirect_victim", country="bo", place="El Alto",
            about_name="R.", about_age="child", method="message", address="+591 000",
            hours="8-10", never="noche", safe_to_talk="no", who_listens="patrón",
            our_word="lluvia", language="ay", name="Ana",
        ),
        "pt",
    )  # fmt: skip
    (told,) = RECEIVED
    assert told["contact"] == {
        "method": "message",
        "address": "+591 000", "hours": "8-10", "never": "noche",
        "our_word": "lluvia", "who_listens": "patrón",
    }  # fmt: skip
    assert told["about"] == {"name": "R.", "age": "child"}
    assert told["place"] == "Bolivia: El Alto"
    assert told["safe_to_talk"] is False
    assert told["indicators"] == ["danger_now"]
    assert told["informant"] == "indirect_victim"
    assert (told["anonymous"], told["informant_name"], told["language"]) == (False, "Ana", "ay")


def test_who_is_in_danger_is_told_to_call_and_not_to_wait(cast: Cast) -> None:
    assert "No espere nuestra respuesta" in _write(_told(danger_now="yes"))
    assert "No espere nuestra respuesta" not in _write(_told(danger_now="no"))


def test_a_form_that_a_process_took_to_its_grave_is_heard_when_it_is_sent_again(
    cast: Cast, settings: LazySettings
) -> None:
    told = _told()
    _receive(settings, "fall")
    with pytest.raises(SystemExit):
        _write(told)
    _receive(settings, "take")
    assert "7KQ2-M9XD" in _write(told)
    assert "7KQ2-M9XD" in _write(told)
    assert len(RECEIVED) == 1


def test_a_double_click_makes_one_notice_and_tells_the_same_code(cast: Cast) -> None:
    told = _told()
    assert "7KQ2-M9XD" in _write(told)
    assert "7KQ2-M9XD" in _write(told)
    assert len(RECEIVED) == 1


def test_what_was_added_after_the_way_back_in_a_browser_is_a_notice_of_its_own(cast: Cast) -> None:
    told = _told()
    _write(told)
    _write({**told, "narrative": f"{MARKER} is in another house now"})
    assert [one["narrative"] for one in RECEIVED] == [
        f"{MARKER} needs help",
        f"{MARKER} is in another house now",
    ]
    assert RECEIVED[0]["notice_id"] != RECEIVED[1]["notice_id"]


def test_the_number_of_a_notice_does_not_tell_the_number_of_its_form(cast: Cast) -> None:
    told = _told()
    _write(told)
    assert RECEIVED[0]["notice_id"] != told["form_id"]


@pytest.mark.django_db
def test_a_server_that_fell_between_writing_and_answering_makes_no_second_notice(
    cast: Cast, settings: LazySettings, tmp_path: Path
) -> None:
    settings.AYNI_RECEIVERS = {"help.notice": f"{__name__}.take_and_fall"}
    told = _told()
    with pytest.raises(SystemExit):
        _write(told)
    settings.AYNI_RECEIVERS = {"help.notice": "ayni.cases.api.receive_public_notice"}
    answer = _write(told)
    with members.acting(cast.programme.id):
        (notice,) = cases.notices_waiting(by=members.actor_of(cast.ana))
    assert notice.reference in answer


def test_a_notice_that_cannot_be_taken_waits_sealed_and_goes_up_later(
    cast: Cast, settings: LazySettings, tmp_path: Path
) -> None:
    _receive(settings, "refuse")
    text = _write(_told())
    assert "Recibimos su mensaje" in text
    assert "145" in text
    assert MARKER.encode() not in _on_disk(tmp_path)
    assert api.deliver_waiting() == 0
    _receive(settings, "take")
    tasks.deliver_waiting(timestamp=0)
    assert RECEIVED[0]["narrative"].startswith(MARKER)
    assert api.deliver_waiting() == 0
    assert not list((tmp_path / "help" / "waiting").iterdir())


def test_the_public_does_not_depend_on_the_database(settings: LazySettings) -> None:
    settings.AYNI_RECEIVERS = {}
    assert "Recibimos su mensaje" in _write(_told())


def test_an_invented_choice_is_refused_and_nothing_is_handed_up(cast: Cast) -> None:
    client = Client(headers={"host": "ar.localhost"})
    response = client.post("/help/es/write/", _told(informant="president"))
    assert response.status_code == 422
    assert RECEIVED == []
