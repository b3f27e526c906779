"""Addresses. Modules are named here and in settings only."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("connectify.dashboard.urls")),
    path("", include("allegro_integration.urls")),
]
