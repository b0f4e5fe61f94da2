"""What `ayni help` says: one row a command, each with words of its own to translate."""

from __future__ import annotations

from ayni.node.words import gettext as _

Block = list[tuple[str, str]]


def rows() -> list[Block]:
    """Each command with what it does, in the language of the terminal; by what they are for."""
    return [*_of_the_node(), *_of_what_it_keeps()]


def _of_the_node() -> list[Block]:
    return [
        [
            ("ayni node init", _("make the node in AYNI_HOME")),
            ("ayni node check [--json]", _("whether this node may start")),
            ("ayni run", _("web process, worker and PostgreSQL until told to stop")),
            ("ayni web | worker", _("one of them alone, for several machines")),
            ("ayni node upgrade", _("the tables of a new version, all at once or not at all")),
        ],
        [
            ("ayni institution add CODE", _("a body that handles cases")),
            ("ayni user add EMAIL", _("an officer, and an address that works once for a password")),
            ("ayni user invite EMAIL", _("another such address")),
            ("ayni user stop EMAIL", _("signed out everywhere at once; `readmit` undoes it")),
            ("ayni user reset-second-step", _("for one who lost passkey, app and codes on paper")),
            ("ayni user list | roles", _("who works here; which roles there are")),
            ("ayni trust show | draft | sign", _("who this node is; the directory of all nodes")),
            ("ayni trust accept | sheet", _("a directory or key sheet; a sheet of our own")),
            ("ayni trust write FOLDER", _("all of them as files, for a member that joins")),
            (
                "ayni directory propose | show | note",
                _("a change of the directory of nodes, in words and as a printed note"),
            ),
            (
                "ayni directory vote | publish",
                _("our state's signature; put in force when there are enough"),
            ),
            (
                "ayni keys show | rotate",
                _("which keys are here, until when; a new sheet now, --ahead N for later weeks"),
            ),
            (
                "ayni keys shares | take-offline | restore",
                _("the identity key in shares that persons keep, and back"),
            ),
            (
                "ayni keys wrap | change | unwrap",
                _("the master key under a passphrase, a key file or a token"),
            ),
            (
                "ayni legal_basis | common_ground",
                _("what one state may name to another, and what binds each pair; needs no node"),
            ),
        ],
    ]


def _of_what_it_counts() -> Block:
    return [
        (
            "ayni import_linea145 FILES",
            _("Argentina's hotline files, as historical notices"),
        ),
        ("ayni linea145_figures", _("what they say")),
        ("ayni import_glotip FILE", _("UNODC's workbook on trafficking in persons")),
        ("ayni editions [--log EDITION]", _("which editions are here; what was put right")),
        (
            "ayni indicator NAME --source S",
            _("a figure of a source, with what it is of; --compare over all of them"),
        ),
        (
            "ayni disclosure audit | release",
            _("what a file of records gives away, and whether it may be published"),
        ),
        (
            "ayni sums list | show SUM",
            _("sums over states: what is asked, who takes part, what came of it; --json"),
        ),
        (
            "ayni sums take-part | counts | give",
            _("what a state does with one, for an officer who shows password and number"),
        ),
        (
            "ayni disclosure propose | check | review",
            _("figures for everybody: proposed, checked by the machine, reviewed by another"),
        ),
        (
            "ayni disclosure publish | rebuild | ledger",
            _("signed and published; made again byte by byte; what the noise has cost"),
        ),
        (
            "ayni htcds import FILE",
            _("records of the standard HTCDS, as historical notices; --partial, --json"),
        ),
        (
            "ayni htcds export FILE | ctdc",
            _("cases in that standard, for an officer who shows password and number"),
        ),
    ]


def _of_what_it_keeps() -> list[Block]:
    return [
        [
            (
                "ayni backup key FILE",
                _("a pair of keys for backups; the secret one is not kept on the node"),
            ),
            (
                "ayni backup make",
                _("copies of database and keyring, encrypted, into two folders"),
            ),
            (
                "ayni backup erasures",
                _("the list of erasures beside the copies, at once; random numbers only"),
            ),
            ("ayni backup list | verify", _("what there is; whether it is whole")),
            ("ayni restore", _("a node from its copies, into an empty AYNI_HOME")),
        ],
        [
            (
                "ayni audit verify [--json]",
                _("does the audit trail hold, beside what was signed; --with FILE"),
            ),
            (
                "ayni audit heads --of NODE",
                _("heads of that node held here, as a FILE for it"),
            ),
            (
                "ayni evidence export ID",
                _("what both sides signed in one conversation, as a file for a court"),
            ),
            ("ayni evidence verify FILE", _("whether such a file holds; needs no node")),
            (
                "ayni gazette verify [--room agenda]",
                _("whether what the members have published is here as they signed it; --json"),
            ),
            ("ayni retention due", _("what will be blocked or erased: a dry run; --days N")),
            ("ayni retention apply", _("do now what the worker does every night")),
        ],
        _of_what_it_counts(),
        [
            ("ayni demo [--nodes all]", _("three (or eleven) nodes with invented persons")),
            (
                "ayni demo-check [--json]",
                _("drives the whole journey over three nodes, looks for leaks"),
            ),
            ("ayni demo-reset", _("removes the demonstration")),
        ],
        [
            ("ayni help --all", _("the commands of the rooms")),
            ("ayni COMMAND --help", _("one of them")),
        ],
    ]


def text() -> str:
    """The whole help, in the language of the terminal."""
    rooms = ["\n".join(f"  {command:<28} {told}" for command, told in block) for block in rows()]
    return "\n\n".join(
        [
            _("ayni: a node of the regional platform"),
            *rooms,
            _(
                "AYNI_NODE and AYNI_HOME say which node; docs/reference/settings.md lists all "
                "settings."
            )
            + "\n",
        ]
    )
