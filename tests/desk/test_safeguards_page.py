"""What the situation of a person obliges to, on the page of the case, folded."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from tests.desk.filling import CASE, CASE_ONLY, a_case_by_forms, fill, text_of

pytestmark = pytest.mark.django_db

IF_SO = {"es": "Si es así:", "pt-br": "Se for assim:", "en": "If so:"}
PERSON = {key: value for key, value in CASE.items() if key not in CASE_ONLY}


def _section(page: str) -> str:
    return page.split('id="safeguards"', 1)[1].split("</details>", 1)[0]


def _told(section: str) -> str:
    """The line of profiles that stands above the fold."""
    return section.split("<p", 1)[1].split("</p>", 1)[0]


def test_whoever_may_be_a_child_is_safeguarded_as_one_with_reason_and_source(ana: Client) -> None:
    case = a_case_by_forms(ana, {"birth_precision": "unknown", "birth_value": ""})
    section = _section(text_of(ana, case))

    assert "Es o puede ser menor de 18 años" in _told(section)
    assert "La edad no es segura" in section
    assert "Uruguay, Ley 19.643, art. 3 M" in section
    assert "Dos personas de la institución aprueban cada envío" in section
    assert "el sistema no deja dar el paso" in section
    assert "UNICEF, directrices" in section
    assert "solo se vio el encabezado" in section
    assert "Propuesto por la plataforma; no se encontró fuente." in section


def test_of_an_adult_what_is_not_recorded_is_to_be_asked_where_a_source_says_so(
    ana: Client,
) -> None:
    section = _section(text_of(ana, a_case_by_forms(ana)))
    asked = section.split("Por preguntar", 1)[1]

    assert "menor de 18" not in _told(section)
    assert "Sin medios para vivir" in _told(section), "lodging is written down as needed"
    assert "Embarazada" in asked
    assert "Teme a un Estado" in asked
    assert "Bolivia, prensa" in asked
    assert "LGBTI" not in section
    assert "indígena" not in section


@pytest.mark.parametrize(
    "told",
    [
        {
            "es": ("Embarazada, o sola", "necesidades de mujeres y de niñas y niños"),
            "pt-br": ("Grávida, ou sozinha", "necessidades de mulheres e de crianças"),
            "en": ("Pregnant, or alone", "special needs of women and children"),
        },
        {
            "es": ("Discapacidad o enfermedad", "Tenerlo en cuenta al evaluar el riesgo."),
            "pt-br": ("Deficiência ou doença", "Levar isso em conta ao avaliar o risco."),
            "en": ("Disability or illness", "Take it into account when the risk is assessed."),
        },
        {
            "es": ("De edad avanzada", "La ayuda tiene en cuenta la edad"),
            "pt-br": ("De idade avançada", "A ajuda leva em conta a idade"),
            "en": ("Of advanced age", "Help takes account of age"),
        },
    ],
    ids=["pregnant", "disability", "older"],
)
def test_what_is_to_be_asked_says_what_it_obliges_to_if_it_is_so(
    ana: Client, told: dict[str, tuple[str, str]]
) -> None:
    case = a_case_by_forms(ana)
    for language, (profile, obliges) in told.items():
        ana.cookies["ayni_ar_language"] = language
        asked = _section(text_of(ana, case)).split(profile, 1)[1]

        so = asked.split(IF_SO[language], 1)[1]
        assert obliges in so.split("</ul>", 1)[0]


@pytest.mark.parametrize(
    ("language", "question", "title", "who"),
    [
        ("es", "¿Está embarazada, o sola con niños", "Embarazada, o sola", "Lo dijo la persona."),
        ("pt-br", "Está grávida, ou sozinha com", "Grávida, ou sozinha", "A própria pessoa disse."),
        ("en", "Is she pregnant, or alone with", "Pregnant, or alone", "She or he said so."),
    ],
)
def test_an_answer_that_is_written_down_applies_and_is_not_asked_again(
    ana: Client, language: str, question: str, title: str, who: str
) -> None:
    case = a_case_by_forms(ana)
    ana.cookies["ayni_ar_language"] = language
    assert f'href="{case}/told"' in _section(text_of(ana, case))
    form = ana.get(f"{case}/told").content.decode()
    assert question in form
    fill(ana, f"{case}/told", {"needs": ["lodging"], "needs_language": "es", "pregnant": "person"})

    section = _section(text_of(ana, case))
    assert title in _told(section)
    assert who in section
    assert section.count(title) == 2, "above the fold and with its rules, and not to be asked"
    form = ana.get(f"{case}/told").content.decode()
    assert re.search(r'value="person"[^>]*checked', form)
    fill(ana, f"{case}/told", {"needs": ["lodging"], "needs_language": "es", "pregnant": ""})
    assert title not in _told(_section(text_of(ana, case)))


def test_what_only_the_identity_tells_stands_where_it_was_opened(ana: Client) -> None:
    case = a_case_by_forms(ana)
    told = {"gender": "TransgenderFeminine", "language": "ay"}
    fill(ana, f"{case}/person", {**PERSON, **told})

    assert "LGBTI" not in text_of(ana, case)
    opened = ana.post(f"{case}/identity").content.decode()
    assert "Persona LGBTI" in _told(_section(opened))
    assert "Habla un idioma indígena" in _told(_section(opened))
    assert "Apoyo entre países" in opened


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "No hay retorno sin evaluar los riesgos"),
        ("pt-br", "Não há retorno sem avaliar os riscos"),
        ("en", "There is no return unless the risks"),
    ],
)
def test_it_is_told_in_the_language_of_the_reader(ana: Client, language: str, words: str) -> None:
    case = a_case_by_forms(ana)
    ana.cookies["ayni_ar_language"] = language
    section = _section(text_of(ana, case))

    assert words in section
    assert not re.search(r"\{\{|\{%", section)
