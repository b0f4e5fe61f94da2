"""Invented persons for the demonstration, through the rooms' own verbs (Faker, fixed seeds)."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from faker import Faker

from ayni.cases import api as cases
from ayni.lib import clock
from ayni.members import api as members

words = cases.vocabulary
NOTICES = 8
_TOLD = {
    "es": (
        "Vino por un trabajo de cocina. Le retuvieron los documentos y no la dejan salir sola.",
        "Llama una vecina: en el taller trabajan de noche y nadie sale los domingos.",
        "Le ofrecieron cruzar la frontera; le piden más dinero del acordado.",
        "Pregunta qué papeles necesita para volver a su país.",
    ),
    "pt": (
        "Veio por um trabalho de cozinha. Retiveram seus documentos e não a deixam sair sozinha.",
        "Liga uma vizinha: na oficina trabalham de noite e ninguém sai aos domingos.",
        "Ofereceram atravessar a fronteira; pedem mais dinheiro do que o combinado.",
        "Pergunta de quais papéis precisa para voltar ao seu país.",
    ),
}
_TRACKS = ("trafficking", "trafficking", "smuggling", "")
_SITUATIONS = ("urgency", "urgency", "orientation", "orientation")


def fill(node: str, officer_email: str) -> int:
    """Notices in every stage and a few cases; how many notices. Once only."""
    officer = members.User.objects.select_related("institution").get(email=officer_email)
    by = members.actor_of(officer)
    with members.acting(officer.institution_id):
        if cases.Notice.objects.exists():
            return 0
        invent = Faker("pt_BR" if node == "br" else "es_ES")
        invent.seed_instance(zlib.crc32(node.encode()))
        for number in range(NOTICES):
            _one(by, invent, node, number)
    return NOTICES


def _one(by: Any, invent: Faker, node: str, number: int) -> None:
    language = "pt" if node == "br" else "es"
    kind = number % len(_TRACKS)
    first, second = invent.last_name(), "" if node == "br" else invent.last_name()
    given = invent.first_name_female() if number % 3 else invent.first_name_male()
    name = " ".join(filter(None, (given, first, second)))
    notice = cases.take_notice(
        by=by,
        new=cases.NewNotice(
            channel=("hotline", "in_person", "phone", "message")[kind],
            informant=("direct_victim", "citizen", "indirect_victim", "direct_victim")[kind],
            anonymous=kind == 1,
            track=_TRACKS[kind],
            language=language,
            safe_to_talk=kind != 1,
            about={"name": name, "phones": [invent.numerify("+000 555 #### ##")]},
            contact={"method": "call", "hours": "10-12"},
            narrative=_TOLD[language][kind],
            indicators=("documents", "movement") if kind == 0 else (),
        ),
    )
    steps: list[Callable[[], Any]] = [
        lambda: cases.triage_notice(
            by=by,
            notice_id=notice.id,
            version=notice.version,
            situation=_SITUATIONS[kind],
            imminent_danger=False,
            age_group="adult",
            indicators=("documents", "movement") if kind == 0 else (),
            reason="Demostración" if language == "es" else "Demonstração",
        ),
        lambda: cases.search_antecedents(by=by, details={"name": name}, notice_id=notice.id),
        lambda: cases.decide_notice(
            by=by,
            notice_id=notice.id,
            version=cases.open_notice(by=by, notice_id=notice.id)[0].version,
            outcome="open_case",
            reason="Demostración" if language == "es" else "Demonstração",
        ),
        lambda: _case(by, notice.id, invent, number, (given, first, second), node),
    ]
    # The first ones are worked to the end; the last are still waiting.
    for step in steps[: 4 if number < 4 else NOTICES - number - 1]:
        step()


def _case(
    by: Any, notice: Any, invent: Faker, number: int, names: tuple[str, str, str], node: str
) -> None:
    given, first, second = names
    born = invent.date_of_birth(minimum_age=19, maximum_age=45)
    case = cases.open_case(
        by=by,
        notice_id=notice,
        new=cases.NewCase(
            side=words.Side.HOST.value,
            tracks=(_TRACKS[number % len(_TRACKS)] or "trafficking",),
            situation=_SITUATIONS[number % len(_SITUATIONS)],
            person={
                "name_as_written": " ".join(filter(None, names)),
                "given_names": given,
                "first_surname": first,
                "second_surname": second,
                "birth": {
                    "precision": "date",
                    "value": born.isoformat(),
                    "quality": "stated",
                    "as_of": "",
                },
                "gender": "Feminine" if number % 3 else "Masculine",
                "citizenships": ["AR" if node == "bo" else "BO"],
            },
        ),
    )
    if number % 2 == 0:
        cases.set_risk(
            by=by,
            case_id=case.id,
            version=case.version,
            level=words.Risk.MEDIUM.value,
            reason=clock.now().date().isoformat(),
        )
