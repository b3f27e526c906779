"""What a command does to each of its offers once its time has come: done, or failed with a reason of its own."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from allegro_integration.sandbox.answers import ApiError
from allegro_integration.sandbox.context import Json, Sandbox, dumps
from allegro_integration.sandbox.offer_changes import change_offer
from allegro_integration.sandbox.offer_edit import Edit, apply_edit, read_json
from allegro_integration.sandbox.offer_patch import refuse_busy
from allegro_integration.sandbox.offer_rules import check_amount, read_price
from allegro_integration.sandbox.offers import CENT, SandboxOffer, find_offer
from allegro_integration.sandbox.sale import MARKETPLACES
from allegro_integration.sandbox.shops import BUSINESS, Shop, currency_of, shop_of
from allegro_integration.sandbox.state import timestamp

FIELDS = {"quantity": "stock.available", "price": "sellingMode.price", "publication": "publication.status"}
ACTIONS = {"ACTIVATE": "ACTIVE", "END": "ENDED"}
PRICE_TYPES = ("FIXED_PRICE", "INCREASE_PRICE", "DECREASE_PRICE", "INCREASE_PERCENTAGE", "DECREASE_PERCENTAGE")


def read_modification(kind: str, body: Json, shop: Shop) -> Json:
    """The modification of a command. Raises ApiError for what no offer could take."""
    wanted = body.get("publication" if kind == "publication" else "modification")
    if not isinstance(wanted, dict):
        raise ApiError(400, "JsonMappingException", "The modification is missing", "modification")
    if kind == "quantity":
        _check_quantity(wanted)
    elif kind == "publication":
        if wanted.get("action") not in ACTIONS:
            raise ApiError(422, "ConstraintViolationException", "Unknown action", "publication.action")
    else:
        _check_price(wanted, shop)
    return wanted


def _check_quantity(wanted: Json) -> None:
    value = wanted.get("value")
    if wanted.get("changeType") not in ("FIXED", "GAIN") or isinstance(value, bool) or not isinstance(value, int):
        raise ApiError(422, "ConstraintViolationException", "changeType FIXED or GAIN, and a number", "modification")
    if wanted["changeType"] == "FIXED" and value <= 0:
        raise ApiError(422, "INCORRECT_QUANTITY_VALUE", "A fixed quantity is greater than 0", "modification.value")


def _check_price(wanted: Json, shop: Shop) -> None:
    marketplace = wanted.get("marketplaceId") or shop.base
    if wanted.get("type") not in PRICE_TYPES:
        raise ApiError(422, "ConstraintViolationException", "Unknown type of modification", "modification.type")
    if marketplace not in MARKETPLACES or marketplace in BUSINESS:
        raise ApiError(422, "MarketplaceNotSupported", f"No price on {marketplace}", "modification.marketplaceId")
    if wanted["type"] == "FIXED_PRICE":
        read_price(wanted.get("price"), marketplace, "modification.price")


def finish_commands(sandbox: Sandbox, now: datetime) -> None:
    """Work off the commands that are due, in a transaction, in the order of their due times."""
    due = "SELECT * FROM command WHERE completed_at IS NULL AND due_at <= ? ORDER BY due_at, created_at, id"
    for row in sandbox.state.rows(due, timestamp(now)):
        shop = shop_of(sandbox, row["seller"])
        wanted = read_modification(row["kind"], read_json(row["body"]), shop)
        found = "SELECT seq, offer FROM command_task WHERE command = ? ORDER BY seq"
        for task in sandbox.state.rows(found, row["id"]):
            error: dict[str, Any] | None = None
            try:
                _one_task(sandbox, shop, row["kind"], row["id"], wanted, task["offer"])
            except ApiError as refused:
                error = refused.described()
            sandbox.state.run(
                "UPDATE command_task SET status = ?, error = ? WHERE command = ? AND seq = ?",
                *("FAIL" if error else "SUCCESS", dumps(error) if error else None, row["id"], task["seq"]),
            )
        sandbox.state.run("UPDATE command SET completed_at = ? WHERE id = ?", timestamp(now), row["id"])
        counted = {"seller": row["seller"], "kind": row["kind"]}
        sandbox.state.applied("command.completed", row["id"], counted)


def _one_task(sandbox: Sandbox, shop: Shop, kind: str, command: str, wanted: Json, offer_id: str) -> None:
    """Faults, by offer id, by command or by seller: command_fail (`code`, `message`), edit_in_progress."""
    targets = (offer_id, command, f"/sale/offer-{kind}-commands", f"/sale/offer-{kind}-change-commands", shop.seller)
    if (params := sandbox.faults.take("command_fail", *targets)) is not None:
        code, message = params.get("code", "INTERNAL_ERROR"), params.get("message", "The offer could not be changed")
        raise ApiError(422, str(code), str(message), FIELDS[kind])
    found = find_offer(sandbox, offer_id)
    if found is None or found[0] != shop.seller:
        raise ApiError(404, "OFFER_NOT_FOUND", f"Offer {offer_id} not found")
    offer = found[1]
    refuse_busy(sandbox, offer, *targets[1:])
    edit = _edit(shop, offer, kind, wanted)
    held = sandbox.settings.campaign_base == "old"
    after = apply_edit(shop, offer, edit, timestamp(sandbox.state.now()), held_base=held)
    change_offer(sandbox, shop, offer, after, edit.cause("command", command))


def _edit(shop: Shop, offer: SandboxOffer, kind: str, wanted: Json) -> Edit:
    if kind == "publication":
        return Edit(status=ACTIONS[wanted["action"]])
    if kind == "quantity":
        pieces = wanted["value"] if wanted["changeType"] == "FIXED" else offer.stock + wanted["value"]
        if pieces <= 0:
            raise ApiError(422, "INCORRECT_QUANTITY_VALUE", "The quantity would not be greater than 0", FIELDS[kind])
        return Edit(stock=pieces)
    marketplace = wanted.get("marketplaceId") or shop.base
    if wanted["type"] == "FIXED_PRICE":
        return Edit(prices={marketplace: read_price(wanted["price"], marketplace, "modification.price")})
    return Edit(prices={marketplace: _moved_price(offer, marketplace, wanted)})


def _moved_price(offer: SandboxOffer, marketplace: str, wanted: Json) -> Decimal:
    if (price := offer.prices.get(marketplace)) is None:
        raise ApiError(422, "PriceNotDefined", f"The offer has no price on {marketplace}", FIELDS["price"])
    try:
        if wanted["type"].endswith("_PRICE"):
            step = Decimal(wanted["value"]["amount"])
        else:
            step = (price * Decimal(wanted["percentage"]) / 100).quantize(CENT)
    except (KeyError, TypeError, InvalidOperation):
        raise ApiError(422, "InvalidPrice", "The change is not a number", "modification") from None
    moved = price + step if wanted["type"].startswith("INCREASE") else price - step
    check_amount(moved, currency_of(marketplace), FIELDS["price"])
    return moved
