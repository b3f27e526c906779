"""The module's part of the API. The platform's part stands behind it and answers for what is left."""

from django.urls import path

from allegro_integration.api import mappings, offers, orders, rules

ORDER = "orders/<uuid:order_id>/"
INSTANCE = "instances/<uuid:instance_id>/"

urlpatterns = [
    path("orders/", orders.OrderList.as_view(), name="api_orders"),
    path(ORDER, orders.OrderOne.as_view(), name="api_order"),
    path(f"{ORDER}documents/<uuid:document_id>/", orders.OrderDocument.as_view(), name="api_order_document"),
    path(f"{ORDER}resync/", orders.OrderResync.as_view(), name="api_order_resync"),
    path(f"{ORDER}retry/", orders.OrderRetry.as_view(), name="api_order_retry"),
    path("offers/", offers.OfferList.as_view(), name="api_offers"),
    path("offers/<uuid:offer_id>/", offers.OfferOne.as_view(), name="api_offer"),
    path("offers/<uuid:offer_id>/resync/", offers.OfferResync.as_view(), name="api_offer_resync"),
    path(f"{INSTANCE}mappings/delivery/", mappings.DeliveryList.as_view(), name="api_deliveries"),
    path(f"{INSTANCE}mappings/delivery/<str:method_id>/", mappings.DeliveryOne.as_view(), name="api_delivery"),
    path(f"{INSTANCE}mappings/payment/", mappings.PaymentList.as_view(), name="api_payments"),
    path(f"{INSTANCE}mappings/payment/<str:payment_type>/", mappings.PaymentOne.as_view(), name="api_payment"),
    path(f"{INSTANCE}rules/statuses/", rules.StatusRules.as_view(), name="api_status_rules"),
    path(f"{INSTANCE}rules/invoices/", rules.InvoiceRules.as_view(), name="api_invoice_rules"),
    path(f"{INSTANCE}rules/offers/", rules.OfferFilterRules.as_view(), name="api_offer_rules"),
    path(f"{INSTANCE}rules/prices/", rules.PriceStepRules.as_view(), name="api_price_rules"),
]
