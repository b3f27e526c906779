"""All tables of the module, by subject."""

from allegro_integration.models.accounts import Account, ConsentRequest, Market, Token, TokenLock
from allegro_integration.models.invoices import InvoiceDocument
from allegro_integration.models.offers import CommandItem, Offer, OfferCommand
from allegro_integration.models.orders import (
    DeliveryMapping,
    InboxForm,
    JournalEvent,
    Order,
    PaymentMapping,
    SoldLine,
)

__all__ = [
    "Account",
    "CommandItem",
    "ConsentRequest",
    "DeliveryMapping",
    "InboxForm",
    "InvoiceDocument",
    "JournalEvent",
    "Market",
    "Offer",
    "OfferCommand",
    "Order",
    "PaymentMapping",
    "SoldLine",
    "Token",
    "TokenLock",
]
