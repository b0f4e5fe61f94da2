"""Two spellings of one Ibero-American name are found as one."""

from __future__ import annotations

import pytest

from ayni.lib.folding import fold, phonetic, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Quispe", "Kispe"),
        ("Gonçalves", "Gonsalves"),
        ("Núñez", "Nuñes"),
        ("Vargas", "Bargas"),
        ("Jiménez", "Gimenez"),
        ("Souza", "Sousa"),
        ("Huanca", "Uanca"),
        ("Yupanqui", "Llupanki"),
        ("Carvalho", "Carvallo"),
        ("Thiago", "Tiago"),
    ],
)
def test_spellings_that_sound_alike_agree(one: str, other: str) -> None:
    assert phonetic(one) == phonetic(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("Quispe", "Mamani"), ("Peña", "Pena"), ("Condori", "Cordero")]
)
def test_names_that_sound_different_stay_apart(one: str, other: str) -> None:
    assert phonetic(one) != phonetic(other)


def test_folding_keeps_only_letters_digits_and_single_spaces() -> None:
    assert fold("  María-José  ÁVILA, d’Ávila ") == "maria jose avila d avila"


def test_particles_are_no_part_of_a_name_to_search_for() -> None:
    assert words("María de la Cruz y Souza dos Santos") == ["maria", "cruz", "souza", "santos"]
