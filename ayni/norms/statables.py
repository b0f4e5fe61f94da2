"""What a focal point can say something of, and in what one sort differs from another: how an
instrument stands, what the own state's law says, what an article or a text says.

`stating_views.py` is the one page for all of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ayni.audit.api import Actor
from ayni.gazette import api as gazette
from ayni.lib import clock
from ayni.lib.errors import NotFound, Text
from ayni.members import api as members
from ayni.norms import api, article_kind, article_stating, articles, finding_kind
from ayni.norms import finding_form as law
from ayni.norms.article_form import ArticleForm
from ayni.norms.stating_form import ENTRY, SEEN, SaidForm, StandingForm
from ayni.norms.views import Row, evidence_row, said_row, stands, statement_row
from ayni.norms.wording import in_readers_language


class Statable(ABC):
    """One thing of the register, opened by its id to say something of it, for an officer who may
    say things of the register at all.

    `id` is its present id; `title`, `name`: head of its page; `where`: the address at which
    everybody reads of it; `register`: what the register says of it (`says`), with the evidence if
    there is any, None if it does not name it; `own`: what this state said last of it.
    """

    route: ClassVar[str]
    """The name of its page; with `-back`, of the address that takes back."""
    rule: Text = ""
    """What its author has to know before writing."""

    id: str
    title: str
    name: str
    where: str
    register: Row | None
    own: gazette.Published | None

    @abstractmethod
    def __init__(self, ident: str) -> None:
        """Raises `NotFound`."""

    def can_be_said(self, by: Actor) -> bool:
        """Whether this officer can say something new of it, as always unless a sort says otherwise.
        What was said can be taken back all the same. Raises `NotFound` where there is nothing to
        say any more."""
        return api.may_state(by=by)

    @abstractmethod
    def form(self, *args: Any, **kwargs: Any) -> SaidForm:
        """What is asked; its `told()` is what `publish` takes."""

    @abstractmethod
    def publish(self, by: Actor, told: Any, seen: int) -> object:
        """Say it to all members."""

    @abstractmethod
    def take_back(self, by: Actor, seen: int) -> object:
        """Take back what was said."""

    @abstractmethod
    def row(self, said: gazette.Published) -> Row:
        """What was said, as a page shows it."""

    @abstractmethod
    def held(self, said: gazette.Said) -> dict[str, Any]:
        """What was said, as the form holds it."""

    def fresh(self) -> dict[str, Any]:
        """What the form holds of what was never said."""
        return {"language": api.title_language(), "read": clock.now().date()}

    def initial(self) -> dict[str, Any]:
        """What stands, to be changed; nothing but its number if it was taken back or does not
        count."""
        if self.own is None:
            return {**self.fresh(), "version": 0}
        said = self.own.said
        counts = self.own.counts and not said.withdrawn
        return {**(self.held(said) if counts else self.fresh()), "version": said.version}

    def stands(self) -> Row | None:
        """What stands, or what contradicts itself; None if nothing was said, or it was taken
        back."""
        own = self.own
        if own is None or (own.said.withdrawn and not own.line.contested):
            return None
        return self.row(own)


class Standing(Statable):
    """How an instrument stands for the own state."""

    route = "norms:stating"

    def __init__(self, ident: str) -> None:
        here = members.this_node()
        found = api.instrument(ident)
        if not api.can_be_stated(found, here):
            raise NotFound(instrument=ident)
        state = members.state(here).name
        self.id = found.id
        self.title = _("Say how it stands for %(state)s") % {"state": state}
        self.name = in_readers_language(found.names)
        self.where = reverse("norms:instrument", args=[found.id])
        told = stands(api.shipped().instruments[found.id], here)
        says = ", ".join(filter(None, (str(told["standing"]), told["on"])))
        self.register = {**told, "says": says}
        self.own = api.own_statement(found.id)

    def form(self, *args: Any, **kwargs: Any) -> StandingForm:
        return StandingForm(*args, **kwargs)

    def publish(self, by: Actor, told: Any, seen: int) -> object:
        return api.state_standing(by=by, instrument=self.id, statement=told, seen=seen)

    def take_back(self, by: Actor, seen: int) -> object:
        return api.take_back_standing(by=by, instrument=self.id, seen=seen)

    def row(self, said: gazette.Published) -> Row:
        return statement_row(said)

    def held(self, said: gazette.Said) -> dict[str, Any]:
        day_is = SEEN if said.body["seen"] else ENTRY
        return {**said.body, "on": said.valid_from, "day_is": day_is}

    def fresh(self) -> dict[str, Any]:
        return {}


class OwnLaw(Statable):
    """What the own state's law says of one topic."""

    route = "norms:finding"
    rule = gettext_lazy(
        "Write only what you have read in the law itself. It counts as verified by your state, and "
        "documents may cite it."
    )

    def __init__(self, ident: str) -> None:
        found = api.own_finding(ident)
        self.id = found.id
        self.title = _("Say what the law says")
        self.name = api.review_name(api.review_item(found.id))
        self.where = f"{reverse('norms:state', args=[found.state])}#{found.id}"
        says = in_readers_language(found.text) or _(
            "Not known to us. This does not mean that there is none."
        )
        self.register = {
            "says": " ".join(filter(None, (says, found.reference))),
            **evidence_row(found.evidence),
        }
        self.own = api.own_law_said(found.id)

    def form(self, *args: Any, **kwargs: Any) -> law.FindingForm:
        of_transfer = finding_kind.is_rule_of_transfer(self.id)
        return (law.TransferLawForm if of_transfer else law.FindingForm)(*args, **kwargs)

    def publish(self, by: Actor, told: Any, seen: int) -> object:
        return api.state_finding(by=by, ident=self.id, law=told, seen=seen)

    def take_back(self, by: Actor, seen: int) -> object:
        return api.take_back_finding(by=by, ident=self.id, seen=seen)

    def row(self, said: gazette.Published) -> Row:
        return said_row(said, finding_kind.in_words)

    def held(self, said: gazette.Said) -> dict[str, Any]:
        return {**law.held(said.body), "read": said.valid_from}


