"""What a demonstration is made of, fixed in the code: all names say that they are invented."""

from __future__ import annotations

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
    abroad = "AR" if node != "ar" else "BO"
    abroad_zone = _ZONES[abroad.lower()]
    consulate = {
        "AR": ("Consulado en Buenos Aires", "Consulado em Buenos Aires", "Consulate, Buenos Aires"),
        "BO": ("Consulado en La Paz", "Consulado em La Paz", "Consulate, La Paz"),
    }[abroad]
    return [
        DemoInstitution(
            f"{node}-programme", "programme", country, zone,
            f"Programa nacional de asistencia {country}",
            f"Programa nacional de assistência {country}",
            f"National assistance programme {country}",
        ),
        DemoInstitution(f"{node}-consulate-{abroad.lower()}", "consulate", abroad, abroad_zone,
                        *(f"{name} {country}" for name in consulate)),
        DemoInstitution(
            f"{node}-service", "service", country, zone,
            f"Servicio de acogida {country}", f"Serviço de acolhimento {country}",
            f"Shelter service {country}",
        ),
        DemoInstitution(
            f"{node}-child-authority", "child_authority", country, zone,
            f"Autoridad de niñez {country}", f"Autoridade da infância {country}",
            f"Child protection authority {country}",
        ),
        DemoInstitution(
            f"{node}-focal-point", "focal_point", country, zone,
            f"Punto focal nacional {country}", f"Ponto focal nacional {country}",
            f"National focal point {country}",
        ),
    ]  # fmt: skip


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
        DemoUser("datos", "data_protection_officer", f"{node}-programme", language),
        DemoUser("administra", "node_administrator", "", language),
    ]


def email(user: DemoUser, node: str) -> str:
    """The sign-in name of an account."""
    return f"{user.name}@{node}.example"
