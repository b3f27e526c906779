from django.urls import include, path

from allegro_integration import offer_views, views

urlpatterns = [
    path("offers/", offer_views.offer_list, name="offers"),
    path("offers/<uuid:offer_id>/", offer_views.offer_detail, name="offer"),
    path("offers/<uuid:offer_id>/look-again/", offer_views.look_again, name="look_again_at_offer"),
    path("orders/", views.order_list, name="orders"),
    path("orders/<uuid:order_id>/", views.order_detail, name="order"),
    path("orders/<uuid:order_id>/send-again/", views.send_again, name="send_again"),
    path("orders/<uuid:order_id>/recreate/", views.recreate, name="recreate_order"),
    path("orders/<uuid:order_id>/look-again/", views.look_again, name="look_again_at_order"),
    path("orders/<uuid:order_id>/documents/<uuid:payload_id>/", views.order_document, name="order_document"),
    path("", include("allegro_integration.setup.urls_connect")),
    path("setup/instances/<uuid:instance_id>/", include("allegro_integration.setup.urls_offers")),
    path("setup/instances/<uuid:instance_id>/", include("allegro_integration.setup.urls_flows")),
]
