"""Values of a case stand in words, in the reader's language; nobody is shown a code."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from ayni.cases import api as cases
from ayni.cases.wording import without_numbers

PASSPORT = {"kind": "passport", "issuing_state": "BO", "number": "00", "withheld_by_others": True}


@pytest.mark.parametrize(
    ("name", "value", "es", "pt"),
    [
        ("birth", {"precision": "date", "value": "1998-03-27", "quality": "stated"},
         "27 de marzo de 1998", "27 de março de 1998"),
        ("birth", {"precision": "year_month", "value": "1998-03", "quality": "estimated"},
         "marzo de 1998 (estimación)", "março de 1998 (estimativa)"),
        ("birth", {"precision": "year", "value": "1998"}, "1998", "1998"),
        ("birth", {"precision": "age_band", "value": "20-25", "as_of": "2026-11-24"},
         "20-25 años el 24 de noviembre de 2026", "20-25 anos em 24 de novembro de 2026"),
        ("birth", {"precision": "unknown", "value": ""}, "No se sabe", "Não se sabe"),
        ("citizenships", ["BO", "ZZ"], "Bolivia; Otro Estado", "Bolívia; Outro Estado"),
        ("documents", [PASSPORT],
         "Pasaporte 00 (Bolivia, retenido por otras personas)",
         "Passaporte 00 (Bolívia, retido por outras pessoas)"),
        ("gender", "Feminine", "Mujer o niña", "Mulher ou menina"),
        ("languages", ["qu", "es"], "Quechua; Español", "Quéchua; Espanhol"),
        ("tracks", ["trafficking"], "Trata de personas", "Tráfico de pessoas"),
        ("host_country", "AR", "Argentina", "Argentina"),
        ("needs", ["Un médico", "Ropa"], "Un médico; Ropa", "Un médico; Ropa"),
        ("other_names", [{"kind": "alias", "name": "Lu"}],
         "Lu (Alias por seguridad)", "Lu (Nome fictício por segurança)"),
        ("phones", None, "", ""),
        ("contact", {"method": "message", "address": "000", "hours": "8-10", "never": "noche"},
         "Nunca: noche; Cómo: Por mensaje al teléfono; Dónde: 000; "
         "Cuándo es seguro: 8-10",
         "Nunca: noche; Como: Por mensagem ao telefone; Onde: 000; "
         "Quando é seguro: 8-10"),
    ],
)  # fmt: skip
def test_a_value_stands_in_words(name: str, value: Any, es: str, pt: str) -> None:
    with translation.override("es"):
        assert cases.in_words(name, value) == es
    with translation.override("pt-br"):
        assert cases.in_words(name, value) == pt


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("gender", "SomethingNew", "SomethingNew"),
        ("birth", {"precision": "date", "value": "27.3.98"}, "date; 27.3.98"),
        ("documents", ["carnet 7"], "carnet 7"),
        ("residence_country", "ES", "ES"),
    ],
)
def test_what_another_node_sent_without_words_for_it_is_shown_as_it_came(
    name: str, value: Any, shown: str
) -> None:
    assert cases.in_words(name, value) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Llamar al 000555414209", "Llamar al (…)"),
        ("WhatsApp +54 9 11 0000-0001, nunca antes", "WhatsApp (…), nunca antes"),
        ("a rosa@example.org", "a (…)"),
        ("9-12 14-18", "9-12 14-18"),
        ("18:00 a 20:00", "18:00 a 20:00"),
        ("call", "call"),
    ],
)
def test_beside_a_hidden_name_no_number_stands(written: str, shown: str) -> None:
    assert without_numbers(written) == shown
