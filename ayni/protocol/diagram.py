"""A definition as a Mermaid flowchart: phases as boxes, steps as nodes, what waits for what."""

from __future__ import annotations

from ayni.protocol.model import Definition, Phase, Side, Step, SubjectKind, Text

SIDE_NAMES = {
    Side.OWN: Text("puesto", "posto", "post"),
    Side.HOST: Text("país donde está", "país onde está", "state where she is"),
    Side.NATIONALITY: Text("nacionalidad", "nacionalidade", "nationality"),
    Side.RESIDENCE: Text("residencia", "residência", "residence"),
    Side.TRANSIT: Text("tránsito", "trânsito", "transit"),
}
SUBJECT_NAMES = {
    SubjectKind.POST: Text("por puesto", "por posto", "per post"),
    SubjectKind.NOTICE: Text("por aviso", "por aviso", "per notice"),
    SubjectKind.CASE: Text("por caso", "por caso", "per case"),
}


def mermaid(definition: Definition, language: str = "es") -> str:
    """The flowchart as text. A dotted arrow: the clock of one step starts with another."""
    lines = ["flowchart TD"]
    for phase in definition.phases:
        lines += _phase(definition, phase, language)
    for step in definition.steps.values():
        lines += [f"  {_name(each)} --> {_name(step.id)}" for each in step.after]
        for limit in step.limits:
            if limit.step and limit.step not in step.after:
                lines.append(f"  {_name(limit.step)} -.-> {_name(step.id)}")
    return "\n".join(lines) + "\n"


def _phase(definition: Definition, phase: Phase, language: str) -> list[str]:
    kind = SUBJECT_NAMES[phase.subject].in_language(language)
    title = f"{phase.id}. {phase.title.in_language(language)} ({kind})"
    lines = [f'  subgraph phase_{phase.id}["{_quoted(title)}"]']
    lines += [_step(definition.steps[name], language) for name in phase.steps]
    return [*lines, "  end"]


def _step(step: Step, language: str) -> str:
    sides = ", ".join(SIDE_NAMES[side].in_language(language) for side in step.sides)
    words = f"{step.id} {step.title.in_language(language)}<br/>({sides})"
    opening, closing = ("{{", "}}") if step.gates else ("[", "]")
    return f'    {_name(step.id)}{opening}"{_quoted(words)}"{closing}'


def _name(step: str) -> str:
    return "s" + step.replace(".", "_")


def _quoted(text: str) -> str:
    return text.replace('"', "#quot;")
