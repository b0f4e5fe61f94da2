"""Refusals of what is published; a class decides, the sentence is for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import Refused, Stale

if TYPE_CHECKING:
    from ayni.gazette.reading import Published


class StaleEntry(Stale):
    """The author has not seen the version that stands now. `stands`: that one, to be shown; None if
    the entry that the author had seen is not here."""

    code = "stale_entry"
    reason = _(
        "Somebody published another version meanwhile. Nothing was overwritten. Look at it, and "
        "then decide whether you still want to publish yours."
    )

    def __init__(self, stands: Published | None) -> None:
        self.stands = stands
        super().__init__(version=0 if stands is None else stands.said.version)


class NotItsOwner(Refused):
    """This node may not publish entries of that kind."""

    code = "not_its_owner"
    reason = _("This is not published by this node.")


class UnknownEntryKind(Refused):
    """No room of this node has registered the kind."""

    code = "unknown_entry_kind"
    reason = _("This version of the software does not know what kind of entry this is.")


class NotOfItsForm(Refused):
    """The entry does not have the form that its kind demands. `place`: where."""

    code = "not_of_its_form"
    reason = _("The entry does not have the form that is agreed for its kind.")


class EndsBeforeItBegins(Refused):
    """The day until which an entry holds is before that from which it does."""

    code = "ends_before_it_begins"
    reason = _("The last day is before the first day.")


class NoMoreLines(Refused):
    """This member has published as much of this kind as one may. `most`: how many."""

    code = "no_more_lines"
    reason = _(
        "This member has published as many of these as one may have on the nodes of all. Nothing "
        "was published. Change one that is there instead, or ask the technical secretariat: the "
        "limit comes with the software and is the same on every node."
    )


class NoMoreVersions(Refused):
    """One thing was changed as often as it may be. `most`: how often."""

    code = "no_more_versions"
    reason = _(
        "This was changed as often as it may be on the nodes of all. Nothing was published. Take "
        "it back and make a new one instead, or ask the technical secretariat: the limit comes "
        "with the software and is the same on every node."
    )


class NoMoreRoom(Refused):
    """This member has published as much as its node keeps of one. `megabytes`: how much."""

    code = "no_more_room"
    reason = _(
        "This member has published as much as a node keeps of one member. Nothing was published. "
        "Ask the node administrator: AYNI_PEER_PUBLISHED_MEGABYTES says how much it is, on every "
        "node for itself."
    )


class TooMuchPublished(Refused):
    """Another member has published more than this node keeps of one."""

    code = "too_much_published"
    reason = _(
        "The member that sent this has published more than this node keeps of one member. Ask it "
        "why. If there is room on the disk, raise AYNI_PEER_PUBLISHED_MEGABYTES and try again."
    )


class NothingToWithdraw(Refused):
    """There is no entry, or it is taken back already."""

    code = "nothing_to_withdraw"
    reason = _("There is nothing to take back.")


class NoKeys(Refused):
    """This node cannot sign: it has no directory, or no key sheet in force."""

    code = "no_keys"
    reason = _(
        "This node has no valid keys to sign with, so nothing can be published. The node "
        "administrator must renew them."
    )


class NotComparedYet(Refused):
    """The node was restored from a backup and most others have not told yet what it said since."""

    code = "not_compared_yet"
    reason = _(
        "This node was restored from a backup and does not know yet whether it had published "
        "something since. It is asking the other nodes. Try again when most of them have answered."
    )
