"""`ayni protocol`: check a definition, draw it, document it, put its files into one."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from ayni.protocol.diagram import mermaid
from ayni.protocol.document import markdown
from ayni.protocol.errors import DefinitionRefused
from ayni.protocol.examples import differences, read_examples
from ayni.protocol.load import checked, load_file
from ayni.protocol.model import Definition
from ayni.protocol.source import assemble


class Command(BaseCommand):
    """A definition is named by its file: the manifest, or one file that holds it all."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.help = _("Check, draw or document a definition of the protocol.")

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
        one = verbs.add_parser("whole", help=_("the whole text as one file, to be published"))
        one.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run one subcommand."""
        verb = options["verb"]
        definition = _read(options["file"])
        if verb == "check":
            self._check(definition, options["file"])
        elif verb == "whole":
            self.stdout.write(json.dumps(_document(options["file"]), ensure_ascii=False, indent=1))
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


def _read(file: Path) -> Definition:
    try:
        return load_file(file)
    except DefinitionRefused as refused:
        raise CommandError(str(refused)) from refused


def _document(file: Path) -> dict[str, Any]:
    return checked(assemble(file))
