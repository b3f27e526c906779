"""Whether rules that a program sends can be used. Raises Problem("invalid") with each rule that cannot."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from django.utils.translation import gettext as _

from allegro_integration.api.rule_shapes import OfferRules, PriceRules
from allegro_integration.domain.invoice_settings import InvoiceSettings, check_kinds
from allegro_integration.domain.invoices import INVOICE_CATALOGUE
from allegro_integration.domain.offer_filter import OFFER_CATALOGUE, OUTCOMES
from allegro_integration.domain.order_facts import FIELD, ORDER_CATALOGUE, with_fields
from allegro_integration.domain.status_settings import StatusSettings
from allegro_integration.domain.statuses import WRITABLE
from allegro_integration.explain_words import in_words
from connectify.api.problems import FieldProblem, Problem, invalid
from connectify.dashboard.explanations import explain
from connectify.domain.facts import Catalogue, check_rules
from connectify.domain.price_steps import FromLevel
from connectify.domain.rules import Rule

_NO_OUTCOME: Final = "report"


def statuses(settings: StatusSettings) -> None:
    _check(settings.rules, ORDER_CATALOGUE, WRITABLE, "rules")


def offers(settings: OfferRules) -> None:
    _check(settings.include, OFFER_CATALOGUE, OUTCOMES, "include")


def prices(settings: PriceRules) -> None:
    steps = settings.price_steps
    if steps and not isinstance(steps[0], FromLevel):
        raise invalid("price_steps[0]", "price_without_source", _("The first step says where the price comes from."))
    if any(isinstance(step, FromLevel) for step in steps[1:]):
        raise invalid("price_steps", "price_two_sources", _("Only the first step says where the price comes from."))


def invoices(settings: InvoiceSettings, *, kept: Collection[str] = ()) -> None:
    """`kept`: kinds of documents that are stored."""
    for problem in check_kinds(settings.kinds, kept=kept):
        raise invalid("kinds", problem.code, explain(problem.code, problem.params).title)
    for number, report in enumerate(settings.reports):
        if not 0 < report.report_id < 2**31:
            raise invalid(f"reports[{number}].report_id", "invalid", _("A report's number is positive."))
    rules = [Rule(report.name, report.conditions, _NO_OUTCOME) for report in settings.reports]
    _check(rules, INVOICE_CATALOGUE, frozenset({_NO_OUTCOME}), "reports")


def _check(rules: Sequence[Rule], catalogue: Catalogue, outcomes: frozenset[str], field: str) -> None:
    fields = {one.fact.removeprefix(FIELD) for rule in rules for one in rule.conditions if one.fact.startswith(FIELD)}
    whole = with_fields(catalogue, sorted(fields))
    found = []
    for number, rule in enumerate(rules):
        for problem in check_rules([rule], whole, outcomes=outcomes):
            said = explain(problem.code, in_words(problem.params)).title
            found.append(FieldProblem(f"{field}[{number}]", problem.code, said))
    _refuse(found)


def _refuse(found: Iterable[FieldProblem]) -> None:
    if found := list(found):
        raise Problem("invalid", errors=found)
