"""What every page of this room begins with: who acts, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse

from ayni.audit.api import Actor
from ayni.lib.errors import NotAllowed, NotFound
from ayni.members import api as members

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, Actor, P], HttpResponse]


def officer(view: View[P]) -> Callable[..., HttpResponse]:
    """A page for signed-in officers: the view gets the actor; refusals become 403 or 404."""

    @login_required
    @wraps(view)
    def page(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, members.actor_of(request.user), *args, **kwargs)
        except NotFound:
            raise Http404 from None
        except NotAllowed as refusal:
            raise PermissionDenied(str(refusal)) from None

    return page
