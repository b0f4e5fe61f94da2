"""The door of the exchange: queue, cancel, drain, receive; directory and key sheets; grants."""

from __future__ import annotations

from ayni.exchange.account import begin as begin_account
from ayni.exchange.ahead import (
    KeysAhead,
    keys_ahead,
    prepare_key_sheets,
    renew_if_due,
    settle_prepared,
)
from ayni.exchange.aside import Aside, EarlierFirst, NotAgain, set_aside, set_aside_count, try_again
from ayni.exchange.awaited import peers_waiting
from ayni.exchange.ceremony import Change, Votes
from ayni.exchange.changing import meaning as meaning_of_proposal
from ayni.exchange.changing import propose as propose_directory
from ayni.exchange.changing import publish as publish_directory
from ayni.exchange.changing import vote as vote_on_directory
from ayni.exchange.chunks import AttachmentTaken, NoRoom, sealed_chunk, sealed_chunks
from ayni.exchange.chunks import Writer as AttachmentWriter
from ayni.exchange.chunks import copy as copy_attachment
from ayni.exchange.chunks import expect as expect_attachment
from ayni.exchange.chunks import remove as remove_attachment
from ayni.exchange.chunks import send as send_attachment
from ayni.exchange.chunks import standing as standing_of_attachment
from ayni.exchange.courier import Courier
from ayni.exchange.directory import checked_directory
from ayni.exchange.documents import as_file, fingerprint
from ayni.exchange.draining import drain
from ayni.exchange.errors import (
    BadShare,
    Equivocation,
    FieldNotGranted,
    ForeignShares,
    GrantExpired,
    GrantMissing,
    Held,
    IdentityElsewhere,
    KeyGone,
    KeysExpired,
    Malformed,
    NobodyToAsk,
    NoConversation,
    NoNode,
    NotGenuine,
    NotGranted,
    NotNamed,
    NotTrusted,
    PurposeNotGranted,
    RecipientNotGranted,
    Rejected,
    TooFewShares,
    TooLarge,
    UnknownKind,
    UnknownSender,
    WrongConversation,
)
from ayni.exchange.evidence import export as export_evidence
from ayni.exchange.following import accept_documents, in_order
from ayni.exchange.grant import Grant, check_grant
from ayni.exchange.handed_over import HandedOver, to_hand_over
from ayni.exchange.handling import Allowed, Handling, Onward, See
from ayni.exchange.heads import Witness, Witnesses, alarms_waiting, see_alarm, sign_head, witnesses
from ayni.exchange.held import Hold
from ayni.exchange.identity import (
    OwnSheet,
    own_sheets,
    present_identity,
    restore_identity,
    share_identity,
    take_identity_offline,
)
from ayni.exchange.inbox import apply_waiting, receive, receive_many, retry
from ayni.exchange.keys import remove_old_keys
from ayni.exchange.kinds import MessageKind
from ayni.exchange.looking import FileAside, files_aside, files_aside_count, look_once_more
from ayni.exchange.message_log import sign as sign_log
from ayni.exchange.note import directory_print, in_words, note_verbale
from ayni.exchange.our_clock import is_ahead as clock_is_ahead
from ayni.exchange.outbox import (
    Passed,
    cancel,
    conversation_of,
    delivery_of,
    gaps,
    new_conversation,
    queue,
)
from ayni.exchange.peers import Circuit, Counted, PeerReport, counted, peer_report
from ayni.exchange.published import (
    canonical,
    check_signed_for_all,
    other_nodes,
    revocations,
    revoked_names,
    revoked_sheets,
    revoking_nodes,
    schema_validator,
    send_to_node,
    sign_for_all,
)
from ayni.exchange.reasons import Words
from ayni.exchange.refresh import refresh
from ayni.exchange.remembered import trust_mark
from ayni.exchange.rested import Rested, go_on, rested, rested_count
from ayni.exchange.sharing import Share
from ayni.exchange.sharing import read as read_share
from ayni.exchange.stream import LARGEST as LARGEST_ATTACHMENT
from ayni.exchange.stream import Described, Opening
from ayni.exchange.trust import (
    accept_directory,
    accept_key_sheet,
    directory_body,
    directory_document,
    identity_public,
    key_sheet,
    make_identity,
    make_key_sheet,
    next_identity,
    publish_key_sheet,
    reachable,
    sign_directory,
)
from ayni.exchange.unapplied import Unapplied, end_unapplied, unapplied
from ayni.exchange.unknown import KeptForUpgrade, kept_for_upgrade, take_up
from ayni.exchange.watching import (
    Delivery,
    Neighbour,
    all_that_never_arrived,
    applied_by,
    deliveries,
    neighbours,
    never_arrived,
    undelivered,
)
from ayni.exchange.wired import Received, check_payload

