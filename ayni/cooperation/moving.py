"""Which form and which verb belong to a move, for the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict

from ayni.audit.api import Actor
from ayni.cooperation import api as cooperation
from ayni.cooperation.forms import (
    AcceptForm,
    AnswerMoreForm,
    AskMoreForm,
    DeclineForm,
    FeedbackForm,
    FirstActionForm,
    OutcomeForm,
    WithdrawForm,
)
from ayni.cooperation.states import Move

FORMS: dict[Move, type[forms.Form]] = {
    Move.APPROVE: forms.Form,
    Move.ARRIVE: forms.Form,  # recorded by hand only
    Move.READ: forms.Form,
    Move.ACCEPT: AcceptForm,
    Move.DECLINE: DeclineForm,
    Move.ASK_MORE: AskMoreForm,
    Move.ANSWER_MORE: AnswerMoreForm,
    Move.FIRST_ACTION: FirstActionForm,
    Move.OUTCOME: OutcomeForm,
    Move.FEEDBACK: FeedbackForm,
    Move.CLOSE: forms.Form,
    Move.WITHDRAW: WithdrawForm,
}
REFERRAL_VERBS: dict[Move, Callable[..., Any]] = {
    Move.APPROVE: cooperation.second_officer,
    Move.READ: cooperation.mark_read,
    Move.ACCEPT: cooperation.accept_referral,
    Move.DECLINE: cooperation.decline_referral,
    Move.ASK_MORE: cooperation.ask_more,
    Move.ANSWER_MORE: cooperation.answer_more,
    Move.FIRST_ACTION: cooperation.first_action,
    Move.OUTCOME: cooperation.outcome,
    Move.FEEDBACK: cooperation.feedback,
    Move.CLOSE: cooperation.close_referral,
    Move.WITHDRAW: cooperation.withdraw_referral,
}
REQUEST_VERBS: dict[Move, Callable[..., Any]] = {
    Move.ACCEPT: cooperation.accept_request,
    Move.DECLINE: cooperation.decline_request,
    Move.OUTCOME: cooperation.answer_request,
    Move.FEEDBACK: cooperation.feedback_on_inquiry,
    Move.WITHDRAW: cooperation.withdraw_request,
}


def form_for(move: Move, data: QueryDict | None, row: Any) -> forms.Form:
    """The form of a move, filled if it was sent."""
    if move is Move.ANSWER_MORE:
        return AnswerMoreForm(data, wanted=row.wanted)
    if move is Move.ACCEPT and isinstance(row, cooperation.Request):
        return forms.Form(data)
    return FORMS[move](data)


def run(verb: Callable[..., Any], form: forms.Form, *, by: Actor, **about: UUID) -> Any:
    """Call the verb with what the form says."""
    return verb(by=by, **about, **told_by(form))


def told_by(form: forms.Form) -> dict[str, Any]:
    """What the form of a move says, as the verb takes it."""
    if isinstance(form, AcceptForm):
        return form.told()
    if isinstance(form, AnswerMoreForm):
        return {"fields": form.cleaned_data["fields_to_send"]}
    return {name: value for name, value in form.cleaned_data.items() if name != "on"}
