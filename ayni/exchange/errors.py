"""Refusals of the exchange. `code` goes to the other node; the class decides here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from ayni.lib.errors import AyniError, Refused


class Rejected(AyniError):
    """An envelope that is not taken; its code goes back to the sender."""

    code = "rejected"


class Malformed(Rejected):
    """Bytes that are no envelope or document of a known form."""

    code = "malformed"


class TooLarge(Rejected):
    """More bytes than this kind or this node takes."""

    code = "too_large"


class NotGenuine(Rejected):
    """A signature, hash or seal does not hold."""

    code = "not_genuine"


class UnknownSender(Rejected):
    """The sender is not in the directory, or has no key sheet here."""

    code = "unknown_sender"


class UnknownKeySheet(UnknownSender):
    """The sender is a member, the key sheet it signs by is not known here yet: it is asked for."""

    code = "unknown_key_sheet"


class WrongConversation(Rejected):
    """A conversation belongs to two nodes; this message comes from a third."""

    code = "wrong_conversation"


class SequenceTaken(Rejected):
    """Another message has this number in the conversation."""

    code = "sequence_taken"


class OtherMessage(Rejected):
    """Other bytes came under the id of a message that is here already."""

    code = "other_message_with_this_id"


class Expired(Rejected):
    """The message says that it is not to be applied any more."""

    code = "expired"


class WrongRecipient(Rejected):
    """The message is for another node or an institution that is not here."""

    code = "wrong_recipient"


class Held(AyniError):
    """Raised by a room that is asked whether a message may leave, while another act decides about
    what allows it: the message waits. Whoever delivers holds messages and never waits for it."""

    code = "held"


class KeyGone(Rejected):
    """The message is sealed to a key of this node that was removed: it has to be sent again."""

    code = "key_gone"


class NotItsInstitution(Rejected):
    """The sender speaks for an institution that its own key sheet does not name."""

    code = "not_its_institution"


class NotMemberThen(Rejected):
    """The message was made between the removal of its sender and its taking in again: no court
    would believe its signature. Its sender seals it again."""

    code = "not_member_then"


class SuiteRefused(Rejected):
    """A suite that the recipient's key sheet does not accept."""

    code = "suite_refused"


class UnknownKind(Rejected):
    """A kind of message that no room of this node has registered."""

    code = "unknown_kind"


class NotTrusted(AyniError):
    """A directory or key sheet that does not follow from the one before."""

    code = "not_trusted"


class Equivocation(NotTrusted):
    """Two different documents carry one number: somebody signs two truths. `held`: the signed
    document that was there first."""

    code = "equivocation"

    def __init__(self, said: str, *, held: Mapping[str, Any]) -> None:
        super().__init__(said)
        self.held = held


class NoNode(Refused):
    """That state has no node, or no keys for the institution: it is referred by letter."""

    code = "no_node"
    reason = _("That institution cannot be reached through the platform. Use a printed letter.")


class NoConversation(Refused):
    """No conversation has this id here."""

    code = "no_conversation"
    reason = _(
        "This node holds no conversation with that number. Copy it from the end of the page of the "
        "referral, request, assessment, travel plan or alert."
    )


class KeysExpired(NoNode):
    """The key sheet that would be used is no longer valid."""

    code = "keys_expired"
    reason = _(
        "The keys of that institution, or of this node, are no longer valid. "
        "The node administrator must renew them."
    )


class NotGranted(Refused):
    """Something would leave that no grant covers."""

    code = "not_granted"
    reason = _("Nothing may leave without a permission that covers exactly this.")


class GrantMissing(NotGranted):
    """A kind with personal data was queued without a grant."""

    code = "grant_missing"


class FieldNotGranted(NotGranted):
    """The payload holds a field outside the grant."""

    code = "field_not_granted"


class RecipientNotGranted(NotGranted):
    """The recipient is outside the grant, or on its never-list."""

    code = "recipient_not_granted"


class NobodyToAsk(NotGranted):
    """A kind about a person for which no room answers whether it may still leave."""

    code = "nobody_to_ask"


class PurposeNotGranted(NotGranted):
    """The grant is for another purpose than this kind of message serves."""

    code = "purpose_not_granted"


class GrantExpired(NotGranted):
    """The grant's time is over."""

    code = "grant_expired"


class BadShare(AyniError):
    """A text that is no whole share, or shares that do not belong together. `line` is the first
    line of the share that is wrong, 0 if none can be named."""

    code = "bad_share"

    def __init__(self, told: str, *, line: int = 0) -> None:
        super().__init__(told)
        self.line = line


class TooFewShares(AyniError):
    """Shares of one set, and not as many as it needs."""

    code = "too_few_shares"

    def __init__(self, *, have: int, need: int) -> None:
        super().__init__(f"{have} of {need}")
        self.have, self.need = have, need


class ForeignShares(Refused):
    """Whole shares of a key that is not the one that the directory names for this node."""

    code = "foreign_shares"
    reason = _(
        "These shares belong to another key than the one that the directory names for this node. "
        "Look for those that bear the fingerprint that `ayni keys show` prints."
    )


class IdentityElsewhere(Refused):
    """The identity key that the directory names is not on this machine."""

    code = "identity_elsewhere"
    reason = _(
        "The identity key of this node is not on this machine. Bring enough shares together and "
        "give them to `ayni keys restore`."
    )


class NotNamed(Refused):
    """The directory in force here names no identity key of this node: it was removed."""

    code = "not_named"
    reason = _(
        "The directory in force here does not name this node: it was removed. New keys are made "
        "when a directory names it again; its identity key stays as it is."
    )
