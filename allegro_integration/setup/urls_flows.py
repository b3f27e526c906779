from __future__ import annotations

from django.urls import URLPattern, path

from allegro_integration.setup.invoices import invoices_page
from allegro_integration.setup.mappings import load_carriers_page, load_methods_page, mappings_page
from allegro_integration.setup.orders import orders_page
from allegro_integration.setup.statuses import statuses_page

urlpatterns: list[URLPattern] = [
    path("orders/", orders_page, name="instance_orders"),
    path("mappings/", mappings_page, name="instance_mappings"),
    path("mappings/load/", load_methods_page, name="load_methods"),
    path("statuses/", statuses_page, name="instance_statuses"),
    path("statuses/load/", load_carriers_page, name="load_carriers"),
    path("invoices/", invoices_page, name="instance_invoices"),
]
