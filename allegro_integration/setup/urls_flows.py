from __future__ import annotations

from django.urls import URLPattern, path

from allegro_integration.setup.orders import orders_page

urlpatterns: list[URLPattern] = [
    path("orders/", orders_page, name="instance_orders"),
]
