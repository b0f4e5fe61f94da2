"""The cast: a few named institutions and officers, made through `api`. All invented."""

from __future__ import annotations

from dataclasses import dataclass

from ayni.audit import api as audit
from ayni.members import api as members

SETUP = audit.job("tests")
PASSWORD = "correct horse battery staple"


def an_institution(
    code: str, *, kind: str = "programme", state: str = "ar", stands_in: str = "AR"
) -> members.Institution:
    """An institution by code, made if it is not there."""
    found = members.Institution.objects.filter(code=code).first()
    return found or members.add_institution(
        by=SETUP,
        code=code,
        names={"es": code, "pt": code, "en": code},
        kind=kind,
        state=state,
        stands_in=stands_in,
        time_zone="America/Argentina/Buenos_Aires",
    )


def an_officer(
    name: str,
    institution: members.Institution | None,
    role: members.Role = members.Role.CONSULAR_OFFICER,
) -> members.User:
    """An officer by first name."""
    email = f"{name}@{'node' if institution is None else institution.code}.example"
    found = members.User.objects.filter(email=email).first()
    return found or members.add_user(
        by=SETUP,
        email=email,
        display_name=name.title(),
        role=role,
        institution=institution,
        password=PASSWORD,
    )


@dataclass(frozen=True, slots=True)
class Cast:
    """Argentina's programme with Ana and Luis; a shelter with Sol; nobody of one sees the other."""

    programme: members.Institution
    shelter: members.Institution
    ana: members.User
    luis: members.User
    sol: members.User
    dora: members.User
    nadia: members.User


def assemble() -> Cast:
    """The whole cast on the Argentine node."""
    programme = an_institution("ar-programme")
    shelter = an_institution("ar-shelter", kind="service")
    role = members.Role
    return Cast(
        programme=programme,
        shelter=shelter,
        ana=an_officer("ana", programme),
        luis=an_officer("luis", programme, role.CASE_SUPERVISOR),
        sol=an_officer("sol", shelter, role.SERVICE_PROVIDER),
        dora=an_officer("dora", programme, role.DATA_PROTECTION_OFFICER),
        nadia=an_officer("nadia", None, role.NODE_ADMINISTRATOR),
    )
