"""What a demonstration is made of, fixed in the code: all names say that they are invented."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

THREE = ("ar", "bo", "secretariat")
ALL = ("ar", "bo", "br", "cl", "co", "ec", "pe", "py", "uy", "ve", "secretariat")
FOLDER = Path("var") / "demo"
FIRST_PORT = 8701


@dataclass(frozen=True, slots=True)
class DemoInstitution:
    """An institution of the demonstration."""

    code: str
    kind: str
    stands_in: str
    time_zone: str
    es: str
    pt: str
    en: str

    @property
    def names(self) -> dict[str, str]:
        """The names, marked as demonstration in each language."""
        return {
            "es": f"{self.es} (demostración)",
            "pt": f"{self.pt} (demonstração)",
            "en": f"{self.en} (demonstration)",
        }


@dataclass(frozen=True, slots=True)
class DemoUser:
    """An account of the demonstration; the password is random and printed."""

    name: str
    role: str
    institution: str
    language: str = "es"


_ZONES = {
    "ar": "America/Argentina/Buenos_Aires",
    "bo": "America/La_Paz",
    "br": "America/Sao_Paulo",
    "cl": "America/Santiago",
    "co": "America/Bogota",
    "ec": "America/Guayaquil",
    "pe": "America/Lima",
    "py": "America/Asuncion",
    "uy": "America/Montevideo",
    "ve": "America/Caracas",
}


# "of the country" as the names of its institutions end.
_OF = {
    "ar": ("de Argentina", "da Argentina", "of Argentina"),
    "bo": ("de Bolivia", "da Bolívia", "of Bolivia"),
    "br": ("de Brasil", "do Brasil", "of Brazil"),
    "cl": ("de Chile", "do Chile", "of Chile"),
    "co": ("de Colombia", "da Colômbia", "of Colombia"),
    "ec": ("de Ecuador", "do Equador", "of Ecuador"),
    "pe": ("de Perú", "do Peru", "of Peru"),
    "py": ("de Paraguay", "do Paraguai", "of Paraguay"),
    "uy": ("de Uruguay", "do Uruguai", "of Uruguay"),
    "ve": ("de Venezuela", "da Venezuela", "of Venezuela"),
}


def institutions(node: str) -> list[DemoInstitution]:
    """The institutions of one node of the demonstration."""
    if node == "secretariat":
        return [
            DemoInstitution(
                "secretariat-desk", "secretariat", "", "UTC",
                "Secretaría técnica", "Secretaria técnica", "Technical secretariat",
            )
        ]  # fmt: skip
    zone, country = _ZONES[node], node.upper()
    es, pt, en = _OF[node]
    abroad = "AR" if node != "ar" else "BO"
    city = {"AR": "Buenos Aires", "BO": "La Paz"}[abroad]
    return [
        DemoInstitution(
            f"{node}-programme", "programme", country, zone,
            f"Programa nacional de asistencia {es}",
            f"Programa nacional de assistência {pt}",
            f"National assistance programme {en}",
        ),
        DemoInstitution(
            f"{node}-consulate-{abroad.lower()}", "consulate", abroad, _ZONES[abroad.lower()],
            f"Consulado {es} en {city}", f"Consulado {pt} em {city}", f"Consulate {en} in {city}",
        ),
        DemoInstitution(
            f"{node}-service", "service", country, zone,
            f"Servicio de acogida {es}", f"Serviço de acolhimento {pt}", f"Shelter service {en}",
        ),
        DemoInstitution(
            f"{node}-child-authority", "child_authority", country, zone,
            f"Autoridad de protección de la niñez {es}",
            f"Autoridade de proteção da criança {pt}",
            f"Child protection authority {en}",
        ),
        DemoInstitution(
            f"{node}-focal-point", "focal_point", country, zone,
            f"Punto focal nacional {es}", f"Ponto focal nacional {pt}",
            f"National focal point {en}",
        ),
    ]  # fmt: skip


def absent(nodes: Sequence[str]) -> list[str]:
    """A state that has no node in this demonstration, if there is one: its programme is written to
    by printed letter."""
    return [code for code in ("uy",) if code not in nodes]


def users(node: str) -> list[DemoUser]:
    """The accounts of one node of the demonstration."""
    if node == "secretariat":
        return [
            DemoUser("secretaria", "secretariat_officer", "secretariat-desk"),
            DemoUser("presidencia", "presidency_officer", "secretariat-desk"),
            DemoUser("administra", "node_administrator", ""),
        ]
    language = "pt-br" if node == "br" else "es"
    consulate = f"{node}-consulate-{'bo' if node == 'ar' else 'ar'}"
    return [
        DemoUser("oficial", "consular_officer", f"{node}-programme", language),
        DemoUser("supervisa", "case_supervisor", f"{node}-programme", language),
        DemoUser("consul", "consular_officer", consulate, language),
        DemoUser("vicecon", "case_supervisor", consulate, language),
        DemoUser("servicio", "service_provider", f"{node}-service", language),
        DemoUser("focal", "national_focal_point", f"{node}-focal-point", language),
        DemoUser("valida", "validating_authority", f"{node}-focal-point", language),
        DemoUser("preside", "presidency_officer", f"{node}-focal-point", language),
        DemoUser("datos", "data_protection_officer", f"{node}-programme", language),
        DemoUser("administra", "node_administrator", "", language),
    ]


def email(user: DemoUser, node: str) -> str:
    """The sign-in name of an account."""
    return f"{user.name}@{node}.example"
