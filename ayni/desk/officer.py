"""What every page of an officer begins and ends with: who acts, refusals as messages, what was
typed and not sent, two officers at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from ayni.audit import api as audit
from ayni.audit.api import Actor
from ayni.cases import api as cases
from ayni.lib.errors import NotAllowed, Refused
from ayni.members import api as members

F = TypeVar("F", bound=forms.Form)

CHOOSE = "choose_"
# Not what somebody typed.
_MACHINERY = frozenset({"csrfmiddlewaretoken", "author", "keep_draft"})


def _refused(
    request: HttpRequest, refusal: Refused, _about: Mapping[str, Any]
) -> HttpResponse | None:
    if not isinstance(refusal, cases.ReadOnly):
        return None
    return render(request, "desk/read_only.html", {"reason": refusal.reason}, status=409)


officer = members.officer_page(_refused)


def looked_at_list(by: Actor, name: str) -> None:
    """Record that a list of cases or notices was looked at: which one, not which rows."""
    audit.read(by=by, verb="desk.open_list", subject=by.institution, list=name)


def author(request: HttpRequest) -> members.User:
    """The signed-in officer."""
    if not isinstance(request.user, members.User):
        raise NotAllowed
    return request.user


def attempt(form: forms.Form, call: Callable[[], Any]) -> bool:
    """Run one verb for a valid form; a refusal becomes its error. True if it was done. Two
    officers at once are no error of the form: `Conflict` goes on up."""
    return members.attempt(form, call, through=(cases.Conflict,))


def asked_form(
    request: HttpRequest, kind: type[F], *, stored: Mapping[str, Any] | None = None, **given: Any
) -> F:
    """The form as sent; or with what is stored, and above it what its author had typed less than
    24 hours ago. `stored` also is what stands there now when two officers meet."""
    initial = dict(stored or {})
    if request.method == "POST":
        return kind(_chosen(request.POST, initial), initial=initial, **given)
    draft = cases.draft_of(author=author(request), form=request.path)
    typed = None if draft is None else _typed(draft)
    form = kind(initial=initial, **({**given, "typed": typed} if _grows(kind) else given))
    if typed is not None:
        for name, field in form.fields.items():
            form.initial[name] = field.widget.value_from_datadict(typed, {}, form.add_prefix(name))
    form.from_draft = typed is not None  # type: ignore[attr-defined]
    return form


def _grows(kind: type[forms.Form]) -> bool:
    """Whether the form has as many rows as what was typed fills."""
    return getattr(kind, "grows", False)


def _typed(draft: Mapping[str, list[str]]) -> QueryDict:
    typed = QueryDict(mutable=True)
    for name, values in draft.items():
        typed.setlist(name, values)
    return typed


def _chosen(sent: QueryDict, stored: Mapping[str, Any]) -> QueryDict:
    """What was sent, with the other officer's value wherever the later one chose it."""
    chosen = sent.copy()
    for key in sent:
        name = key.removeprefix(CHOOSE)
        if key.startswith(CHOOSE) and sent[key] == "theirs" and name in stored:
            value = stored[name]
            if isinstance(value, bool):
                value = ["on"] if value else []
            chosen.setlist(name, [str(v) for v in value] if isinstance(value, list) else [value])
    return chosen


def keep_draft(request: HttpRequest) -> bool:
    """Save what was typed, if that was asked for (button or timer); True if so."""
    if request.method != "POST" or "keep_draft" not in request.POST:
        return False
    typed = {name: values for name, values in request.POST.lists() if name not in _MACHINERY}
    kept = cases.save_draft(author=author(request), form=request.path, answers=typed)
    if kept:
        messages.success(request, _("What you wrote is kept for 24 hours, for you only."))
    else:
        messages.error(request, _("This is too long to be kept. Shorten it, or save it now."))
    return True


def done(request: HttpRequest, to: str, *args: Any) -> HttpResponse:
    """The form was sent: its draft is no longer needed. Where to go on."""
    cases.drop_draft(author_id=author(request).id, form=request.path)
    return redirect(to, *args)


def form_page(request: HttpRequest, form: forms.Form, **context: Any) -> HttpResponse:
    """One form on one page. `context`: title, intro, button, back, and what its template adds."""
    template = context.pop("template", "desk/form.html")
    return members.form_page(
        request, form, template, {"intro": "", "back": "/", "rows": [], **context}
    )


def two_officers(
    request: HttpRequest,
    form: forms.Form,
    *,
    version: int,
    compared: Mapping[str, Any],
    back: str,
) -> HttpResponse | None:
    """The page where the later officer sees both values and chooses.

    `compared`: fields of the form and what stands there now. None if nothing differs: what was
    asked for stands there already, as after a double click.
    """
    pairs = [
        {"name": name, "label": form.fields[name].label, "theirs": _words(form, name, there),
         "mine": _words(form, name, form.cleaned_data.get(name))}
        for name, there in compared.items()
        if name in form.fields and _differs(form, name, there)
    ]  # fmt: skip
    if not pairs:
        return None
    hidden = [form[name].as_hidden() for name in form.fields if name != "version"]
    return render(
        request,
        "desk/conflict.html",
        {"pairs": pairs, "hidden": hidden, "version": version, "back": back},
        status=409,
    )  # fmt: skip


def _differs(form: forms.Form, name: str, there: Any) -> bool:
    bound = form[name]
    return form.fields[name].has_changed("" if there is None else there, bound.data)


def _words(form: forms.Form, name: str, value: Any) -> str:
    field = form.fields[name]
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        labels = {str(code): str(label) for code, label in choices}
        given = value if isinstance(value, list | tuple) else [value]
        return "; ".join(labels.get(str(v), str(v)) for v in given if v not in (None, ""))
    return "" if value is None else str(value)
