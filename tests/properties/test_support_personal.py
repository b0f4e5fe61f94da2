"""What looks like data of a person, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayni.support.personal import MAY_BE_OTHER, Looks, looks_personal

_NAMES = [
    "María López necesita ayuda",
    "necesita ayuda maria lopez mamani",
    "Rosa Mamani Choque",
    "ROSA QUISPE",
    "Rosa Mendoza",
    "J. Quispe Mamani",
    "La Sra. Quispe llega el lunes",
    "se llama Wara",
    "nome: Iara",
    "Don Pedro espera",
    "Ana",
    "Quispe Mamani, Rosa",
    "Conceição dos Anjos",
]
_NUMBERS = [
    "CI 4.567.890 LP",
    "DNI 12345678",
    "CPF 123.456.789-09",
    "pasaporte AB123456",
    "pasaporte ab 123456",
    "llamar al +591 71234567",
    "tel. 0800 123 4567",
    "(011) 4123-4567",
    "12 34 56 78",
    "１２３４５６７",
    "documento ١٢٣٤٥٦٧",
    "DNI 12,345,678",
    "CI 7'654'321",
    "CI 7’654’321",
    "7_654_321",
    "12:345:678",
    "70*123*456",
    "70·123·456",
    "7123\u200b4567",
    "71\u00ad234\u2060567",
    "tel. 2045-1999",
    "tel. 2099 - 2012",
    "tel. +55 61 2030 1234",
    "71234567 soles",
    "USD 71234567",
    "71 234567 soles",
    "7\u20e31\u20e32\u20e33\u20e34\u20e35\u20e36\u20e3",
]
_ADDRESSES = ["escriba a x@y.org", "@rosa_m", "wa.me/59171234567"]
_DATES = ["nacida el 03/05/2001", "nacida 2001-05-03", "3-5-2001", "03.05.2001"]
_NOBODY = [
    "Intérprete de quechua para una entrevista de dos horas en el Consulado General de Bolivia",
    "Necesitamos 3 plazas en refugio para mujeres con hijos",
    "Fondos: USD 1.200 para un pasaje",
    "1.500.000 guaraníes",
    "R$ 2.500,00 para a passagem",
    "Training 2025-2026 for 40 officers",
    "Curso del Ministerio Público en Santa Cruz de la Sierra",
    "Puerto Suárez y San Juan",
    "de Lima a Mendoza",
    "Intérprete de aymara, de 08:00 a 18:00, 24/7",
    "Casa N° 45, piso 12",
    "de 08:00-18:00 y de 9:30 - 12:15",
    "1,200,000 pesos; 350000 soles",
    "años 2019/2026, casas 1, 2, 3, 4, 5, 6 y 7",
    "entre el 12 y el 15 de marzo de 2027",
    "",
]


@pytest.mark.parametrize(
    ("looks", "text"),
    [
        *((Looks.NAME, text) for text in _NAMES),
        *((Looks.NUMBER, text) for text in _NUMBERS),
        *((Looks.ADDRESS, text) for text in _ADDRESSES),
        *((Looks.DATE, text) for text in _DATES),
    ],
)
def test_it_is_seen(looks: Looks, text: str) -> None:
    assert looks in {each.looks for each in looks_personal(text)}


@pytest.mark.parametrize("text", _NOBODY)
def test_what_is_about_nobody_passes(text: str) -> None:
    assert looks_personal(text) == ()


@given(
    st.text("abc .,;", max_size=30),
    st.text("0123456789", min_size=7, max_size=12),
    st.sampled_from(["", ".", "-", " ", ",", "'", "_", ":", "*", "·", "\u200b", "\u2060-"]),
    st.text("abc .,;", max_size=30),
)
def test_seven_digits_are_never_let_through(
    before: str, digits: str, between: str, after: str
) -> None:
    found = looks_personal(f"{before}x {between.join(digits)} y{after}")

    assert any(each.looks not in MAY_BE_OTHER or each.looks is Looks.DATE for each in found)


@given(st.text(max_size=300))
def test_no_text_breaks_it_and_each_piece_is_of_the_text(text: str) -> None:
    for each in looks_personal(text):
        assert each.piece
