"""Addresses of the registry of versions. None holds anything about a person."""

from __future__ import annotations

from django.urls import path

from ayni.protocol import views, writing_views

app_name = "protocol"
urlpatterns = [
    path("", views.registry, name="registry"),
    path("compare", views.compared, name="compare"),
    path("publish", writing_views.publish, name="publish"),
    path("adoptions/<slug:day>/back", writing_views.adoption_back, name="adoption-back"),
    path("<slug:key>/<str:version>", views.version, name="version"),
    path("<slug:key>/<str:version>/text", views.text, name="text"),
    path("<slug:key>/<str:version>/adopt", writing_views.adopt, name="adopt"),
    path("<slug:key>/<str:version>/back", writing_views.version_back, name="version-back"),
]
