"""Pages of the registry: which versions there are, who adopted what, and what one changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotFound
from ayni.members import api as members
from ayni.protocol import publishing, versions, wording
from ayni.protocol.changes import Change, compare
from ayni.protocol.model import Definition
from ayni.protocol.national import changeable
from ayni.protocol.published import ADOPTION, VERSION, Adopted, PublishedVersion, published_versions
from ayni.protocol.refusals import UnknownVersion

Row = dict[str, Any]
officer = members.officer_page()


@dataclass(frozen=True, slots=True)
class Version:
    """A version that pages show: the text that comes with the software, or a published one."""

    definition: Definition
    published: PublishedVersion | None

    @property
    def name(self) -> str:
        return f"{wording.here(self.definition.title)}, {self.definition.version}"

    @property
    def href(self) -> str:
        return reverse("protocol:version", args=[self.definition.key, self.definition.version])


def _number(definition: Definition) -> tuple[str, list[int]]:
    return definition.key, [int(part) for part in definition.version.split(".")]


def all_versions() -> list[Version]:
    """The newest first."""
    there = published_versions()
    found = [Version(each.definition, each) for each in there.values()]
    if versions.REFERENCE not in there:
        found.append(Version(versions.definition(*versions.REFERENCE), None))
    return sorted(found, key=lambda each: _number(each.definition), reverse=True)


def the_version(key: str, version: str) -> Version:
    """One of them, or one that counts no more but under which cases of this node run. Raises
    `NotFound`."""
    for each in all_versions():
        if (each.definition.key, each.definition.version) == (key, version):
            return each
    kept = versions.kept(key, version)
    if kept is not None:
        return Version(kept, None)
    raise NotFound(version=version)


def before(definition: Definition) -> Definition | None:
    """The version that came before this one in number."""
    number = _number(definition)
    earlier = [e.definition for e in all_versions() if _number(e.definition) < number]
    return earlier[0] if earlier else None


def day_words(day: date | None) -> str:
    """A day as it is written here."""
    return "" if day is None else date_format(day, "DATE_FORMAT")


@require_GET
@officer
def registry(request: HttpRequest, by: Actor) -> HttpResponse:
    """Which versions there are, and which each state has adopted."""
    found, all_adopted = all_versions(), versions.adoptions()
    today = clock.now().date()
    context = {
        "versions": [_listed(each) for each in found],
        "head": [_("State"), *(each.definition.version for each in found)],
        "rows": _table(found, all_adopted, today),
        "may_publish": publishing.may_publish(by=by),
        "compare": len(found) > 1,
        "not_counted": _not_counted(),
    }
    return render(request, "protocol/registry.html", context)


def _listed(each: Version) -> Row:
    there = each.published
    if there is None:
        standing, colour = _("Not published"), "grey"
    elif there.taken_back:
        standing, colour = _("Taken back"), "grey"
    else:
        standing, colour = _("Published"), "green"
    return {
        "name": each.name, "href": each.href, "standing": standing, "colour": colour,
        "on": day_words(there.on) if there else "",
        "decision": there.decision if there else "",
    }  # fmt: skip


def _table(found: list[Version], adopted: list[Adopted], today: date) -> list[list[Any]]:
    """States × versions: from which day, whether it holds now, how much is the state's own."""
    rows = []
    for state in sorted(members.states().values(), key=lambda each: each.name):
        own = [each for each in adopted if each.state == state.code]
        holding = next((e for e in own if e.adopted_on and e.adopted_on <= today), None)
        cells: list[Any] = [state.name]
        for version in found:
            key = version.definition.key, version.definition.version
            these = [each for each in own if (each.key, each.version) == key]
            text = "; ".join(_adoption_cell(e, holding=e is holding, today=today) for e in these)
            cells.append({"text": text, "href": version.href} if text else _("Not adopted"))
        rows.append(cells)
    return rows


def _adoption_cell(each: Adopted, *, holding: bool, today: date) -> str:
    parts = [_("from %(day)s") % {"day": day_words(each.adopted_on)}]
    if holding:
        parts.append(_("holds now"))
    elif each.adopted_on is not None and each.adopted_on > today:
        parts.append(_("not yet"))
    else:
        parts.append(_("for cases opened then"))
    return ", ".join([*parts, *_counts(each)])


def _counts(each: Adopted) -> list[str]:
    limits, reserved = len(each.parameters), len(each.reservations)
    found = []
    if limits:
        words = ngettext("%(n)s stricter time limit", "%(n)s stricter time limits", limits)
        found.append(words % {"n": limits})
    if reserved:
        words = ngettext("%(n)s reservation", "%(n)s reservations", reserved)
        found.append(words % {"n": reserved})
    return found


def _not_counted() -> list[str]:
    """What came and does not count, with the reason."""
    found = [*gazette.current(kind=VERSION), *gazette.current(kind=ADOPTION)]
    return [
        f"{_owner(each.said.owner)}: {each.problem or _('Contradicts itself')}"
        for each in found
        if not each.counts
    ]


def _owner(node: str) -> str:
    state = members.states().get(node)
    return _("Technical secretariat") if state is None else state.name


