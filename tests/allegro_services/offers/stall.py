"""A company's offers in the sandbox and its stock cards in the mirror, and whole cycles between them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.db.models.functions import Now

from allegro_integration.client.api import AllegroApi
from allegro_integration.connections import AccountConnection
from allegro_integration.models import Account, Market, Offer, OfferCommand
from allegro_integration.sandbox.sellers import DEFAULT_SELLER
from allegro_integration.services.offers import commands, edits, marking, planning
from connectify.clock import now
from connectify.instances.models import Instance
from connectify.instances.services import arm
from connectify.sync import due, runs
from connectify.sync.models import Change, DirectionState, Due, Run
from pohoda_bridge.server.mirror.models import MirrorRead
from pohoda_bridge.server.models import StockCard, Unit
from tests.allegro_client.conftest import Allegro
from tests.allegro_services.shop import Shop
from tests.factories import ConnectionFactory

ACCOUNT = "allegro.account"
LEVEL = [{"step": "from_level", "level": "Internet"}]
WRITES = ("PUT", "PATCH", "POST", "DELETE")


class Died(BaseException):
    """The end of a worker, in the test's own process."""


class Stall:
    """One shop's account, armed for offers, with the settings of a small seller."""

    def __init__(self, shop: Shop, site: Allegro, api: AllegroApi) -> None:
        self.shop, self.site, self.api = shop, site, api
        self.unit: Unit = shop.market.unit
        Account.objects.filter(pk=shop.market.account_id).update(seller_id=DEFAULT_SELLER)
        self.instance: Instance = shop.market.instance
        self.set(stores=["HLAVNI"], price_steps=LEVEL)
        arm(instance=self.instance, direction="offers", actor=None)
        due.schedule(kind=ACCOUNT, resource_id=shop.market.account_id, interval_s=300)
        self.began = len(site.seen)

    # --- the seller's settings --------------------------------------------------------------------------------------

    def set(self, instance: Instance | None = None, **offers: Any) -> None:
        """The settings of offers, as a form would store them."""
        one = Instance.objects.get(pk=(instance or self.instance).pk)
        one.settings = {**one.settings, "offers": {**one.settings.get("offers", {}), **offers}}
        one.settings_version += 1
        one.save()

    def second_market(self, marketplace: str, **offers: Any) -> Instance:
        """A secondary instance of the same account, for its price."""
        instance = Instance.objects.create(
            name=marketplace, source=self.instance.source, target=self.instance.target, settings={"offers": offers}
        )
        Market.objects.create(
            instance=instance, account=self.account, unit=self.unit, marketplace=marketplace, role=Market.Role.SECONDARY
        )
        arm(instance=instance, direction="offers", actor=None)
        return instance

    def other_account(self, seller: str = "77") -> Account:
        """Another account of the company that sells from the same stock."""
        account = Account.objects.create(
            connection=ConnectionFactory(kind=ACCOUNT), environment="custom", seller_id=seller, login=seller,
            base_marketplace="allegro-cz",
        )  # fmt: skip
        instance = Instance.objects.create(
            name=seller, source=account.connection, target=self.unit.connection,
            settings={"offers": {"stores": ["HLAVNI"]}},
        )  # fmt: skip
        Market.objects.create(
            instance=instance, account=account, unit=self.unit, marketplace="allegro-cz", role=Market.Role.PRIMARY
        )
        due.schedule(kind=ACCOUNT, resource_id=account.pk, interval_s=300)
        return account

    # --- Pohoda -------------------------------------------------------------------------------------------------------

    def card(
        self, code: str, count: int | str = 5, price: str = "249", store: str = "HLAVNI", **more: Any
    ) -> StockCard:
        """A stock card of the mirror; known again by store and code."""
        facts = {
            "count": Decimal(count), "levels": {"Internet": price}, "vat_percent": Decimal(21), "price": Decimal(price),
            "name": f"Zboží {code}", "kind": "card", "measure": "ks", "is_sales": True, "is_internet": True, **more,
        }  # fmt: skip
        found = StockCard.objects.filter(unit=self.unit, store=store, code=code).first()
        if found is None:
            found = StockCard.objects.create(
                unit=self.unit, store=store, code=code, record_id=StockCard.objects.count() + 1, fingerprint=b"",
                began_at=now(), **facts,
            )  # fmt: skip
        else:
            StockCard.objects.filter(pk=found.pk).update(**facts)
        self.absorbed(found)
        return found

    def absorbed(self, *cards: StockCard) -> None:
        """An export was stored that brought these."""
        moment = now()
        MirrorRead.objects.update_or_create(
            unit=self.unit, agenda="stock", scope="", defaults={"complete_at": moment, "complete_began_at": moment}
        )
        marking.stock_changed(self.unit, [card.pk for card in cards], [])

    def absorbed_at(self, began: dt.datetime) -> None:
        """The stock that is mirrored now is as old as this."""
        MirrorRead.objects.filter(unit=self.unit, agenda="stock").update(complete_began_at=began)

    # --- Allegro ------------------------------------------------------------------------------------------------------

    def sell(self, *offers: dict[str, Any]) -> None:
        self.site.control("PUT", f"sellers/{DEFAULT_SELLER}/offers", list(offers))

    def at_allegro(self, offer_id: str) -> dict[str, Any]:
        found = self.site.control("GET", f"sellers/{DEFAULT_SELLER}/offers")["offers"]
        return next(one for one in found if one["id"] == offer_id)

    def shown(self, offer_id: str) -> tuple[str, int, str]:
        """Status, pieces and price at the base marketplace."""
        one = self.at_allegro(offer_id)
        return one["status"], one["stock"], str(one["prices"]["allegro-cz"])

    def connect(self, account: Account, **options: Any) -> AccountConnection:
        return AccountConnection(self.api, self.api._tokens)  # type: ignore[arg-type]

    # --- cycles -------------------------------------------------------------------------------------------------------

    def turn(self, times: int = 1) -> dict[str, Run]:
        """Whole cycles of the account; → the last run of each pipeline."""
        for _ in range(times):
            assert runs.run_resource(ACCOUNT, self.account.pk, only_due=False)
        return {run.pipeline: run for run in Run.objects.filter(resource_id=self.account.pk).order_by("started_at")}

    def settle(self, most: int = 12) -> list[str]:
        """Cycles until nothing is under way any more, with the time between them passed. → what was requested."""
        self.forget()
        for _ in range(most):
            self.pass_time()
            asked = len(self.requests())
            self.turn()
            if not self.is_under_way() and len(self.requests()) - asked <= 1:
                return self.requests()
        raise AssertionError(f"not settled: {list(Change.objects.values_list('kind', 'state', 'code'))}")

    @contextmanager
    def dying_at(self, point: str) -> Iterator[None]:
        """The worker dies at this point, once: what it had committed stays, its lease runs out."""

        def die(name: str) -> None:
            if name == point:
                raise Died(name)

        with pytest.MonkeyPatch.context() as patch:
            for module in (commands, edits, planning):
                patch.setattr(module, "crashpoint", die)
            with pytest.raises(Died, match=point):
                yield
        Due.objects.filter(resource_id=self.account.pk).update(leased_until=None)

    def is_under_way(self) -> bool:
        if Offer.objects.filter(account=self.account, needs_plan=True).exists() and self.account.offers_listed_at:
            return self.is_stock_known()
        return Change.objects.filter(state__in=["intent", "unknown"]).exists()

    def is_stock_known(self) -> bool:
        return MirrorRead.objects.filter(unit=self.unit, agenda="stock", held_at=None).exists()

    def pass_time(self) -> None:
        """What waits for its time is due."""
        OfferCommand.objects.filter(next_poll_at__isnull=False).update(next_poll_at=F("created_at"))
        Change.objects.filter(state__in=["planned", "intent"]).update(next_at=F("planned_at"))
        Offer.objects.update(not_before=None)
        OfferCommand.objects.update(created_at=Now())

    def forget(self) -> None:
        """What was requested so far does not count."""
        self.began = len(self.site.seen)

    def requests(self) -> list[str]:
        """Method and path of what was sent lately."""
        return [f"{one.method} {one.path.partition('?')[0]}" for one in self.site.seen[self.began :]]

    def writes(self) -> list[str]:
        """Method and first words of the path of each write."""
        return ["/".join(one.split("/")[:3]) for one in self.requests() if one.split()[0] in WRITES]

    # --- what is seen -------------------------------------------------------------------------------------------------

    @property
    def account(self) -> Account:
        return Account.objects.get(pk=self.shop.market.account_id)

    def offer(self, offer_id: str) -> Offer:
        return Offer.objects.get(account=self.shop.market.account_id, offer_id=offer_id)

    def stands(self, offer_id: str) -> tuple[str, str]:
        one = self.offer(offer_id)
        return one.state, one.code

    def changes(self, offer_id: str) -> list[tuple[str, str]]:
        """Kind and state of the offer's changes, oldest first."""
        rows = Change.objects.filter(subject_id=self.offer(offer_id).pk).order_by("revision", "kind")
        return list(rows.values_list("kind", "state"))

    def state(self) -> tuple[str, str]:
        row = DirectionState.objects.get(instance=self.instance, direction="offers")
        return row.state, row.code

    def due_in_s(self) -> float:
        return (Due.objects.get(kind=ACCOUNT, resource_id=self.account.pk).due_at - now()).total_seconds()


def offer(offer_id: str, code: str = "", **more: Any) -> dict[str, Any]:
    """An offer of the sandbox: five pieces at 249 Kč, as the usual card has it."""
    known = {"id": offer_id, "name": f"Zboží {offer_id}", "external": code or f"KOD{offer_id}", "stock": 5}
    return {**known, "prices": {"allegro-cz": "249.00"}, **more}
