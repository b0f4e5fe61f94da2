"""What the situation of a person obliges to: profiles, rules with sources, what is to be asked.
Pure but for the file.

`data/safeguards.yaml` holds the rules. None of them is enforced here: a rule that blocks a step
names the check that refuses (`Block`), and a test proves that it does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Self

from django.utils.translation import gettext_lazy as _
from ruamel.yaml import YAML

from ayni.cases.birth import AgeStatus
from ayni.cases.vocabulary import Answer
from ayni.lib.errors import Misconfigured
from ayni.lib.errors import Text as Words

FILE = "safeguards.yaml"
MARKS = frozenset({"V", "I"})  # M and X are shown to nobody
GATE = "gate"
_LANGUAGES = frozenset({"es", "pt", "en"})


class Profile(StrEnum):
    """Situations that oblige to more. `anyone`: what holds whoever the person is."""

    CHILD = "child"
    UNACCOMPANIED_CHILD = "unaccompanied_child"
    FEARS_STATE = "fears_state"
    PREGNANT = "pregnant"
    DISABILITY = "disability"
    OLDER_PERSON = "older_person"
    DESTITUTION = "destitution"
    INDIGENOUS_LANGUAGE = "indigenous_language"
    LGBTI = "lgbti"
    ANYONE = "anyone"


PROFILES: Mapping[Profile, Words] = {
    Profile.CHILD: _("Is or may be under 18"),
    Profile.UNACCOMPANIED_CHILD: _("A child without parents or guardian"),
    Profile.FEARS_STATE: _("Fears a state, her or his own or another"),
    Profile.PREGNANT: _("Pregnant, or alone with small children"),
    Profile.DISABILITY: _("Disability or illness"),
    Profile.OLDER_PERSON: _("Of advanced age"),
    Profile.DESTITUTION: _("Without means to live on"),
    Profile.INDIGENOUS_LANGUAGE: _("Speaks an indigenous language"),
    Profile.LGBTI: _("LGBTI person"),
    Profile.ANYONE: _("Everybody, before a return"),
}


class Reason(StrEnum):
    """What in the case makes a profile apply."""

    UNDER_18 = "under_18"
    AGE_UNKNOWN = "age_unknown"
    NO_GUARDIAN = "no_guardian"
    OWN_STATE = "own_state"
    A_STATE = "a_state"
    NEEDS = "needs"
    LANGUAGE = "language"
    GENDER = "gender"
    PERSON_SAYS = "person_says"
    OTHERS_SAY = "others_say"
    ALWAYS = "always"


REASONS: Mapping[Reason, Words] = {
    Reason.UNDER_18: _("The birth that is recorded says so."),
    Reason.AGE_UNKNOWN: _("The age is not certain; until it is, the person counts as a child."),
    Reason.NO_GUARDIAN: _("It is recorded that no guardian has been appointed."),
    Reason.OWN_STATE: _("It is recorded that the person fears her or his own state."),
    Reason.A_STATE: _("States are recorded that must not learn of this person."),
    Reason.NEEDS: _("Lodging, food or material help is recorded as needed."),
    Reason.LANGUAGE: _("Quechua, Aymara or Guaraní is recorded as the language."),
    Reason.GENDER: _("The gender that is recorded says so."),
    Reason.PERSON_SAYS: _("She or he said so."),
    Reason.OTHERS_SAY: _("Somebody else or a document said so."),
    Reason.ALWAYS: _("It holds for everybody."),
}

# Of the languages of `vocabulary.Language`, and of the needs that tell of means to live on.
INDIGENOUS = frozenset({"qu", "ay", "gn"})
MEANS = frozenset({"lodging", "food", "material_help"})
# HTCDS 2.0 `prs_Gender`. Nothing else says so in a case, and nobody is asked.
GENDERS = frozenset({"TransgenderFeminine", "TransgenderMasculine", "NonConforming"})


@dataclass(frozen=True, slots=True)
class Text:
    """The same words in Spanish, Brazilian Portuguese and English."""

    es: str
    pt: str
    en: str

    @classmethod
    def of(cls, told: Any, where: str) -> Self:
        if not isinstance(told, Mapping) or set(told) != _LANGUAGES or not all(told.values()):
            raise Misconfigured(f"{FILE}: {where}: words in es, pt and en are needed")
        return cls(**{code: str(words) for code, words in told.items()})

    def in_language(self, code: str) -> str:
        """The words for a language code such as `es-ar`, `pt-br` or `en`; else Spanish."""
        return {"pt": self.pt, "en": self.en}.get(code[:2].lower(), self.es)


@dataclass(frozen=True, slots=True)
class Cite:
    """A place in a source. `mark`: V (read) or I (only its heading was seen)."""

    source: str
    title: Text
    place: str
    mark: str


@dataclass(frozen=True, slots=True)
class Block:
    """What refuses: the dotted path of a function and the `code` of its refusal, or `gate` and the
    name of the condition that the protocol's gate asks."""

    check: str
    refuses: str


