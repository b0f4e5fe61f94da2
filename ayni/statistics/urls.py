"""Addresses of this room. None holds anything about a person: filters are codes and years. Línea
145 is Argentina's: another node has no such page."""

from __future__ import annotations

from django.conf import settings
from django.urls import URLPattern, path, re_path

from ayni.statistics import api, htcds_views, views
from ayni.statistics.pages import (
    editions,
    public_views,
    release_changes,
    releases,
    sum_declaring,
    sum_views,
)
from ayni.statistics.pages import views as pages

app_name = "statistics"
urlpatterns: list[URLPattern] = [
    path("figures", pages.figures, name="figures"),
    path("figures/editions", editions.editions, name="editions"),
    path("figures/editions/<uuid:edition_id>", editions.edition, name="edition"),
    path("figures/editions/<uuid:edition_id>/file", editions.edition_file, name="edition-file"),
    path("figures/<slug:board>", pages.figures, name="figures-of"),
    path("figures/<slug:board>/<slug:part>/<slug:kind>", pages.file, name="figures-file"),
    path("releases", releases.listed, name="releases"),
    path("releases/ledger", releases.ledger, name="release-ledger"),
    path("releases/propose", releases.propose, name="release-propose"),
    path("releases/propose/tables", releases.propose_tables, name="release-propose-tables"),
    path("releases/propose/how", releases.propose_how, name="release-propose-how"),
    path("releases/<uuid:release>", releases.release, name="release"),
    path("releases/<uuid:release>/review", releases.review, name="release-review"),
    path("releases/<uuid:release>/act", releases.act, name="release-act"),
    path("releases/<uuid:release>/withdraw", release_changes.withdraw, name="release-withdraw"),
    path("releases/<uuid:release>/correct", release_changes.correct, name="release-correct"),
    path("htcds/import", htcds_views.take_in, name="htcds-import"),
    path("htcds/export", htcds_views.give_out, name="htcds-export"),
    path("sums", sum_views.sums, name="sums"),
    path("sums/declare", sum_declaring.declare, name="sum-declare"),
    path("sums/of/<str:key>", sum_views.one, name="sum"),
    path("sums/of/<str:key>/take-part", sum_views.take_part, name="sum-take-part"),
    path("sums/of/<str:key>/decline", sum_views.decline, name="sum-decline"),
    path("sums/of/<str:key>/give", sum_views.give, name="sum-give"),
    path("sums/of/<str:key>/withdraw", sum_views.withdraw, name="sum-withdraw"),
    path("sums/of/<str:key>/take-back", sum_views.take_back, name="sum-take-back"),
    path("sums/of/<str:key>/add", sum_views.add, name="sum-add"),
    path("sums/of/<str:key>/tell", sum_views.tell, name="sum-tell"),
    path("sums/of/<str:key>/table", sum_views.table, name="sum-table"),
    path("published/", public_views.start, name="published-start"),
    re_path(r"^published/(?P<language>es|pt|en)/$", public_views.published, name="published"),
    re_path(
        r"^published/(?P<language>es|pt|en)/(?P<node>[a-z]{2,12})/(?P<release>[0-9a-f-]{36})/$",
        public_views.published_release,
        name="published-release",
    ),
    re_path(
        r"^published/(?P<language>es|pt|en)/(?P<node>[a-z]{2,12})/(?P<release>[0-9a-f-]{36})"
        r"/(?P<kind>csv|xlsx|json|parquet)$",
        public_views.published_file,
        name="published-file",
    ),
]
if settings.AYNI_NODE == api.STATE:
    urlpatterns += [
        path("linea145", views.linea145, name="linea145"),
        path("linea145/rows/<slug:figure>", views.rows, name="linea145-rows"),
        path("linea145/log", views.log_list, name="linea145-logs"),
        path("linea145/log/<uuid:load_id>", views.log, name="linea145-log"),
        path("linea145/log/<uuid:load_id>/file", views.log_file, name="linea145-log-file"),
    ]
