"""Refusals of the release workflow. When one is raised nothing was written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import AyniError, Refused, WrongState
from ayni.statistics.disclosure.findings import Finding


class UnknownPopulation(Refused):
    """No population of this code is declared."""

    code = "unknown_population"
    reason = _("There is no such group of persons to release figures of. Choose one of the list.")


class UnknownRelease(Refused):
    """No release of this id is here, or none that the reader may see."""

    code = "unknown_release"
    reason = _("There is no such release.")


class ProposalRefused(AyniError):
    """What was proposed cannot be checked as it stands: a sentence for each problem."""

    code = "proposal_refused"

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([*problems, gettext("Nothing was proposed.")]))


class NothingToRelease(Refused):
    """The source holds no record of this population."""

    code = "nothing_to_release"
    reason = _(
        "Nothing is counted for this group and these years. Load the source first, or choose "
        "other years."
    )


class NoObservatory(Refused):
    """The extra `observatory` is not installed on this node."""

    code = "no_observatory"
    reason = _(
        "Releases need the part of this node for the observatory, and it is not installed. Ask who "
        "runs the node to install it, in the folder of the program: .venv/bin/python -m pip "
        "install --require-hashes -r requirements-observatory.txt"
    )


class OtherMode(Refused):
    """The same persons were released under another mode or method."""

    code = "other_mode"
    reason = _(
        "Figures of these persons were released by another method. What two methods tell together "
        "nobody can check; use the same one."
    )


class OtherMethod(Refused):
    """This office has seen figures of the same persons, made by another method and not published,
    or will when they are checked."""

    code = "other_method"
    reason = _(
        "Figures of these persons were made by another method before, if only for this office. Two "
        "methods tell more of a small number than one: use the same."
    )


class OtherBase(Refused):
    """The same persons were rounded before to other multiples, or with other totals."""

    code = "other_base"
    reason = _(
        "Figures of these persons were rounded before to other multiples, or with other totals, if "
        "only for this office. Two roundings of one number tell more than one: use the same."
    )


class OtherTable(Refused):
    """The same persons were rounded with totals that add up, in another table or for other years
    that share some with these: in each table such numbers are drawn anew."""

    code = "other_table"
    reason = _(
        "Figures of these persons were rounded before with totals that add up, in another table or "
        "for other years of which some are the same, if only for this office. Use the same table "
        "and years, or years of which none is the same."
    )


class RecordsBefore(Refused):
    """Two files of records of the same persons can be joined."""

    code = "records_before"
    reason = _(
        "Something of these persons was released before. A file of records beside it could be "
        "joined with it, person by person; no check can exclude that. Release tables instead."
    )


class OwnProposal(Refused):
    """Nobody reviews or publishes what she or he has proposed."""

    code = "own_proposal"
    reason = _("You proposed this release. Another person must review and publish it.")


class ReasonsNeeded(Refused):
    """A review without reasons tells nobody anything."""

    code = "reasons_needed"
    reason = _("Write why: what you looked at and what you found.")


class WhyNeeded(Refused):
    """A withdrawal says why, by one of the codes that are told publicly."""

    code = "why_needed"
    reason = _("Choose why it is withdrawn. Everybody who reads the figures is told.")


class NotYourStep(WrongState):
    """The release is not where this step leads on from."""

    code = "not_your_step"
    reason = _("This step is not possible now: look at how the release stands.")


class PublishedMeanwhile(Refused):
    """Another release of the same persons came between check and publication."""

    code = "published_meanwhile"
    reason = _(
        "Another release of the same persons was published after the machine checked this one. "
        "Together they were not checked: do not pursue this one, and propose it again."
    )


class PublishingBroken(Refused):
    """The job that publishes was broken off again and again."""

    code = "publishing_broken"
    reason = _(
        "Publishing was broken off several times. What was sent of it counts for nothing. Ask who "
        "runs the node to look at its log, and sign it again."
    )


class CountsGone(Refused):
    """The counts of a proposal that will not be published are kept no longer."""

    code = "counts_gone"
    reason = _("This was not published, so what it was made from is kept no longer.")


class EarlierProgram(Refused):
    """An earlier program made it, which drew or hid otherwise with the same inputs."""

    code = "earlier_program"
    reason = _(
        "An earlier version of the program made this, in another way, so making it again gives "
        "other numbers. What was published is unchanged; it cannot be checked by making it again."
    )


class OtherDomain(Refused):
    """The domain under which a release was made is another one in this program."""

    code = "other_domain"
    reason = _(
        "The list of columns and values under which this was made is another one in this version "
        "of the program, so it cannot be made again here. `ayni disclosure rebuild` names the list."
    )

    @classmethod
    def of(cls, name: str) -> OtherDomain:
        """The same with the list named."""
        said = gettext(
            "The list of columns and values “%(name)s” under which this was made is another one in "
            "this version of the program, so it cannot be made again here. Make it again with the "
            "version with which it was published."
        )
        return cls(said % {"name": name}, domain=name)


class BesideGone(Refused):
    """Something that a release was checked beside cannot be opened here any more."""

    code = "beside_gone"
    reason = _(
        "Something that this was checked beside is not on this node any more, so it cannot be made "
        "again as it was. `ayni disclosure rebuild` names it."
    )

    @classmethod
    def of(cls, names: Sequence[str]) -> BesideGone:
        """The same with what is missing named: an owner with the beginning of a key and a version,
        or a day with the beginning of a release."""
        said = gettext(
            "It cannot be made again as it was: of what it was checked beside, this is not on this "
            "node any more: %(names)s."
        )
        named = ", ".join(dict.fromkeys(names))
        return cls(said % {"names": named}, beside=named)


class RefusedToday(Refused):
    """A release comes out as it was published, and the check of today would refuse it."""

    code = "refused_today"
    reason = _(
        "Made again it is the same, byte by byte. But the machine's check, as this version of the "
        "program does it, finds a reason against it: think of withdrawing it. `ayni disclosure "
        "rebuild` counts the reasons."
    )

    @classmethod
    def of(cls, found: Sequence[Finding]) -> RefusedToday:
        """The same with how many reasons of which kind; not where, for that may be hidden."""
        said = gettext(
            "Made again it is the same, byte by byte. But the machine's check, as this version of "
            "the program does it, finds reasons against it (%(codes)s): think of withdrawing it."
        )
        kinds = Counter(each.code for each in found)
        codes = ", ".join(f"{code}: {number}" for code, number in sorted(kinds.items()))
        return cls(said % {"codes": codes}, codes=codes)


class ChangedSinceReview(Refused):
    """What would be published is not what was accepted."""

    code = "changed_since_review"
    reason = _(
        "What would be published is not what was reviewed. Nothing was published. Tell who runs "
        "the node: somebody has changed what the node keeps."
    )


class RebuildingBroken(Refused):
    """The job that makes a release again was broken off again and again."""

    code = "rebuilding_broken"
    reason = _(
        "Making it again was broken off several times: the machine may not have enough memory for "
        "it. Ask who runs the node to look at its log."
    )


class CannotCorrect(Refused):
    """A correction is of a published release of the same persons, and says why."""

    code = "cannot_correct"
    reason = _("A correction names a published release of the same persons, and says why.")


class NotRebuilt(AyniError):
    """The inputs that were kept do not give what was published."""

    code = "not_rebuilt"
