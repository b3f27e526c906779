"""Answers of Allegro for tests, as small as its OpenAPI file allows them to be useful."""

from __future__ import annotations

from typing import Any

OFFER = "10000000001"


def price(amount: str, currency: str = "CZK") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def listed_offer(offer_id: str = OFFER, **changed: Any) -> dict[str, Any]:
    return {
        "id": offer_id,
        "name": "Hrnek",
        "category": {"id": "257150"},
        "primaryImage": {"url": "https://images.example/1.jpg"},
        "sellingMode": {"format": "BUY_NOW", "price": price("249.00")},
        "stock": {"available": 7, "sold": 1},
        "publication": {"status": "ACTIVE", "marketplaces": {"base": {"id": "allegro-cz"}, "additional": []}},
        "external": {"id": "HRN-1"},
        "delivery": {"shippingRates": {"id": "5637592a-0a24-4771-b527-d89b2767d821"}},
        "isFulfillment": False,
        "additionalMarketplaces": {
            "allegro-sk": {
                "publication": {"state": "APPROVED"},
                "sellingMode": {"price": price("9.99", "EUR"), "priceAutomation": {"rule": {"id": "rule-7"}}},
            },
            "allegro-hu": {"publication": {"state": "NOT_REQUESTED"}, "sellingMode": None},
        },
        **changed,
    }


def offer_list(*offers: object, total: int | None = None) -> dict[str, Any]:
    return {"offers": list(offers), "count": len(offers), "totalCount": len(offers) if total is None else total}


def whole_offer(**changed: Any) -> dict[str, Any]:
    parameters = [
        {"id": "11323", "name": "Stav", "values": ["Nové"]},
        {"id": "225693", "name": "EAN (GTIN)", "values": ["8594000000017"]},
    ]
    return {
        "id": OFFER,
        "name": "Hrnek",
        "productSet": [{"product": {"id": "c3f1", "parameters": parameters}, "quantity": {"value": 1}}],
        "stock": {"available": 0, "unit": "UNIT"},
        "sellingMode": {"format": "BUY_NOW", "price": price("249.00")},
        "publication": {"status": "ENDED", "endedBy": "EMPTY_STOCK", "marketplaces": {"base": {"id": "allegro-cz"}}},
        "external": {"id": "HRN-1"},
        "validation": {"errors": [], "warnings": []},
        "additionalMarketplaces": {
            "allegro-sk": {
                "sellingMode": {"price": price("9.99", "EUR")},
                "publication": {
                    "state": "REFUSED",
                    "refusalReasons": [{"code": "VQR003", "userMessage": "Nedoručujete tam", "parameters": {}}],
                },
            },
        },
        **changed,
    }


def offer_parts() -> dict[str, Any]:
    return {
        "id": OFFER,
        "stock": {"available": 5},
        "sellingMode": {"price": price("249.00")},
        "additionalMarketplaces": {"allegro-sk": {"sellingMode": {"price": price("9.99", "EUR")}}},
    }


def event(event_id: str, type: str = "OFFER_STOCK_CHANGED", **offer: Any) -> dict[str, Any]:
    known = {"id": OFFER, "external": {"id": "HRN-1"}, **offer}
    return {"id": event_id, "type": type, "occurredAt": "2026-11-23T10:00:00.000Z", "offer": known}


def report(command_id: str, *, completed: bool = False, total: int = 0, success: int = 0, failed: int = 0) -> Any:
    return {
        "id": command_id,
        "createdAt": "2026-11-23T10:00:00.000Z",
        "completedAt": "2026-11-23T10:00:02.000Z" if completed else None,
        "taskCount": {"total": total, "success": success, "failed": failed},
    }


def task(offer_id: str, status: str = "SUCCESS", **changed: Any) -> dict[str, Any]:
    known = {"offer": {"id": offer_id}, "field": "quantity", "status": status, "message": "", "errors": []}
    return {**known, **changed}


def invoice(invoice_id: str, number: str, **file: Any) -> dict[str, Any]:
    return {
        "id": invoice_id,
        "invoiceNumber": number,
        "createdAt": "2026-11-23T10:00:00.000Z",
        "file": {"name": f"{number}.pdf", **file},
    }
