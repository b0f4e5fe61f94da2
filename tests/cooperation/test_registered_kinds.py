"""Every kind of message that is registered, whoever registered it: what no kind may get round."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import override_settings
from jsonschema import Draft202012Validator

from ayni.alerts.api import rules as search
from ayni.audit import api as audit
from ayni.cases import api as cases
from ayni.cooperation import registry
from ayni.cooperation.kinds import NEVER
from ayni.cooperation.limits import limit_for
from ayni.exchange import api as exchange
from ayni.exchange import wired
from ayni.lib import clock

NAMES = sorted(settings.AYNI_MESSAGE_KINDS)
ANSWERED = {
    "child", "contact", "found_on", "ground", "outcome", "seen_country", "seen_on", "seen_place",
    "words",
}  # fmt: skip
PERSONAL = [name for name in NAMES if wired.kind(name).personal]


def _grant(kind: exchange.MessageKind, fields_of: str, **changed: Any) -> exchange.Grant:
    usual: dict[str, Any] = {
        "id": "g",
        "recipient": "bo",
        "recipient_institution": "bo-consulate",
        "purpose": fields_of,
        "fields": kind.carries[fields_of] | {"of_another_kind"},
        "basis": "consent:c",
        "valid_until": clock.now() + timedelta(days=1),
    }
    return exchange.Grant(**{**usual, **changed})


def _check(kind: exchange.MessageKind, grant: exchange.Grant | None, *fields: str) -> None:
    exchange.check_grant(
        grant,
        kind=kind,
        recipient="bo",
        recipient_institution="bo-consulate",
        fields=fields,
        now=clock.now(),
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_kind_stands_under_its_own_name_and_somebody_takes_it(name: str) -> None:
    assert wired.kind(name).name == name
    assert callable(wired.receiver(name))


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_of_a_kind_is_a_json_schema(name: str) -> None:
    Draft202012Validator.check_schema(wired.kind(name).schema)


@pytest.mark.parametrize("name", NAMES)
def test_somebody_answers_whether_what_is_about_a_person_may_still_leave(name: str) -> None:
    kind = wired.kind(name)

    assert (wired.still_allowed(name) is not None) == kind.about_person


@pytest.mark.parametrize("name", PERSONAL)
def test_nothing_personal_leaves_without_a_grant_of_a_registered_purpose(name: str) -> None:
    kind = wired.kind(name)
    with pytest.raises(exchange.GrantMissing):
        _check(kind, None)
    for purpose in kind.purposes:
        _check(kind, _grant(kind, purpose), *kind.carries[purpose])
        for changed in (
            {"purpose": f"not_{purpose}"},
            {"recipient": "cl"},
            {"recipient_institution": "bo-other"},
            {"valid_until": clock.now()},
            {"never": frozenset({"bo"})},
            {"fields": frozenset()},
        ):
            with pytest.raises(exchange.NotGranted):
                _check(kind, _grant(kind, purpose, **changed), *kind.carries[purpose])


@pytest.mark.parametrize("name", PERSONAL)
def test_no_grant_makes_a_kind_carry_more_than_is_registered(name: str) -> None:
    kind = wired.kind(name)
    for purpose in kind.purposes:
        with pytest.raises(exchange.FieldNotGranted):
            _check(kind, _grant(kind, purpose), "of_another_kind")


@pytest.mark.parametrize("name", PERSONAL)
def test_only_what_a_consent_can_name_is_carried(name: str) -> None:
    for purpose, fields in wired.kind(name).carries.items():
        if name == "alert.answer":  # on her word, or the child authority's; ADR 0052
            assert fields == ANSWERED
        elif purpose == search.PURPOSE:  # she is missing and cannot consent: the minimum, no more
            assert fields == {*search.MINIMUM}
        else:
            assert fields <= {*cases.NAMEABLE, NEVER}


@pytest.mark.parametrize("name", NAMES)
def test_a_payload_with_a_name_that_nobody_agreed_on_is_refused(name: str) -> None:
    with pytest.raises(exchange.Malformed):
        wired.kind(name).check({"of_another_kind": 1})


@pytest.mark.parametrize("kind", registry.inquiries().values(), ids=lambda kind: kind.name)
def test_a_kind_of_question_has_its_messages_its_time_and_its_words(kind: registry.Inquiry) -> None:
    assert {name for name in NAMES if name.startswith(f"{kind.name}.")} == {
        f"{kind.name}.{part}" for part in ("ask", "ask_with_data", "answer", "answer_with_data")
    }
    assert limit_for(kind.wait, "answer", "").hours > 0
    for language in registry.LANGUAGES:
        said = [kind.title, *(q.text for q in kind.questions.values())]
        said += [words for q in kind.questions.values() for words in q.choices.values()]
        for words in said:
            assert not re.search(r"tr[áa]fico(?! ilícito| de pessoas)", words[language], re.I)


@pytest.mark.parametrize("kind", registry.inquiries().values(), ids=lambda kind: kind.name)
def test_what_an_answer_tells_of_her_never_travels_without_a_grant(kind: registry.Inquiry) -> None:
    at = {"at": "2026-12-01T12:00:00Z"}
    free_of_her = wired.kind(f"{kind.name}.answer")
    about_her = wired.kind(f"{kind.name}.answer_with_data")
    for question in kind.questions.values():
        code = sorted(question.choices)[0]
        answers = {question.id: [code] if question.several else code}
        if not question.tells:
            free_of_her.check({**at, "answers": answers})
            continue
        with pytest.raises(exchange.Malformed):
            free_of_her.check({**at, "answers": answers})
        payload = {**at, "answers": {}, "data": {"answers": answers}}
        about_her.check(payload)
        assert about_her.fields(payload) == question.tells
    told = {**at, "answers": {}, "data": {"free": {"text": "Inventado.", "language": "gn"}}}
    about_her.check(told)
    assert about_her.fields(told) == {"narrative"}


def test_an_id_that_states_have_used_goes_on_to_mean_the_same() -> None:
    known = json.loads((Path(__file__).parent / "known_questions.json").read_text("utf-8"))
    now = {
        kind.name: {q.id: sorted(q.choices) for q in kind.questions.values()}
        for kind in registry.inquiries().values()
    }
    for kind, questions in known.items():
        for question, choices in questions.items():
            assert set(choices) <= set(now[kind][question]), "add an id, never take one away"


@pytest.mark.django_db
def test_a_kind_about_a_person_that_nobody_answers_for_is_not_queued() -> None:
    without = {k: v for k, v in settings.AYNI_STILL_ALLOWED.items() if k != "clock"}
    wired.still_allowed.cache_clear()
    with (
        override_settings(AYNI_STILL_ALLOWED=without),
        pytest.raises(exchange.NobodyToAsk),
    ):
        exchange.queue(
            by=audit.job("test"),
            kind="clock",
            recipient="secretariat",
            recipient_institution="secretariat-office",
            institution="ar-focal-point",
            payload={
                "id": "a" * 32, "owing": "ar", "owed": "bo", "kind": "request",
                "due": "2026-12-01T12:00:00Z", "done": "",
            },
            grant=None,
            conversation=exchange.new_conversation(),
        )  # fmt: skip
    wired.still_allowed.cache_clear()
