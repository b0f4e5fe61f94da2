"""Addresses for other nodes; the 1 is the version of the protocol between nodes."""

from __future__ import annotations

from django.urls import path

from ayni.exchange import chunk_fetch_views, chunk_views, fetch_views, views

urlpatterns = [
    path("1/messages", views.messages, name="exchange-messages"),
    path("1/batch", views.batch, name="exchange-batch"),
    path("1/account", views.account_given, name="exchange-account"),
    path("1/waiting", fetch_views.waiting, name="exchange-waiting"),
    path("1/waiting/chunk", chunk_fetch_views.chunk, name="exchange-waiting-chunk"),
    path("1/attachments", chunk_views.asked, name="exchange-attachment"),
    path(
        "1/attachments/<slug:attachment>/<int:number>",
        chunk_views.taken,
        name="exchange-attachment-chunk",
    ),
    path("1/directory", views.directory, name="exchange-directory"),
    path("1/directory/<int:number>", views.directory, name="exchange-directory-number"),
    path("1/key-sheet/<int:number>", views.key_sheet, name="exchange-key-sheet-number"),
    path("1/key-sheet/<slug:node>/<int:number>", views.key_sheet_of, name="exchange-key-sheet-of"),
    path("1/seen", views.seen, name="exchange-seen"),
    path("1/key-sheet", views.key_sheet, name="exchange-key-sheet"),
]
