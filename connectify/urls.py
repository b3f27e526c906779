"""Addresses. Modules are named here and in settings only."""

from django.contrib import admin
from django.urls import include, path

from connectify.api.views import docs as api_docs

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("api/docs/", api_docs, name="api_docs"),
    path("api/v1/", include("allegro_integration.api.urls")),
    path("api/v1/", include("connectify.api.urls")),
    path("", include("connectify.dashboard.urls")),
    path("", include("pohoda_bridge.server.urls")),
    path("", include("allegro_integration.urls")),
]