@dataclass(frozen=True, slots=True)
class Rule:
    """What a profile obliges to. Without cites it is a proposal of the platform."""

    id: str
    profiles: frozenset[Profile]
    text: Text
    cites: tuple[Cite, ...]
    blocks: tuple[Block, ...]

    @property
    def proposed(self) -> bool:
        """Whether no source was found for it."""
        return not self.cites


@dataclass(frozen=True, slots=True)
class Rules:
    """The file. `asks`: why a profile that is not recorded is asked about."""

    rules: tuple[Rule, ...]
    asks: Mapping[Profile, tuple[Cite, ...]]

    def of(self, profile: Profile) -> tuple[Rule, ...]:
        """The rules of a profile, in the order of the file."""
        return tuple(rule for rule in self.rules if profile in rule.profiles)


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer to what was asked, and when it was noted."""

    answer: Answer
    at: datetime


@dataclass(frozen=True, slots=True)
class Known:
    """What is recorded. None: not recorded. `languages`: codes of `vocabulary.Language`; `needs`:
    codes of `vocabulary.Need`; `gender` of `vocabulary.Gender`, empty while it is not opened;
    `answers`: to what was asked of her situation."""

    age: AgeStatus
    guardian_appointed: bool | None = None
    fears_own_state: bool | None = None
    feared_states: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    gender: str = ""
    answers: Mapping[Profile, Answered] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Safeguard:
    """A profile that applies, with its reasons; or, without any, one that is to be asked about.
    `since`: when the answer by which it applies was noted."""

    profile: Profile
    reasons: tuple[Reason, ...]
    rules: tuple[Rule, ...]
    asked_by: tuple[Cite, ...] = ()
    since: datetime | None = None

    @property
    def to_ask(self) -> bool:
        """Whether it is not known and a source says that it matters."""
        return not self.reasons


def reasons(known: Known) -> dict[Profile, tuple[Reason, ...]]:
    """The profiles that apply, in their order, each with what in the case makes it apply. An age
    that is not certain counts as a child's."""
    child = known.age.counts_as_child
    found: dict[Profile, list[Reason]] = {profile: [] for profile in Profile}
    if child:
        certain = known.age is AgeStatus.CHILD
        found[Profile.CHILD].append(Reason.UNDER_18 if certain else Reason.AGE_UNKNOWN)
    if child and known.guardian_appointed is False:
        found[Profile.UNACCOMPANIED_CHILD].append(Reason.NO_GUARDIAN)
    if known.fears_own_state:
        found[Profile.FEARS_STATE].append(Reason.OWN_STATE)
    if known.feared_states:
        found[Profile.FEARS_STATE].append(Reason.A_STATE)
    if known.needs & MEANS:
        found[Profile.DESTITUTION].append(Reason.NEEDS)
    if known.languages & INDIGENOUS:
        found[Profile.INDIGENOUS_LANGUAGE].append(Reason.LANGUAGE)
    if known.gender in GENDERS:
        found[Profile.LGBTI].append(Reason.GENDER)
    for profile, told in known.answers.items():
        if told.answer in _SAYS:
            found[profile].append(_SAYS[told.answer])
    found[Profile.ANYONE].append(Reason.ALWAYS)
    return {profile: tuple(why) for profile, why in found.items() if why}


_SAYS = {Answer.PERSON: Reason.PERSON_SAYS, Answer.OTHERS: Reason.OTHERS_SAY}


