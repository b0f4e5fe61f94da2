"""A definition as a reference page (Markdown), generated so that it is never stale."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ayni.protocol.diagram import SUBJECT_NAMES
from ayni.protocol.model import Cite, Definition, Limit, Phase, RepeatKind, Start, Step, Unit

_UNITS = {
    Unit.HOURS: ("hour", "hours"),
    Unit.CALENDAR_DAYS: ("calendar day", "calendar days"),
    Unit.WORKING_DAYS: ("working day of the post", "working days of the post"),
}
_STARTS = {
    Start.OPENED: "from the opening",
    Start.READY: "from the time it is due",
    Start.CHANGED: "from each change",
    Start.LAST_DONE: "from the last time",
}
_MARKS = (
    "Marks: **V** read in the source; **I** only its index or heading seen; **M** unverified; "
    "**X** not found. A *norm* or *treaty* limit rests on a source that was read; *practice* is "
    "documented but is not, or no longer, a norm; a *proposal* has no source and awaits a decision "
    "of the Plenary."
)

# What a form asks by lists that no source gives: (lists, what is a proposal).
_PROPOSED = (
    (
        frozenset({"severity", "likelihood"}),
        "the degrees of severity and of likelihood, and the table that makes a level of the two. "
        "The source says only that the level comes from both; an officer may decide otherwise and "
        "says why.",
    ),
)


def markdown(definition: Definition) -> str:
    """The reference page in English: phases, conditions, facts, forms, sources."""
    parts: list[str] = [
        f"# {definition.title.en}, version {definition.version}",
        f"Generated from `ayni/protocol/definitions/{definition.key}/{definition.version}` by "
        "`ayni protocol document`; do not edit.",
        definition.status.en,
        _MARKS,
    ]
    for phase in definition.phases:
        parts += _phase(definition, phase)
    parts += _conditions(definition)
    parts += _facts(definition)
    parts += _sources(definition)
    return "\n\n".join(parts) + "\n"


def _phase(definition: Definition, phase: Phase) -> Iterator[str]:
    kind = SUBJECT_NAMES[phase.subject].en
    goes_on = f", goes over into the {phase.continues_in}" if phase.continues_in else ""
    yield f"## Phase {phase.id}: {phase.title.en} ({kind}{goes_on})"
    rows = [_row(definition, definition.steps[name]) for name in phase.steps]
    yield _table(("Step", "Owed by", "Time limit", "Applies / gates", "Sources"), rows)
    for name in phase.steps:
        step = definition.steps[name]
        if step.fields:
            fields = "; ".join(
                f"`{field.id}` ({field.kind}, {field.klass}"
                + (", required" if field.required else "")
                + (f", HTCDS `{field.standard}`" if field.standard else "")
                + ")"
                for field in step.fields
            )
            yield f"Form of {step.id}: {fields}."
        lists = {field.options for field in step.fields}
        for asked, proposed in _PROPOSED:
            if asked <= lists:
                yield f"Proposal in {step.id} (*proposal*, no source): {proposed}"


def _row(definition: Definition, step: Step) -> tuple[str, ...]:
    together = " together" if step.joint else ""
    owed = f"{', '.join(step.sides)}{together}: {definition.actors[step.actor].name.en}"
    limits = [_limit(definition, limit) for limit in step.limits]
    limits += [f"period: {_limit(definition, limit)}" for limit in step.period]
    if step.repeat is not None and step.repeat.kind is RepeatKind.SCHEDULE:
        limits.append("again after " + ", ".join(map(str, step.repeat.values)) + " days")
    if step.continuous:
        limits.append("always")
    gates = []
    if step.applies_when:
        presumed = " (holds while it cannot be told)" if step.presumed else ""
        gates.append(f"if {definition.condition_sentences[step.applies_when].en}{presumed}")
    if step.after:
        gates.append("after " + ", ".join(step.after))
    gates += [f"gate: {definition.condition_sentences[gate.condition].en}" for gate in step.gates]
    return (
        f"**{step.id}** {step.title.en}. {step.duty.en}",
        owed,
        "; ".join(limits) or "none",
        "; ".join(gates) or "none",
        _cites(step.cites) or "none (proposal)",
    )


def _limit(definition: Definition, limit: Limit) -> str:
    if limit.value is None:
        words = limit.words.en if limit.words else ""
    elif limit.value == 0 and limit.unit is Unit.HOURS:
        words = "at once"
    elif limit.value == 0:
        words = "the same day"
    else:
        words = f"{limit.value} {_UNITS[limit.unit][limit.value != 1]}"
    if limit.start is Start.STEP:
        start = f"from step {limit.step}"
    elif limit.start is Start.BEFORE:
        start = f"before {definition.moments[limit.moment].en}"
    else:
        start = _STARTS[limit.start]
    condition = f", if {definition.condition_sentences[limit.when].en}" if limit.when else ""
    cites = f", {_cites(limit.cites)}" if limit.cites else ""
    return f"{words}, {start} (*{limit.status}*{cites}{condition})"


def _cites(cites: Iterable[Cite]) -> str:
    return "; ".join(
        f"{cite.source}{' ' + cite.place if cite.place else ''} [{cite.mark}]" for cite in cites
    )


def _conditions(definition: Definition) -> Iterator[str]:
    yield "## Named conditions"
    rows = [
        (f"`{name}`", definition.condition_sentences[name].en, f"`{condition.expression}`")
        for name, condition in definition.conditions.items()
    ]
    yield _table(("Name", "Sentence", "Expression"), rows)


def _facts(definition: Definition) -> Iterator[str]:
    yield "## Facts"
    yield "What is not established is unknown, and unknown closes gates."
    asked: dict[str, list[str]] = {}
    for (step, field), name in definition.answered_by.items():
        asked.setdefault(name, []).append(f"{step} `{field}`")
    rows = [
        (
            f"`{name}`",
            definition.fact_sentences[name].en,
            "true, false" if fact.is_boolean else ", ".join(map(str, fact.domain)),
            ", ".join(asked.get(name, ())) or "given by the case",
        )
        for name, fact in definition.facts.items()
    ]
    yield _table(("Fact", "Sentence", "Values", "Established by"), rows)


def _sources(definition: Definition) -> Iterator[str]:
    yield "## Sources"
    rows = [
        (
            source.id,
            source.title.en,
            f"{source.mark}{', repealed' if source.repealed else ''}",
            source.seen.en,
            source.address,
        )
        for source in definition.sources.values()
    ]
    yield _table(("Id", "Instrument", "Mark", "What was seen", "Address"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("||", "or").replace("|", "\\|")
