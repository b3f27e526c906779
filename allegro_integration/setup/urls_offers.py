from __future__ import annotations

from django.urls import URLPattern, path

from allegro_integration.setup import offers, prices

urlpatterns: list[URLPattern] = [
    path("pieces/", offers.instance_offers, name="instance_offers"),
    path("prices/", prices.instance_prices, name="instance_prices"),
]