def _settled(known: Known) -> frozenset[Profile]:
    """Profiles about which the case has an answer already, whichever it is."""
    found = set(known.answers)
    if known.fears_own_state is not None:
        found.add(Profile.FEARS_STATE)
    if known.guardian_appointed is not None or not known.age.counts_as_child:
        found.add(Profile.UNACCOMPANIED_CHILD)
    if known.age is AgeStatus.CHILD:
        found.add(Profile.OLDER_PERSON)
    return frozenset(found)


def safeguards(known: Known, rules: Rules) -> tuple[Safeguard, ...]:
    """Which safeguards apply and why, then which profiles are to be asked about: those that `rules`
    say a source asks for and the case says nothing of."""
    applying = reasons(known)
    answered = _settled(known) | set(applying)
    since = {profile: told.at for profile, told in known.answers.items()}
    return tuple(
        Safeguard(profile, why, rules.of(profile), since=since.get(profile))
        for profile, why in applying.items()
    ) + tuple(
        Safeguard(profile, (), rules.of(profile), rules.asks[profile])
        for profile in Profile
        if profile in rules.asks and profile not in answered
    )


def of_identity(opened: Mapping[str, Any], rules: Rules) -> tuple[Safeguard, ...]:
    """What only the identity tells, once it is open: `gender` and `languages` of a person. What the
    page of the case shows without it is left out."""
    languages = opened.get("languages")
    known = Known(
        age=AgeStatus.ADULT,
        languages=frozenset(str(code) for code in languages or ()),
        gender=str(opened.get("gender") or ""),
    )
    told = {Profile.LGBTI, Profile.INDIGENOUS_LANGUAGE}
    return tuple(one for one in safeguards(known, rules) if one.profile in told)


def _cites(told: Any, titles: Mapping[str, Text], where: str) -> tuple[Cite, ...]:
    found = []
    for cite in told:
        source, mark = str(cite.get("source")), str(cite.get("mark"))
        if source not in titles or mark not in MARKS:
            raise Misconfigured(f"{FILE}: {where}: a known source with the mark V or I is needed")
        found.append(Cite(source, titles[source], str(cite.get("place", "")), mark))
    return tuple(found)


def _profile(told: Any, where: str) -> Profile:
    try:
        return Profile(told)
    except ValueError:
        raise Misconfigured(f"{FILE}: {where}: {told} is no profile") from None


def _rule(row: Mapping[str, Any], titles: Mapping[str, Text]) -> Rule:
    where = str(row.get("id"))
    if set(row) - {"id", "profiles", "text", "cites", "blocks"} or not row.get("profiles"):
        raise Misconfigured(f"{FILE}: {where}: id, profiles, text, cites, blocks and nothing else")
    blocks = tuple(Block(str(b.get("check")), str(b.get("refuses"))) for b in row.get("blocks", ()))
    if any(b.check != GATE and not b.check.startswith("ayni.") for b in blocks):
        raise Misconfigured(f"{FILE}: {where}: a check is a function of ours, or {GATE}")
    return Rule(
        id=where,
        profiles=frozenset(_profile(each, where) for each in row["profiles"]),
        text=Text.of(row.get("text"), where),
        cites=_cites(row.get("cites", ()), titles, where),
        blocks=blocks,
    )


def parsed(told: Mapping[str, Any]) -> Rules:
    """The rules of a file that was read. Raises `Misconfigured`, saying where: for words that are
    missing in a language, a profile, source or mark that is none, an id that stands twice, a
    profile without rules, and a question that no source asks."""
    titles = {code: Text.of(words, code) for code, words in told["sources"].items()}
    rules = tuple(_rule(row, titles) for row in told["rules"])
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        raise Misconfigured(f"{FILE}: an id stands twice")
    asks = {}
    for row in told["asks"]:
        profile = _profile(row["profile"], "asks")
        asks[profile] = _cites(row["cites"], titles, profile)
        if not any(cite.mark == "V" for cite in asks[profile]):
            raise Misconfigured(
                f"{FILE}: {profile}: nobody is asked without a source that was read"
            )
    for profile in Profile:
        if not any(profile in rule.profiles for rule in rules):
            raise Misconfigured(f"{FILE}: {profile}: no rule")
    return Rules(rules, asks)


@cache
def shipped() -> Rules:
    """What the file says. Raises `Misconfigured`."""
    path = Path(__file__).parent / "data" / FILE
    return parsed(YAML(typ="safe", pure=True).load(path.read_text("utf-8")))