@require_GET
@officer
def version(request: HttpRequest, by: Actor, key: str, version: str) -> HttpResponse:
    """One version: what it says, what it changed, who adopted it and how."""
    found = the_version(key, version)
    definition, there = found.definition, found.published
    earlier = before(definition)
    adopted = [e for e in versions.adoptions() if (e.key, e.version) == (key, version)]
    open_to_all = there is not None and not there.taken_back
    context = {
        "title": found.name,
        "status": wording.here(definition.status),
        "facts": _facts(there),
        "definition": definition,
        "phases": [_phase(definition, each.id) for each in definition.phases],
        "changeable": [
            {"step": f"{e.step.id} {wording.here(e.step.title)}",
             "words": wording.limit_words(definition, e.rule)}
            for e in changeable(definition)
        ],
        "adoptions": [_adoption(definition, each, by) for each in adopted],
        "before": earlier,
        "may_adopt": open_to_all and publishing.may_adopt(by=by),
        "may_take_back": open_to_all and not adopted and publishing.may_publish(by=by),
    }  # fmt: skip
    return render(request, "protocol/version.html", context)


def _facts(there: PublishedVersion | None) -> list[Row]:
    if there is None:
        return []
    rows = [
        {"key": _("Decided by"), "value": there.decision},
        {"key": _("What it changes, and why"), "value": there.changes},
        {"key": _("States may adopt it from"), "value": day_words(there.on)},
        {"key": _("Published on"), "value": day_words(there.at.date())},
    ]
    if there.taken_back:
        rows.append({"key": _("Note"), "value": _("Taken back: no state can adopt it any more.")})
    return rows


def _phase(definition: Definition, ident: str) -> Row:
    phase = next(each for each in definition.phases if each.id == ident)
    head = _("Step"), _("Time limit")
    rows = [
        [
            f"{name} {wording.here(definition.steps[name].title)}",
            " · ".join(
                wording.limit_words(definition, limit) for limit in definition.steps[name].limits
            )
            or _("No limit"),
        ]
        for name in phase.steps
    ]
    return {"title": f"{phase.id}. {wording.here(phase.title)}", "head": head, "rows": rows}


def _adoption(definition: Definition, each: Adopted, by: Actor) -> Row:
    """What one state adopted, its limits and reservations in full."""
    own = each.state == members.this_node() and publishing.may_adopt(by=by)
    waits = each.adopted_on is not None and each.adopted_on > clock.now().date()
    limits = []
    for parameter in each.parameters:
        step = definition.steps[parameter.step]
        rule = step.limits[parameter.limit - 1]
        words = {
            "step": f"{step.id} {wording.here(step.title)}",
            "own": wording.time_words(parameter.value, rule.unit),
            "common": wording.time_words(rule.value or 0, rule.unit),
            "act": parameter.act,
        }
        limits.append(_("%(step)s: %(own)s instead of %(common)s (%(act)s)") % words)
    return {
        "state": members.states()[each.state].name,
        "day": day_words(each.adopted_on),
        "act": _("%(act)s, of %(day)s") % {"act": each.act, "day": day_words(each.act_on)},
        "limits": limits,
        "reservations": [(_reserved(definition, r.step), r.text) for r in each.reservations],
        "change": own and waits,
        "on": each.adopted_on.isoformat() if each.adopted_on else "",
        "seen": each.seen,
    }


def _reserved(definition: Definition, step: str) -> str:
    if not step:
        return _("The whole version")
    return f"{step} {wording.here(definition.steps[step].title)}"


@require_GET
@officer
def text(request: HttpRequest, by: Actor, key: str, version: str) -> HttpResponse:
    """The whole text as one JSON document, to read or to write the next version from."""
    the_version(key, version)
    answer = JsonResponse(
        versions.document(key, version), json_dumps_params={"ensure_ascii": False, "indent": 1}
    )
    answer["Content-Disposition"] = f'attachment; filename="{key}-{version}.json"'
    return answer


@require_GET
@officer
def compared(request: HttpRequest, by: Actor) -> HttpResponse:
    """Two versions side by side: only what differs."""
    found = all_versions()
    old, new = _chosen(request.GET.get("old", "")), _chosen(request.GET.get("new", ""))
    new = new or found[0].definition
    old = old or before(new) or new
    context = {
        "choices": [
            (f"{e.definition.key}:{e.definition.version}", e.name) for e in reversed(found)
        ],
        "old": f"{old.key}:{old.version}",
        "new": f"{new.key}:{new.version}",
        "old_name": f"{wording.here(old.title)}, {old.version}",
        "new_name": f"{wording.here(new.title)}, {new.version}",
        "groups": change_rows(old, new),
        "same": old is new or old == new,
    }
    return render(request, "protocol/compare.html", context)


def _chosen(told: str) -> Definition | None:
    key, _colon, number = told.partition(":")
    try:
        return the_version(key, number).definition
    except (NotFound, UnknownVersion):
        return None


def change_rows(old: Definition, new: Definition) -> list[Row]:
    """What a version changes, by step; what belongs to no step comes last."""
    groups: dict[str, list[Change]] = {}
    for each in compare(old, new):
        groups.setdefault(each.step, []).append(each)
    last = groups.pop("", None)
    found = [_group(old, new, step, rows) for step, rows in groups.items()]
    if last is not None:
        found.append(_group(old, new, "", last))
    return found


def _group(old: Definition, new: Definition, step: str, changes: Iterable[Change]) -> Row:
    known = new.steps.get(step) or old.steps.get(step)
    title = _("The text as a whole") if known is None else f"{step} {wording.here(known.title)}"
    return {"title": title, "rows": [_change(old, new, each) for each in changes]}


def _change(old: Definition, new: Definition, each: Change) -> Row:
    sort, colour = wording.SORTS[each.sort]
    part = str(wording.PARTS[each.part])
    name = wording.change_name(new, each)
    return {
        "what": f"{part}: {name}" if name else part,
        "sort": sort,
        "colour": colour,
        "before": wording.value_words(old, each.part, each.before),
        "after": wording.value_words(new, each.part, each.after),
    }
