"""Answers to what a source says is to be asked of somebody's situation: pregnancy, disability,
advanced age. Pure.

A case keeps `{profile: {"answer": code, "at": moment}}`, sealed. What was not asked, or not
answered, is absent: nobody has to answer, and nobody answers "no" in her place.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ayni.cases.errors import UnknownCode
from ayni.cases.vocabulary import Answer
from ayni.cases.vulnerable import Answered, Profile
from ayni.lib import clock

# Profiles that no other field of a case tells.
ASKED = (Profile.PREGNANT, Profile.DISABILITY, Profile.OLDER_PERSON)


def answered(stored: Any) -> dict[Profile, Answered]:
    """The answers that a case keeps."""
    told = stored if isinstance(stored, Mapping) else {}
    return {
        profile: Answered(Answer(told[profile]["answer"]), clock.parse(told[profile]["at"]))
        for profile in ASKED
        if profile in told
    }


def as_kept(stored: Any, answers: Mapping[str, str], *, now: datetime) -> dict[str, Any]:
    """What a case keeps once these answers (code by profile, empty for none) take the place of what
    stood there. One that stays the same keeps the moment at which it was noted. Raises
    `UnknownCode`."""
    before = answered(stored)
    kept: dict[str, Any] = {}
    for name, code in answers.items():
        if name not in ASKED or (code and code not in Answer.values):
            raise UnknownCode(field=name)
        if code:
            profile = Profile(name)
            same = profile in before and before[profile].answer == code
            at = before[profile].at if same else now
            kept[profile.value] = {"answer": code, "at": clock.isoformat(at)}
    return kept
