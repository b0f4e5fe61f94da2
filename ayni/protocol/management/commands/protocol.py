"""`ayni protocol`: check a definition, draw it, document it, record its adoption."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.lib.errors import Refused
from ayni.members import api as members
from ayni.protocol import versions
from ayni.protocol.diagram import mermaid
from ayni.protocol.document import markdown
from ayni.protocol.errors import DefinitionRefused
from ayni.protocol.examples import differences, read_examples
from ayni.protocol.load import load_file
from ayni.protocol.model import Definition


class Command(BaseCommand):
    """A definition is named by its file: the manifest, or one file that holds it all."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _("Check, draw, document or adopt a definition of the protocol.")

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The subcommands."""
        verbs = parser.add_subparsers(dest="verb", required=True)
        check = verbs.add_parser("check", help=_("read a definition and run its example cases"))
        check.add_argument("file", type=Path)
        diagram = verbs.add_parser("diagram", help=_("a Mermaid flowchart on standard output"))
        diagram.add_argument("file", type=Path)
        diagram.add_argument("--language", choices=["es", "pt", "en"], default="es")
        document = verbs.add_parser("document", help=_("the reference page on standard output"))
        document.add_argument("file", type=Path)
        adopt = verbs.add_parser("adopt", help=_("record that this node's state adopted a version"))
        adopt.add_argument("key")
        adopt.add_argument("version")
        adopt.add_argument("--on", type=date.fromisoformat, required=True, help=_("YYYY-MM-DD"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one subcommand."""
        verb = options["verb"]
        if verb == "adopt":
            self._adopt(options["key"], options["version"], options["on"])
            return
        definition = _read(options["file"])
        if verb == "check":
            self._check(definition, options["file"])
        elif verb == "diagram":
            self.stdout.write(mermaid(definition, options["language"]), ending="")
        else:
            self.stdout.write(markdown(definition), ending="")

    def _check(self, definition: Definition, file: Path) -> None:
        found: list[str] = []
        number = 0
        for each in sorted((file.parent / "examples").glob("*.yaml")):
            try:
                examples = read_examples(definition, each)
            except (DefinitionRefused, ValueError) as refused:
                found.append(str(refused))
                continue
            number += len(examples)
            for example in examples:
                found += differences(definition, example)
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write(
            _(
                "%(definition)s: %(steps)s steps, %(conditions)s conditions, %(examples)s example "
                "cases hold"
            )
            % {
                "definition": f"{definition.key} {definition.version}",
                "steps": len(definition.steps),
                "conditions": len(definition.conditions),
                "examples": number,
            }
        )

    def _adopt(self, key: str, version: str, on: date) -> None:
        state = members.this_node()
        try:
            versions.adopt(
                by=audit.job("protocol-adopt"), key=key, version=version, state=state, on=on
            )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            _("%(state)s: %(definition)s adopted on %(day)s")
            % {"state": state, "definition": f"{key} {version}", "day": on.isoformat()}
        )


def _read(file: Path) -> Definition:
    try:
        return load_file(file)
    except DefinitionRefused as refused:
        raise CommandError(str(refused)) from refused
