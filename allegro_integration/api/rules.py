"""Rules and settings of an instance: read with their version, changed with it, and what a change would do."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Final, Generic, TypeVar

import msgspec
from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from allegro_integration.api import rule_checks
from allegro_integration.api.effects import EffectAnswer, effect_of
from allegro_integration.api.mappings import find_market
from allegro_integration.api.rule_shapes import INVOICES, OFFERS, PRICES, STATUSES, OfferRules, PriceRules
from allegro_integration.domain.invoice_settings import InvoiceSettings
from allegro_integration.domain.status_settings import StatusSettings
from allegro_integration.models import Market
from allegro_integration.services.instance_settings import save_part
from allegro_integration.services.offers.scope import may_carry
from connectify.api.endpoint import ApiView, json_answer
from connectify.api.operations import operation
from connectify.api.problems import Problem, invalid

T = TypeVar("T")


class Versioned(msgspec.Struct, Generic[T], frozen=True):
    """`version` counts all settings of the instance; it is the ETag as well."""

    version: int
    content: T


class Saved(msgspec.Struct, Generic[T], frozen=True):
    """`effect` is what a dry run would do; `saved` says whether the content is in force."""

    version: int
    saved: bool
    content: T
    effect: EffectAnswer | None = None


class RuleQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dry_run: Annotated[bool, msgspec.Meta(description="true: show what it would do and save nothing.")] = False


DESCRIPTION: Final = (
    "If-Match names the version that was read; when the settings moved on, 412. With `dry_run=true` nothing is saved "
    "and the answer tells what would happen."
)


class RuleView(ApiView):
    """One part of the settings. `part` is where it is stored, `shape` what of it stands at this address."""

    part: ClassVar[str]
    shape: ClassVar[Any]
    check: ClassVar[Callable[[Any], None]]

    def read(self, instance_id: uuid.UUID) -> HttpResponse:
        market = find_market(instance_id)
        version = market.instance.settings_version
        return json_answer(Versioned(version, self.stored(market)), headers={"ETag": f'"{version}"'})

    def write(self, request: Request, instance_id: uuid.UUID, query: RuleQuery, body: Any) -> HttpResponse:
        market = find_market(instance_id, lock=not query.dry_run)
        is_same = self.is_stored(market, body)
        if is_same and not query.dry_run:
            _wanted_version(request.headers.get("If-Match"), market)
            return self._saved(market.instance.settings_version, body, saved=True)
        if not is_same:
            self.refuse(market, body)
        content = self.content(market, body)
        if query.dry_run:
            effect = effect_of(self.part, market, content, prices=self.shape is PriceRules)
            return self._saved(market.instance.settings_version, body, saved=False, effect=effect)
        version = _wanted_version(request.headers.get("If-Match"), market)
        saved = save_part(market=market, part=self.part, content=content, actor=self.caller.actor, read_version=version)
        return self._saved(saved.settings_version, body, saved=True)

    def stored(self, market: Market) -> Any:
        """Raises Problem("settings_unreadable") when what was stored does not parse any more."""
        try:
            return msgspec.convert(market.instance.settings.get(self.part, {}), type=self.shape, strict=False)
        except msgspec.ValidationError as error:
            raise Problem("settings_unreadable", kind="conflict") from error

    def is_stored(self, market: Market, body: Any) -> bool:
        """What is stored can be sent back, also what could not be chosen any more: it changes nothing. Defaults that
        are read where nothing is stored are saved as any other, or refused.
        """
        return self.part in market.instance.settings and bool(self.readable(market) == body)

    def readable(self, market: Market) -> Any:
        """What GET answers; None when it answers with a problem."""
        try:
            return self.stored(market)
        except Problem:
            return None

    def refuse(self, market: Market, body: Any) -> None:
        """Raises Problem("invalid") for what cannot be used."""
        type(self).check(body)

    def content(self, market: Market, body: Any) -> dict[str, Any]:
        """The whole part as it is stored: what does not stand at this address stays as it is."""
        before = market.instance.settings.get(self.part)
        if self.part == "offers" and before is None:
            text = _("The instance does no offer work yet: set its offers up first.")
            raise Problem("offers_not_set_up", text, kind="conflict")
        return {**(before or {}), **msgspec.to_builtins(body)}

    @staticmethod
    def _saved(version: int, body: Any, *, saved: bool, effect: EffectAnswer | None = None) -> HttpResponse:
        return json_answer(Saved(version, saved, body, effect), headers={"ETag": f'"{version}"'})


def _wanted_version(header: str | None, market: Market) -> int | None:
    """None: whatever it is (`*`). Raises Problem: "version_missing", "version_differs", "invalid"."""
    if header is None:
        raise Problem("version_missing")
    if header.strip() == "*":
        return None
    found = re.fullmatch(r'\s*(?:W/)?"?(\d{1,9})"?\s*', header, re.ASCII)
    if found is None:
        raise invalid("If-Match", "invalid", _("Send the ETag that came with the settings."))
    version = int(found[1])
    if version != market.instance.settings_version:
        detail = _("They are at version %(version)s now.") % {"version": market.instance.settings_version}
        raise Problem("version_differs", detail)
    return version


def _reading(shape: Any, summary: str, example: Any) -> dict[str, Any]:
    return {
        "tag": "Rules",
        "summary": summary,
        "description": "With the version that a change has to name.",
        "answer": Versioned[shape],
        "example": {"version": 4, "content": example},
        "headers": ("ETag",),
        "problems": ("conflict",),
    }


def _writing(shape: Any, summary: str, example: Any) -> dict[str, Any]:
    return {
        "tag": "Rules",
        "summary": summary,
        "description": DESCRIPTION,
        "query": RuleQuery,
        "body": shape,
        "body_example": example,
        "answer": Saved[shape],
        "example": {"version": 5, "saved": True, "content": example, "effect": None},
        "headers": ("ETag",),
        "versioned": True,
    }


class StatusRules(RuleView):
    part, shape, check = "statuses", StatusSettings, staticmethod(rule_checks.statuses)

    @operation("settings:read", **_reading(StatusSettings, "Rules of order states", STATUSES))
    def get(self, request: Request, instance_id: uuid.UUID) -> HttpResponse:
        return self.read(instance_id)

    @operation("settings:write", **_writing(StatusSettings, "Change the rules of order states", STATUSES))
    def put(self, request: Request, instance_id: uuid.UUID, query: RuleQuery, body: StatusSettings) -> HttpResponse:
        return self.write(request, instance_id, query, body)


class InvoiceRules(RuleView):
    part, shape, check = "invoices", InvoiceSettings, staticmethod(rule_checks.invoices)

    @operation("settings:read", **_reading(InvoiceSettings, "Print reports of invoices", INVOICES))
    def get(self, request: Request, instance_id: uuid.UUID) -> HttpResponse:
        return self.read(instance_id)

    @operation("settings:write", **_writing(InvoiceSettings, "Change the print reports of invoices", INVOICES))
    def put(self, request: Request, instance_id: uuid.UUID, query: RuleQuery, body: InvoiceSettings) -> HttpResponse:
        return self.write(request, instance_id, query, body)

    def refuse(self, market: Market, body: Any) -> None:
        """A kind that is stored may stay, so that the rest can be changed."""
        before = self.readable(market)
        rule_checks.invoices(body, kept=before.kinds if before else ())


class OfferFilterRules(RuleView):
    part, shape, check = "offers", OfferRules, staticmethod(rule_checks.offers)

    @operation("settings:read", **_reading(OfferRules, "Which offers take part", OFFERS))
    def get(self, request: Request, instance_id: uuid.UUID) -> HttpResponse:
        return self.read(instance_id)

    @operation("settings:write", **_writing(OfferRules, "Change which offers take part", OFFERS))
    def put(self, request: Request, instance_id: uuid.UUID, query: RuleQuery, body: OfferRules) -> HttpResponse:
        return self.write(request, instance_id, query, body)

    def content(self, market: Market, body: Any) -> dict[str, Any]:
        """Raises Problem("offers_carried_elsewhere"): such an instance brings its price alone."""
        if not may_carry(market):
            text = _("Another instance of the account carries the offers; this one sets its prices.")
            raise Problem("offers_carried_elsewhere", text, kind="conflict")
        return super().content(market, body)


class PriceStepRules(RuleView):
    part, shape, check = "offers", PriceRules, staticmethod(rule_checks.prices)

    @operation("settings:read", **_reading(PriceRules, "Price steps", PRICES))
    def get(self, request: Request, instance_id: uuid.UUID) -> HttpResponse:
        return self.read(instance_id)

    @operation("settings:write", **_writing(PriceRules, "Change the price steps", PRICES))
    def put(self, request: Request, instance_id: uuid.UUID, query: RuleQuery, body: PriceRules) -> HttpResponse:
        return self.write(request, instance_id, query, body)
