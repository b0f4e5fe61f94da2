"""Answers to alerts: ours to an alert that we received, and those of others to an alert of ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q

from ayni.alerts.answers import Ground, Outcome
from ayni.alerts.rules import CHILD_AUTHORITY
from ayni.lib.identifiers import new_id
from ayni.vault import api as vault
from ayni.vault.fields import SealedField, SealedRow, internal

_INNER = "sealed"


class AlertAnswer(SealedRow):
    """`content`: exactly what leaves or was heard, under a key of its own (`own_subject`) within
    the other one. `out`: our answer, sealed under the key of the alert that we received, so that
    it goes when that goes; `in`: what a recipient of ours said, sealed as the case is.
    `answers_kind`, `asks_kind`: kinds of both institutions; of a child the database itself keeps
    that both are child authorities, and that two officers answered.

    `sequence`: its number in the conversation, of what another node said. Taken back
    (`withdrawn_at`, by the clock of whoever answered) nothing of it is left. `withdrawal`: the
    random id of that word, empty where it never left; `due_at`: by when it is confirmed;
    `removed_at`: when it was destroyed at whoever asked, `confirmed_at`: when we heard that;
    `untold`: whoever asked could not be told yet.
    """

    id = internal(models.UUIDField(primary_key=True, default=new_id, editable=False))
    institution = internal(
        models.ForeignKey("members.Institution", on_delete=models.PROTECT, related_name="+")
    )
    subject = internal(models.UUIDField(editable=False))
    direction = internal(models.CharField(max_length=3, choices=[("out", "out"), ("in", "in")]))
    received = internal(
        models.ForeignKey(
            "alerts.ReceivedAlert", null=True, on_delete=models.CASCADE, related_name="answers"
        )
    )
    copy = internal(
        models.ForeignKey(
            "alerts.AlertCopy", null=True, on_delete=models.CASCADE, related_name="answers"
        )
    )
    outcome = internal(
        models.CharField(max_length=5, choices=[(each.value, each.value) for each in Outcome])
    )
    ground = internal(
        models.CharField(max_length=9, choices=[(each.value, each.value) for each in Ground])
    )
    as_child = internal(models.BooleanField(default=True))
    answers_kind = internal(models.CharField(max_length=20))
    asks_kind = internal(models.CharField(max_length=20))
    fields = internal(models.JSONField(default=list))
    created_at = internal(models.DateTimeField())
    # When it was sent; of what was heard, when its sender says that it was.
    sent_at = internal(models.DateTimeField(null=True))
    dropped_at = internal(models.DateTimeField(null=True))
    written_by = internal(models.CharField(max_length=64, blank=True))
    second_officer = internal(models.CharField(max_length=64, blank=True))
    own_subject = internal(models.UUIDField(null=True, editable=False))
    sequence = internal(models.PositiveIntegerField(null=True))
    withdrawn_at = internal(models.DateTimeField(null=True))
    withdrawal = internal(models.CharField(max_length=32, blank=True, default=""))
    due_at = internal(models.DateTimeField(null=True))
    removed_at = internal(models.DateTimeField(null=True))
    confirmed_at = internal(models.DateTimeField(null=True))
    untold = internal(models.BooleanField(default=False))
    content = SealedField()
    # Of one of which nothing is left.
    EMPTY: ClassVar[dict[str, Any]] = {"content": None, "outcome": "", "ground": "", "fields": []}

    class Meta:
        ordering: ClassVar = ["-created_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(direction="out", received__isnull=False, copy__isnull=True)
                | Q(
                    direction="in", received__isnull=True, copy__isnull=False, sent_at__isnull=False
                ),
                name="alerts_answer_of_what",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(dropped_at__isnull=True),
                name="alerts_answer_sent_or_dropped",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True)
                | Q(as_child=False)
                | Q(answers_kind=CHILD_AUTHORITY, asks_kind=CHILD_AUTHORITY),
                name="alerts_answer_child_authorities",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True)
                | Q(as_child=False)
                | Q(direction="in")
                | ~Q(second_officer="") & ~Q(second_officer=F("written_by")),
                name="alerts_answer_two_officers",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="found")
                | Q(as_child=False, ground="agreed")
                | Q(as_child=True, ground="authority"),
                name="alerts_found_rests_on_her_word",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True)
                | Q(sent_at__isnull=False, content__isnull=True),
                name="alerts_withdrawn_is_gone",
            ),
        ]

    def _inner_place(self) -> str:
        return f"{self._place('content')}/inner"

    def seal_content(self, content: dict[str, vault.Json]) -> None:
        """Seal what a new answer says, under a new key of its own and around that under the other.
        Raises `vault.Erased` once the other is gone."""
        outer = vault.sealer(self.subject)
        self.own_subject = vault.new_subject()
        inner = vault.sealer(self.own_subject).seal(self._inner_place(), content)
        self.seal(outer, content={_INNER: inner.hex()})

    def unseal(
        self, sealer: vault.Sealer, names: Iterable[str] | None = None
    ) -> dict[str, vault.Json]:
        """As of any row; what stands under the own key is opened, too. What was sealed before
        answers had one stands as it is. Raises `vault.Erased` once either key is gone."""
        opened = super().unseal(sealer, names)
        said = opened.get("content")
        if self.own_subject is not None and isinstance(said, dict):
            inner = bytes.fromhex(str(said[_INNER]))
            opened["content"] = vault.sealer(self.own_subject).open(self._inner_place(), inner)
        return opened

    def said(self) -> dict[str, Any]:
        """What it says; empty once nothing of it is left."""
        try:
            content = self.unseal(vault.sealer(self.subject), ["content"])["content"]
        except vault.Erased:
            return {}
        return content if isinstance(content, dict) else {}

    def destroy(self) -> None:
        """Destroy what it says, without saving the row; which of the two it was, and on what it
        rested, it said, too. The key goes before the transaction ends: nobody is told of a removal
        that did not happen."""
        if self.own_subject is not None:
            vault.erase_subject(self.own_subject)
        for name, empty in self.EMPTY.items():
            setattr(self, name, empty)
