"""Every shared component on one page, for those who write pages and for the accessibility test.

Exists on a demonstration node only.
"""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ayni.lib.forms import DateInParts

_CHOICES = (("one", _("First")), ("two", _("Second")), ("three", _("Third")))


class Example(forms.Form):
    """One field of each kind."""

    text = forms.CharField(label=_("Text"), help_text=_("A hint that helps to answer."))
    long_text = forms.CharField(label=_("Longer text"), widget=forms.Textarea({"rows": 3}))
    one_of = forms.ChoiceField(
        label=_("One of several"), choices=_CHOICES, widget=forms.RadioSelect
    )
    some_of = forms.MultipleChoiceField(
        label=_("Some of several"), choices=_CHOICES, widget=forms.CheckboxSelectMultiple
    )
    chosen = forms.ChoiceField(label=_("Choice from a list"), choices=_CHOICES, required=False)
    day = DateInParts(label=_("Date"))
    file = forms.FileField(label=_("File"))
    agreed = forms.BooleanField(label=_("Yes, I have read this"))


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """All components; the form also as it looks with errors. 404 outside a demonstration."""
    if not settings.AYNI_DEMO:
        raise Http404
    tasks = [
        {"title": _("First"), "href": "#", "status": _("Done")},
        {"title": _("Second"), "hint": _("A hint that helps to answer."), "href": "#",
         "status": _("Overdue"), "colour": "red"},
        {"title": _("Third"), "status": _("Not yet possible"), "colour": "grey"},
    ]  # fmt: skip
    steps = [
        {"title": _("First"), "text": _("Done"), "state": "done"},
        {"title": _("Second"), "status": _("Overdue"), "colour": "red", "state": "current"},
        {"title": _("Third")},
    ]
    rows = [
        {"key": _("Text"), "value": _("First"), "href": "#", "action": _("Change")},
        {"key": _("Date"), "value": "24/11/2026"},
    ]
    return render(
        request,
        "gallery.html",
        {
            "form": Example({"day_day": "31", "day_month": "2", "day_year": "2026"}),
            "empty": Example(prefix="empty"),
            "tasks": tasks,
            "steps": steps,
            "rows": rows,
            "crumbs": [{"text": _("First"), "href": "#"}, {"text": _("Second"), "href": "#"}],
            "head": [_("Text"), _("Date"), _("Number")],
            "table_rows": [
                [{"text": _("First"), "href": "#"}, "24/11/2026", {"text": "12", "number": True}],
                [_("Second"), "25/11/2026", {"text": "7", "number": True}],
            ],
            "page": Paginator(range(30), 10).page(2),
            "colours": ["grey", "green", "teal", "blue", "purple", "magenta", "red", "orange",
                        "yellow"],
            "leave": "https://es.wikipedia.org/",
        },
    )  # fmt: skip
