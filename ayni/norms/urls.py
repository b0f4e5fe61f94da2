"""Addresses of the regulatory framework. They hold codes of states and instruments only."""

from __future__ import annotations

from django.urls import path

from ayni.norms import (
    ground_views,
    register_views,
    review_views,
    search_views,
    stating_views,
    views,
)
from ayni.norms.statables import Article, OwnLaw, Standing

app_name = "norms"

urlpatterns = [
    path("", views.start, name="start"),
    path("states/<slug:code>/", views.state, name="state"),
    path("instruments/<slug:ident>/", views.instrument, name="instrument"),
    path("instruments/<slug:ident>/stating/", stating_views.say, {"of": Standing}, name="stating"),
    path(
        "instruments/<slug:ident>/stating/back/",
        stating_views.back,
        {"of": Standing},
        name="stating-back",
    ),
    path("findings/<str:ident>/stating/", stating_views.say, {"of": OwnLaw}, name="finding"),
    path(
        "findings/<str:ident>/stating/back/",
        stating_views.back,
        {"of": OwnLaw},
        name="finding-back",
    ),
    path("instruments/<slug:ident>/article/", stating_views.which, name="article-which"),
    path("articles/<str:ident>/stating/", stating_views.say, {"of": Article}, name="article"),
    path(
        "articles/<str:ident>/stating/back/",
        stating_views.back,
        {"of": Article},
        name="article-back",
    ),
    path("register/", register_views.register, name="register"),
    path("register/sign/", register_views.sign, name="register-sign"),
    path("search/", search_views.search, name="search"),
    path("search.csv", search_views.search_file, {"ending": "csv"}, name="search-csv"),
    path("search.json", search_views.search_file, {"ending": "json"}, name="search-json"),
    path("search-states.csv", search_views.states_file, name="search-states"),
    path("reviews/", review_views.reviews, name="reviews"),
    path("reviews/<str:ident>/", review_views.review, name="review"),
    path("reviews/<str:ident>/record/", review_views.record, name="review-record"),
    path("between/", views.pair, name="pair"),
    path("common-ground/", ground_views.ground, name="ground"),
    path("common-ground.csv", ground_views.ground_file, {"ending": "csv"}, name="ground-csv"),
    path("common-ground.json", ground_views.ground_file, {"ending": "json"}, name="ground-json"),
]
