"""The cast: a few named institutions and officers, made through `api`. All invented."""

from __future__ import annotations

import time
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import encrypt
from django.test import Client

from ayni.audit import api as audit
from ayni.config import second_step
from ayni.lib import clock
from ayni.members import api as members

SETUP = audit.job("tests")
PASSWORD = "correct horse battery staple"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # of everybody's app
_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


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
    """An officer by first name, with an app for the second step and the code of conduct read."""
    return _officers((name, institution, role))[0]


def _officers(
    *wanted: tuple[str, members.Institution | None, members.Role],
) -> list[members.User]:
    """Whoever is not there is added; thousands of tests begin with this, so the database is asked
    for all of them at once where it can be."""
    emails = [f"{name}@{at.code if at else 'node'}.example" for name, at, _role in wanted]
    there = {each.email: each for each in members.User.objects.filter(email__in=emails)}
    new = {}
    with audit.together():
        for email, (name, institution, role) in zip(emails, wanted, strict=True):
            if email not in there:
                new[email] = members.add_user(
                    by=SETUP,
                    email=email,
                    display_name=name.title(),
                    role=role,
                    institution=institution,
                    password=PASSWORD,
                )
    make_ready(*new.values())
    return [(there | new)[email] for email in emails]


def make_ready(*officers: members.User) -> None:
    """What officers do at their first sign-in, without its entries in the audit trail."""
    if not officers:
        return
    now = clock.now()
    for officer in officers:
        officer.conduct, officer.conduct_at = members.CONDUCT, now
    ready = members.User.objects.filter(id__in=[officer.id for officer in officers])
    ready.update(conduct=members.CONDUCT, conduct_at=now)
    Authenticator.objects.bulk_create(
        Authenticator(user=officer, type=Authenticator.Type.TOTP, data={"secret": encrypt(SECRET)})
        for officer in officers
    )


def enter(client: Client, officer: members.User) -> None:
    """Sign in as if the officer had given password and second step."""
    client.force_login(officer, backend=_BACKEND)
    session = client.session
    second_step.mark_passed(session, officer)
    session.save()


def next_number(officer: members.User, *, typed: bool = False) -> str:
    """The number that the officer's app gives next, good for two seconds at least; `typed`: none
    that ends while a browser types it."""
    last = members.last_counter(officer.id)
    while not (left := [counter for counter in _good(typed=typed) if counter > last]):
        time.sleep(1)
    return second_step.number(SECRET, left[0])


def _good(*, typed: bool) -> list[int]:
    now = time.time()
    lasting = second_step.counters(now + 2)
    return [counter for counter in second_step.counters(now)[typed:] if counter in lasting]


def sign_in(client: Client, officer: members.User) -> None:
    """Sign in with password and the number of the app."""
    asked = client.post("/account/login/", {"login": officer.email, "password": PASSWORD})
    assert asked.headers["Location"] == "/account/2fa/authenticate/"
    answer = client.post("/account/2fa/authenticate/", {"code": next_number(officer)})
    assert answer.status_code == 302


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
    ana, luis, sol, dora, nadia = _officers(
        ("ana", programme, role.CONSULAR_OFFICER),
        ("luis", programme, role.CASE_SUPERVISOR),
        ("sol", shelter, role.SERVICE_PROVIDER),
        ("dora", programme, role.DATA_PROTECTION_OFFICER),
        ("nadia", None, role.NODE_ADMINISTRATOR),
    )
    return Cast(programme, shelter, ana, luis, sol, dora, nadia)
