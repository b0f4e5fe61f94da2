"""`ayni user` and `ayni institution`: who works at this node, and for whom.

No password is ever an argument: whoever lists the processes of a machine would read it. An officer
gets an address that works once.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from ayni.lib.errors import AyniError, NotFound
from ayni.node import home
from ayni.node.home import say
from ayni.node.verbs import run_verb
from ayni.node.words import gettext as _

if TYPE_CHECKING:
    from ayni.members.api import User

LANGUAGES = ("es", "pt-br", "en")
_ACTOR = "node.command"


class NotUnderstood(AyniError):
    """An argument that is not one of those there are; the text names them."""

    code = "not_understood"


def _one_of(what: str, given: str, there_are: Sequence[str]) -> str:
    if given in there_are:
        return given
    if not given:
        raise NotUnderstood(
            _("%(what)s is missing; it must be one of %(names)s")
            % {"what": what, "names": ", ".join(there_are) or _("none yet")}
        )
    raise NotUnderstood(
        _("%(what)s is %(given)s; it must be one of %(names)s")
        % {"what": what, "given": given, "names": ", ".join(there_are) or _("none yet")}
    )


def _one_line(what: str, given: str, longest: int) -> str:
    text = given.strip()
    if 0 < len(text) <= longest and text.isprintable():
        return text
    raise NotUnderstood(
        _("%(what)s must be one line of 1 to %(longest)s characters")
        % {"what": what, "longest": longest}
    )


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=name)
    parser.add_argument("--json", action="store_true", help=_("the answer as JSON"))
    return parser


def _user_add(arguments: Sequence[str]) -> int:
    parser = _parser("ayni user add")
    parser.add_argument("email")
    parser.add_argument("--name", required=True, help=_("as colleagues read it"))
    parser.add_argument("--role", required=True, help=_("`ayni user roles` names them"))
    parser.add_argument("--institution", default="", help=_("its code; none for an administrator"))
    parser.add_argument("--language", default="es", help="es, pt-br, en")
    options = parser.parse_args(list(arguments))
    with home.ready(home.existing()):
        from django.core.exceptions import ValidationError
        from django.core.validators import validate_email

        from ayni.audit import api as audit
        from ayni.members import api as members

        try:
            validate_email(options.email)
        except ValidationError:
            raise NotUnderstood(
                _("%(email)s is not an e-mail address") % {"email": options.email}
            ) from None
        role = members.Role(_one_of("--role", options.role, [str(role) for role in members.Role]))
        runs_the_node = role is members.Role.NODE_ADMINISTRATOR
        place = None
        if runs_the_node and options.institution:
            raise NotUnderstood(_("a node_administrator belongs to no institution"))
        if not runs_the_node:
            here = {each.code: each for each in members.institutions(state=members.this_node())}
            place = here[_one_of("--institution", options.institution, sorted(here))]
        by = audit.job(_ACTOR)
        officer = members.add_user(
            by=by,
            email=options.email,
            display_name=_one_line("--name", options.name, 120),
            role=role,
            institution=place,
            password=None,
            language=_one_of("--language", options.language, LANGUAGES),
        )
        return _tell_address(officer, as_json=options.json)


def _tell_address(officer: User, *, as_json: bool) -> int:
    from ayni.audit import api as audit
    from ayni.config.invitation import invite

    link = invite(by=audit.job(_ACTOR), officer=officer)
    if as_json:
        sys.stdout.write(json.dumps({"email": officer.email, "address": link}) + "\n")
        return 0
    say(
        _(
            "give this address to %(email)s by a safe way: whoever opens it first sets the "
            "password. It works once, within a day, and is kept nowhere"
        )
        % {"email": officer.email}
    )
    sys.stdout.write(link + "\n")
    return 0


def _by_email(email: str) -> User:
    from ayni.members import api as members

    try:
        return members.user_by_email(email)
    except NotFound:
        raise NotUnderstood(
            _("no officer here has the e-mail %(email)s") % {"email": email}
        ) from None


def _user_invite(arguments: Sequence[str]) -> int:
    parser = _parser("ayni user invite")
    parser.add_argument("email")
    options = parser.parse_args(list(arguments))
    with home.ready(home.existing()):
        officer = _by_email(options.email)
        if not officer.is_active:
            raise NotUnderstood(
                _("%(email)s is stopped: `ayni user readmit` first") % {"email": officer.email}
            )
        return _tell_address(officer, as_json=options.json)


def _set_active(arguments: Sequence[str], *, active: bool) -> int:
    parser = _parser("ayni user readmit" if active else "ayni user stop")
    parser.add_argument("email")
    options = parser.parse_args(list(arguments))
    with home.ready(home.existing()):
        from ayni.audit import api as audit
        from ayni.members import api as members

        officer = _by_email(options.email)
        verb = members.readmit_user if active else members.stop_user
        verb(by=audit.job(_ACTOR), user_id=officer.id)
    told = (
        _("%(email)s may sign in again")
        if active
        else _("%(email)s is signed out everywhere and cannot sign in")
    )
    if options.json:
        sys.stdout.write(json.dumps({"email": officer.email, "active": active}) + "\n")
    else:
        say(told % {"email": officer.email})
    return 0


def _user_reset_second_step(arguments: Sequence[str]) -> int:
    parser = _parser("ayni user reset-second-step")
    parser.add_argument("email")
    options = parser.parse_args(list(arguments))
    with home.ready(home.existing()):
        from ayni.audit import api as audit
        from ayni.config import second_step

        officer = _by_email(options.email)
        second_step.reset(by=audit.job(_ACTOR), officer=officer)
    if options.json:
        sys.stdout.write(json.dumps({"email": officer.email, "second_step": False}) + "\n")
    else:
        say(
            _(
                "%(email)s is signed out everywhere; with the password, the next sign-in sets up a "
                "new second step. Make sure that it is really this person who asked"
            )
            % {"email": officer.email}
        )
    return 0


def _user_list(arguments: Sequence[str]) -> int:
    options = _parser("ayni user list").parse_args(list(arguments))
    with home.ready(home.existing()):
        from ayni.members import api as members

        rows = [
            {
                "email": officer.email,
                "name": officer.display_name,
                "role": officer.role,
                "institution": officer.institution.code if officer.institution else "",
                "active": officer.is_active,
            }
            for officer in members.officers()
        ]
    if options.json:
        sys.stdout.write(json.dumps(rows) + "\n")
        return 0
    for row in rows:
        left = "" if row["active"] else f"  ({_('stopped')})"
        sys.stdout.write(f"{row['email']}  {row['role']}  {row['institution'] or '-'}{left}\n")
    return 0


def _user_roles(arguments: Sequence[str]) -> int:
    options = _parser("ayni user roles").parse_args(list(arguments))
    with home.without_node():
        from ayni.members import api as members

        names = {str(role): str(name) for role, name in members.ROLE_NAMES.items()}
    if options.json:
        sys.stdout.write(json.dumps(names) + "\n")
    else:
        for role, name in names.items():
            sys.stdout.write(f"{role}  {name}\n")
    return 0


def _institution_add(arguments: Sequence[str]) -> int:
    parser = _parser("ayni institution add")
    parser.add_argument("code", help=_("small letters, digits and -: its name between nodes"))
    parser.add_argument("--kind", required=True, help=_("`ayni institution kinds` names them"))
    parser.add_argument(
        "--stands-in", default="", help=_("country, two capital letters (ISO 3166)")
    )
    parser.add_argument("--time-zone", required=True, help=_("such as America/La_Paz"))
    for language in ("es", "pt", "en"):
        parser.add_argument(f"--name-{language}", required=True)
    options = parser.parse_args(list(arguments))
    with home.ready(home.existing()):
        from django.core.exceptions import ValidationError
        from django.core.validators import validate_slug

        from ayni.audit import api as audit
        from ayni.members import api as members

        code = _one_line("CODE", options.code, 60)
        try:
            validate_slug(code)
        except ValidationError:
            raise NotUnderstood(
                _("%(code)s is no code: small letters, digits and - only") % {"code": code}
            ) from None
        kinds = [str(kind) for kind in members.InstitutionKind]
        members.add_institution(
            by=audit.job(_ACTOR),
            code=code,
            names={
                language: _one_line(f"--name-{language}", getattr(options, f"name_{language}"), 200)
                for language in ("es", "pt", "en")
            },
            kind=_one_of("--kind", options.kind, kinds),
            state=members.this_node(),
            stands_in=options.stands_in,
            time_zone=options.time_zone,
        )
    if options.json:
        sys.stdout.write(json.dumps({"institution": code}) + "\n")
    else:
        say(_("institution %(code)s is added") % {"code": code})
    return 0


def _institution_kinds(arguments: Sequence[str]) -> int:
    options = _parser("ayni institution kinds").parse_args(list(arguments))
    with home.without_node():
        from ayni.members import api as members

        names = {str(kind): str(kind.label) for kind in members.InstitutionKind}
    if options.json:
        sys.stdout.write(json.dumps(names) + "\n")
    else:
        for kind, name in names.items():
            sys.stdout.write(f"{kind}  {name}\n")
    return 0


_USER: dict[str, Callable[[Sequence[str]], int]] = {
    "add": _user_add,
    "invite": _user_invite,
    "list": _user_list,
    "reset-second-step": _user_reset_second_step,
    "roles": _user_roles,
    "stop": lambda arguments: _set_active(arguments, active=False),
    "readmit": lambda arguments: _set_active(arguments, active=True),
}
_INSTITUTION: dict[str, Callable[[Sequence[str]], int]] = {
    "add": _institution_add,
    "kinds": _institution_kinds,
}


def user(arguments: Sequence[str]) -> int:
    """Exit code of one `ayni user` command."""
    return run_verb("user", _USER, arguments)


def institution(arguments: Sequence[str]) -> int:
    """Exit code of one `ayni institution` command."""
    return run_verb("institution", _INSTITUTION, arguments)
