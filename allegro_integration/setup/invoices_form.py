"""The form of invoices: print reports with their conditions, and when."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from allegro_integration.domain.invoice_settings import KINDS, InvoiceSettings, PrintReport
from allegro_integration.domain.invoices import INVOICE_CATALOGUE
from allegro_integration.domain.marketplaces import MARKETPLACES
from allegro_integration.domain.order_facts import FIELD, with_fields
from allegro_integration.models import Market
from allegro_integration.services.seen import seen_in_invoices, seen_in_orders
from allegro_integration.setup.flow_pages import Invalid
from allegro_integration.setup.statuses_form import label_of_fact
from connectify.dashboard.rule_forms import RuleRows, RulesInvalid
from connectify.dashboard.rule_words import RuleTexts
from connectify.domain.rules import Rule

TEXTS: Final = RuleTexts(
    order=gettext_lazy(
        "The reports are tried from the top. The first one whose conditions all hold prints the invoice; those below it"
        " are not looked at any more. Put the one without conditions last."
    ),
    name=gettext_lazy("Name of the report"),
    outcome=gettext_lazy("Number of the report in Pohoda"),
    add=gettext_lazy("Add a report"),
    remove=gettext_lazy("Remove the report"),
    always=gettext_lazy("No condition: it prints every invoice that comes this far."),
    nothing=gettext_lazy("There is no report yet, so no invoice is printed. Add the one that you print invoices with."),
)


class InvoicesDraft:
    """One form, stored or posted."""

    def __init__(self, market: Market, post: QueryDict | None = None) -> None:
        self.stored = _readable(market)
        words = _words(market, self.stored)
        if post is None:
            rules = [Rule(one.name, one.conditions, str(one.report_id)) for one in self.stored.reports]
            self.rules = RuleRows.of(rules, **words)
            self.only_paid = self.stored.only_paid
        else:
            self.rules = RuleRows.from_post(post, **words)
            self.only_paid = "only_paid" in post

    def apply_edit(self, edit: str) -> bool:
        return self.rules.apply_edit(edit)

    def content(self) -> dict[str, Any]:
        """The settings to store: nobody chooses kinds while those that are read are one. Raises Invalid."""
        try:
            reports = _as_stored(self.rules.rules())
        except RulesInvalid:
            raise Invalid from None
        return {"reports": reports, "kinds": list(KINDS), "only_paid": self.only_paid}

    def context(self) -> dict[str, Any]:
        return {"draft": self, "rules": self.rules}


def _as_stored(rules: tuple[Rule, ...]) -> list[dict[str, Any]]:
    reports = [PrintReport(rule.name, int(rule.outcome), rule.conditions) for rule in rules]
    stored: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(reports))
    return stored


def _readable(market: Market) -> InvoiceSettings:
    """The stored settings, or the defaults where they do not parse any more."""
    try:
        return msgspec.convert(market.instance.settings.get("invoices", {}), type=InvoiceSettings, strict=False)
    except msgspec.ValidationError:
        return InvoiceSettings()


def _words(market: Market, stored: InvoiceSettings) -> dict[str, Any]:
    seen, orders = seen_in_invoices(market.unit), seen_in_orders(market.unit)
    facts = [one.fact for report in stored.reports for one in report.conditions]
    used = [fact.removeprefix(FIELD) for fact in facts if fact.startswith(FIELD)]
    return {
        "catalogue": with_fields(INVOICE_CATALOGUE, dict.fromkeys([*seen.fields, *used])),
        "outcomes": (),
        "label_of_fact": label_of_fact,
        "suggestions": {
            "invoice_kind": seen.kinds,
            "currency": seen.currencies,
            "marketplace": tuple(MARKETPLACES),
            "carrier": orders.carriers,
            "payment_type": orders.payment_types,
            "labels": orders.labels,
        },
        "texts": TEXTS,
    }
