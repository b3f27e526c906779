"""A company whose settings are looked at and changed through the pages, by people of each role."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from allegro_integration.models import Market, Order
from allegro_integration.pipelines.orders import _replan
from connectify.audit.models import AuditEntry
from connectify.instances.models import Instance
from connectify.sync import due
from connectify.sync.leases import take
from connectify.tenants.models import Role
from connectify.tenants.services import add_member
from connectify.users.models import User
from pohoda_bridge.server.mirror.models import OrderState, StockCard
from tests.allegro_domain.forms import FORM_ID
from tests.allegro_services.shop import Shop
from tests.allegro_services.way_back import ACCOUNT, BEGAN, DAY
from tests.factories import UserFactory

PASSING = ("SAVEPOINT", "RELEASE", "SELECT set_config('app.tenant', '', true)")
ORDER: dict[str, Any] = {"fingerprint": b"x" * 16, "began_at": BEGAN, "date": DAY}


class FlowShop(Shop):
    """`page` is the URL name of the tab that the test is about."""

    def __init__(self, page: str = "") -> None:
        super().__init__()
        self.page = page
        self.people: dict[str, Client] = {}

    # --- people -----------------------------------------------------------------------------------------------------

    def browser(self, role: str = Role.OWNER, language: str = "en") -> Client:
        """A signed-in person of this role, reading English."""
        if role not in self.people:
            user: User = UserFactory()
            with self.inside():
                add_member(user=user, role=role)
            self.people[role] = Client(headers={"accept-language": language})
            self.people[role].force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return self.people[role]

    @property
    def url(self) -> str:
        return reverse(self.page, args=[self.market.instance_id])

    def get(self, role: str = Role.OWNER, query: str = "") -> HttpResponse:
        return self.browser(role).get(self.url + query)

    def post(self, data: dict[str, Any], role: str = Role.OWNER, **more: Any) -> HttpResponse:
        return self.browser(role).post(self.url, data, **more)

    def preview(self, data: dict[str, Any], role: str = Role.OWNER) -> HttpResponse:
        return self.post({**data, "step": "preview"}, role)

    def save(self, data: dict[str, Any], role: str = Role.OWNER) -> HttpResponse:
        """Both steps, as a person takes them; → the answer to the second."""
        seen = self.preview(data, role)
        return self.post(self.second(data, seen), role)

    @staticmethod
    def second(data: dict[str, Any], seen: HttpResponse) -> dict[str, Any]:
        """What the form posts when the effect is on the screen."""
        shown = {"shown": seen.context["shown"], "version": str(seen.context["settings_version"])}
        return {**data, **shown, "step": "save"}

    # --- what is stored ---------------------------------------------------------------------------------------------

    def instance(self) -> Instance:
        with self.inside():
            return Instance.objects.get(pk=self.market.instance_id)

    def settings(self, part: str) -> Any:
        return self.instance().settings.get(part)

    def configure(self, **settings: Any) -> None:
        """Settings by another hand; counts as a new version."""
        with self.inside():
            instance = Instance.objects.get(pk=self.market.instance_id)
            instance.settings = {**instance.settings, **settings}
            instance.settings_version += 1
            instance.save()

    def audited(self) -> list[str]:
        with self.inside():
            found = AuditEntry.objects.exclude(action="member.added").order_by("at", "id")
            return list(found.values_list("action", flat=True))

    # --- what is there ----------------------------------------------------------------------------------------------

    def card(self, store: str, code: str = "A-1", record_id: int = 1) -> None:
        facts = {"fingerprint": b"x" * 16, "began_at": BEGAN, "name": code}
        with self.inside():
            StockCard.objects.create(unit=self.market.unit, record_id=record_id, store=store, code=code, **facts)

    def in_pohoda(self, record_id: int = 1, order: Order | None = None, **facts: Any) -> OrderState:
        """An order of the unit as the mirror knows it; `order` is ours."""
        own = {"ext_system": self.market.account.ext_system, "ext_ids": order.number} if order else {}
        with self.inside():
            common = {"unit": self.market.unit, "record_id": record_id, "number": f"26OP{record_id}", **ORDER}
            return OrderState.objects.create(**{**common, **own, **facts})

    def sent(self, form_id: str = FORM_ID, number: str = "26OP00007", **more: Any) -> Order:
        """An order that Pohoda has."""
        with self.inside():
            self.receive(id=form_id, **more)
            Order.objects.filter(number=form_id).update(state="sent", code="", pohoda_number=number)
            order: Order = Order.objects.select_related("form").get(number=form_id)
            Order.objects.filter(pk=order.pk).update(pohoda_total=order.total)
            return Order.objects.get(pk=order.pk)

    def plan_again(self) -> int:
        """What the account's next turn does with orders that wait. → how many it planned. Inside the scope."""
        due.schedule(kind=ACCOUNT, resource_id=self.market.account_id, interval_s=300)
        lease = take(ACCOUNT, self.market.account_id)
        assert lease is not None
        return _replan(lease, self.market.account)

    def everything(self) -> list[Any]:
        with self.inside():
            return [*super().everything(), list(Instance.objects.order_by("pk").values()), self.audited()]

    def fresh_market(self) -> Market:
        return Market.objects.select_related("instance", "account", "unit").get(pk=self.market.pk)


def text_of(answer: HttpResponse) -> str:
    return answer.content.decode()


def shows(answer: HttpResponse, text: str) -> bool:
    """Whether the page has this text, as HTML writes it."""
    return text in text_of(answer) or str(escape(text)) in text_of(answer)


def effect_rows(answer: HttpResponse) -> list[tuple[str, str, str]]:
    return [(row.label, row.before, row.after) for row in answer.context["effect"].rows]


def effect_counts(answer: HttpResponse) -> dict[str, int]:
    return {str(one.label): one.count for one in answer.context["effect"].counts}


def queries_of(captured: Iterable[dict[str, str]]) -> int:
    """Without the savepoints that stand for a request's transactions in tests, and what a transaction's end does."""
    return sum(not one["sql"].startswith(PASSING) for one in captured)