__all__ = [
    "Allowed",
    "Aside",
    "EarlierFirst",
    "NotAgain",
    "BadShare",
    "Change",
    "Circuit",
    "Counted",
    "Delivery",
    "Equivocation",
    "FieldNotGranted",
    "ForeignShares",
    "Grant",
    "GrantExpired",
    "GrantMissing",
    "HandedOver",
    "Handling",
    "IdentityElsewhere",
    "KeptForUpgrade",
    "KeyGone",
    "KeysAhead",
    "LARGEST_ATTACHMENT",
    "KeysExpired",
    "Malformed",
    "MessageKind",
    "Neighbour",
    "NoConversation",
    "NoNode",
    "NobodyToAsk",
    "NotGenuine",
    "NotGranted",
    "NotNamed",
    "NotTrusted",
    "Onward",
    "OwnSheet",
    "Passed",
    "PeerReport",
    "PurposeNotGranted",
    "Received",
    "RecipientNotGranted",
    "Rejected",
    "Rested",
    "See",
    "Share",
    "TooFewShares",
    "TooLarge",
    "Unapplied",
    "UnknownKind",
    "Votes",
    "Witness",
    "Witnesses",
    "Words",
    "WrongConversation",
    "AttachmentTaken",
    "AttachmentWriter",
    "Described",
    "Courier",
    "Held",
    "Hold",
    "NoRoom",
    "Opening",
    "accept_directory",
    "accept_documents",
    "accept_key_sheet",
    "alarms_waiting",
    "all_that_never_arrived",
    "applied_by",
    "apply_waiting",
    "as_file",
    "begin_account",
    "canonical",
    "check_signed_for_all",
    "schema_validator",
    "other_nodes",
    "send_to_node",
    "sign_for_all",
    "UnknownSender",
    "cancel",
    "check_grant",
    "check_payload",
    "checked_directory",
    "clock_is_ahead",
    "conversation_of",
    "copy_attachment",
    "counted",
    "deliveries",
    "never_arrived",
    "delivery_of",
    "directory_body",
    "directory_document",
    "directory_print",
    "drain",
    "expect_attachment",
    "export_evidence",
    "fingerprint",
    "gaps",
    "go_on",
    "identity_public",
    "in_order",
    "in_words",
    "kept_for_upgrade",
    "key_sheet",
    "keys_ahead",
    "make_identity",
    "make_key_sheet",
    "meaning_of_proposal",
    "neighbours",
    "new_conversation",
    "next_identity",
    "note_verbale",
    "own_sheets",
    "peer_report",
    "peers_waiting",
    "prepare_key_sheets",
    "present_identity",
    "propose_directory",
    "publish_directory",
    "publish_key_sheet",
    "queue",
    "reachable",
    "read_share",
    "receive",
    "receive_many",
    "refresh",
    "remove_attachment",
    "remove_old_keys",
    "renew_if_due",
    "restore_identity",
    "rested",
    "rested_count",
    "retry",
    "sealed_chunk",
    "sealed_chunks",
    "see_alarm",
    "settle_prepared",
    "set_aside",
    "set_aside_count",
    "send_attachment",
    "share_identity",
    "sign_directory",
    "sign_head",
    "standing_of_attachment",
    "sign_log",
    "take_identity_offline",
    "to_hand_over",
    "take_up",
    "FileAside",
    "files_aside",
    "files_aside_count",
    "look_once_more",
    "revocations",
    "revoked_names",
    "revoked_sheets",
    "revoking_nodes",
    "trust_mark",
    "try_again",
    "vote_on_directory",
    "witnesses",
    "end_unapplied",
    "unapplied",
    "undelivered",
]
