"""Allegro's REST API as one account sees it: typed answers, errors by who must act, one refresh after a 401."""

from __future__ import annotations

from allegro_integration.client.calls import TokenProvider as TokenProvider
from allegro_integration.client.commands import CommandCalls
from allegro_integration.client.environments import Environment
from allegro_integration.client.governor import Governor
from allegro_integration.client.http import AllegroHttp
from allegro_integration.client.invoices import InvoiceCalls
from allegro_integration.client.messages import DeliveryMethod as DeliveryMethod
from allegro_integration.client.messages import DeliveryMethods, MarketplaceItem, Marketplaces, Me
from allegro_integration.client.offers import OfferCalls
from allegro_integration.client.orders import FormFilter as FormFilter
from allegro_integration.client.orders import OrderCalls
from allegro_integration.client.orders import SellerStatus as SellerStatus
from allegro_integration.client.orders import events_page as events_page
from allegro_integration.client.shipments import ShipmentCalls


class AllegroApi(OrderCalls, OfferCalls, CommandCalls, ShipmentCalls, InvoiceCalls):
    """Calls for one seller in one environment. What each subject offers is in its module."""

    def me(self) -> Me:
        """Whose token this is. Raises SecurityStop when it is another seller's."""
        me = self._read("/me", Me)
        self._check_seller(me.id)
        return me

    def delivery_methods(self, marketplace: str) -> tuple[DeliveryMethod, ...]:
        """Delivery methods that buyers of a marketplace can choose."""
        query = (("marketplace", marketplace),)
        return self._read("/sale/delivery-methods", DeliveryMethods, query).delivery_methods

    def marketplaces(self) -> tuple[MarketplaceItem, ...]:
        """All marketplaces with their currencies, languages and countries."""
        return self._read("/marketplaces", Marketplaces, language="en-US").marketplaces


def identify_seller(http: AllegroHttp, environment: Environment, tokens: TokenProvider) -> Me:
    """Whose token this is, for a pair that belongs to no account yet."""
    api = AllegroApi(http, environment, tokens.seller_id, tokens, Governor())
    return api._read("/me", Me)