class Article(Statable):
    """What an article of an instrument, or its whole text, says."""

    route = "norms:article"

    def __init__(self, ident: str) -> None:
        found = article_stating.item(ident)
        page = reverse("norms:instrument", args=[found.instrument.id])
        self.item = found
        self.id = found.id
        self.name = article_kind.name_of(found.id)
        if found.number:
            self.title = _("Say what an article says")
            self.where = f"{page}#{found.id}"
            self.rule = _(
                "Write only what you have read in the instrument itself. It counts as verified by "
                "your state, and documents may cite it. Where another state says something else of "
                "what the article serves for, only what both say counts."
            )
        else:
            self.title = _("Say what its text says")
            self.where = page
            self.rule = _(
                "Write only what you have read in the instrument itself. It counts as verified by "
                "your state. What it serves for is said of each article."
            )
        self.register = None
        if found.register is not None:
            says = in_readers_language(found.register.text) or _("Content not yet known")
            self.register = {"says": says, **evidence_row(found.register.evidence)}
        self.own = articles.own_article_said(found.id)

    def can_be_said(self, by: Actor) -> bool:
        """What the register has read itself has no page, unless something is to be taken back."""
        if not article_stating.can_state_article(by=by, found=self.item):
            return False
        if articles.is_read(self.id) and (self.own is None or self.own.said.withdrawn):
            raise NotFound(item=self.id)
        return True

    def form(self, *args: Any, **kwargs: Any) -> ArticleForm:
        purposes, whole = self.item.instrument.purposes, not self.item.number
        return ArticleForm(*args, purposes=purposes, whole=whole, **kwargs)

    def publish(self, by: Actor, told: Any, seen: int) -> object:
        return api.state_article(by=by, ident=self.id, read=told, seen=seen)

    def take_back(self, by: Actor, seen: int) -> object:
        return api.take_back_article(by=by, ident=self.id, seen=seen)

    def row(self, said: gazette.Published) -> Row:
        return said_row(said, article_kind.in_words)

    def held(self, said: gazette.Said) -> dict[str, Any]:
        return {**said.body, "read": said.valid_from}

    def fresh(self) -> dict[str, Any]:
        return {**super().fresh(), "reference": f"art. {self.item.number.replace('-', ' ')}"}
