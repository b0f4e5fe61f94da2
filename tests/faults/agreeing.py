"""What the officers of the platform do: the secretariat, the presidency, focal points of states.

Beside the rest of an office. What is published is about no person; texts are invented.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from ayni.agenda import api as agenda
from ayni.audit import api as audit
from ayni.audit.models import Entry as Done
from ayni.gazette import api as gazette
from ayni.gazette import comparing
from ayni.gazette.models import Entry
from ayni.lib import clock
from ayni.lib.errors import Stale
from ayni.members import api as members
from ayni.support import api as support
from tests.faults.officers import Officers

_JOB = audit.job("tests")


def _today() -> date:
    return clock.now().date()


class Agreeing(Officers):
    """The work agenda and the needs of states, on one node."""

    # -- the platform's text

    def do_join(self, name: str, role: str, institution: str) -> None:
        """One more officer."""
        who = members.add_user(
            by=_JOB, email=f"{name}@{self.node}.example", display_name=f"{name} ({self.node})",
            role=members.Role(role), institution=members.institution_by_code(institution),
            password="inventada-larga-1234", language="es", is_demo=True,
        )  # fmt: skip
        members.accept_conduct(by=members.actor_of(who))

    def do_preside(self, state: str) -> None:
        """The secretariat records that a state presides from today until it hands over."""
        known = agenda.presidencies()
        term = agenda.Term(
            state=state, begins=_today(), end=agenda.End.OPEN, until=None, seen=None,
            month_only=False, inferred=False, source="Acta inventada 1/2026", mark="M",
        )  # fmt: skip
        agenda.record_term(by=self._by("secretaria"), term=term, after=known.stands.ref)

    def do_objective(self, key: str) -> None:
        """An objective of the work agenda."""
        agenda.set_objective(
            by=self._by("secretaria"), key=key, axis="Asistencia", objective="Manual", after=""
        )  # fmt: skip

    def do_commitment(self, key: str, objective: str, state: str) -> None:
        """A commitment of a state, due in ten days."""
        agenda.set_commitment(
            by=self._by("secretaria"), key=key, said=_undertaking(objective, state), after=""
        )

    def do_rewrite(self, key: str, title: str) -> str:
        """The presidency writes a commitment anew, while the secretariat is away; its version."""
        known = agenda.presidencies()
        found = agenda.commitment(key, _today(), known)
        said = _undertaking(found.said.objective, found.said.state, title)
        published = agenda.set_commitment(
            by=self._by("presidencia"), key=key, said=said, after=found.stands.ref,
            instead="La secretaría no responde (inventado)",
        )  # fmt: skip
        return f"{published.said.owner}:{published.said.version}"

    # -- a state's own word

    def do_report(self, key: str, word: str, action: str, seen: int | None = None) -> str:
        """How far it is; empty, or the class of the refusal of an edit of an old version."""
        found = agenda.commitment(key, _today(), agenda.presidencies())
        evidence = "Acta 2/2026" if word == agenda.Word.DONE else ""
        try:
            agenda.report_progress(
                by=self._by("focal"), key=key, word=agenda.Word(word), action=action, reason="",
                evidence=evidence, seen=found.seen if seen is None else seen, day=_today(),
            )  # fmt: skip
        except Stale as refusal:
            return type(refusal).__name__
        return ""

    def do_validate(self, key: str) -> None:
        """The authority says that it is done."""
        found = agenda.commitment(key, _today(), agenda.presidencies())
        agenda.validate_progress(
            by=self._by("valida"), key=key, answer=agenda.Validation.YES, note="",
            seen=found.seen, day=_today(),
        )  # fmt: skip

    # -- needs of states

    def do_ask(self) -> str:
        """A training is asked for; the key of the need."""
        key = support.new_key()
        asked = support.Asked(
            what="training", country=self.node, city="", language="", until=None,
            text="dos días de taller", nobody_meant=True,
        )  # fmt: skip
        support.ask(by=self._by("focal"), key=key, asked=asked)
        return key

    def do_offer(self, owner: str, key: str) -> None:
        """Offer it."""
        need = support.need(owner, key)
        support.offer(
            by=self._by("focal"), owner=owner, key=key, text="una instructora", until=None, seen=0,
            need_terms=need.body["terms"], nobody_meant=True,
        )  # fmt: skip

    def do_offers(self, key: str) -> list[str]:
        """States that offer for one of our needs."""
        return [each.state for each in support.need(self.node, key).standing_offers]

    def do_stands(self, owner: str, key: str) -> str:
        """How a need stands here."""
        return support.need(owner, key).standing.value

    def do_accept(self, key: str, state: str) -> None:
        """Accept the offer of a state."""
        need = support.need(self.node, key)
        offer = need.offer_of(state)
        assert offer is not None
        support.accept(
            by=self._by("focal"), key=key, state=state, terms=offer.terms, seen=need.version
        )

    def do_deliver(self, owner: str, key: str) -> None:
        """Say that it was delivered."""
        offer = support.need(owner, key).offer_of(self.node)
        assert offer is not None
        support.deliver(by=self._by("focal"), owner=owner, key=key, seen=offer.version)

    def do_confirm(self, key: str) -> None:
        """Say that it came."""
        need = support.need(self.node, key)
        support.confirm(by=self._by("focal"), key=key, seen=need.version)

    # -- what is held and shown

    def do_compare(self) -> None:
        """What the worker does once a day: every other node is told what is held here."""
        for node in members.node_codes():
            if node != self.node:
                comparing.ask(by=_JOB, node=node)

    def do_held(self) -> list[list[Any]]:
        """Every entry: whose, of what kind, about what, which version, which digest."""
        rows = Entry.objects.order_by(
            "subject__owner", "subject__kind", "subject__key", "version", "digest"
        )
        names = ("subject__owner", "subject__kind", "subject__key", "version", "digest")
        return [list(row) for row in rows.values_list(*names)]

    def do_shown(self) -> dict[str, Any]:
        """What the pages of this node are made of: each commitment and each need as it stands."""
        known = agenda.presidencies()
        who = known.on(_today()).term
        return {
            "presides": "" if who is None else who.state,
            "commitments": {each.key: _shown(each) for each in agenda.commitments(_today(), known)},
            "needs": {
                ref: [each.standing.value, each.accepted, each.version, len(each.offers)]
                for ref, each in sorted(support.needs().items())
            },
        }

    def do_published(self) -> int:
        """How often an officer of this node has published, by its trail of what was done."""
        return Done.objects.filter(verb="gazette.publish").count()

    def do_alarms(self) -> int:
        """How many alarms were raised."""
        return len(audit.alarms())

    def do_verify(self) -> dict[str, Any]:
        """What `ayni gazette verify` finds: owner -> number of entries, total, what is wrong."""
        return {
            each.owner: [each.entries, each.total, each.missing, each.doubled]
            + [f"{one.kind} {one.key} {one.version} {one.fault}" for one in each.wrong]
            for each in gazette.verify()
        }


def _undertaking(objective: str, state: str, title: str = "Manual común") -> agenda.Undertaking:
    return agenda.Undertaking(
        title=title, objective=objective, state=state, office="Oficina inventada", institution="",
        due=_today() + timedelta(days=10), public=True,
    )  # fmt: skip


def _shown(found: agenda.Commitment) -> list[Any]:
    report = found.standing.report
    return [
        found.said.title,
        found.said.state,
        found.stands.ref,
        found.standing.status.value,
        "" if report is None else report.action,
        found.seen,
    ]
