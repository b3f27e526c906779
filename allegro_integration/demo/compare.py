"""What both sides hold after a run, side by side. Reads the sandboxes' own records only, never our database."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One Allegro order beside what Pohoda has of it. `problems` is empty when they agree."""

    form_id: str
    allegro: str
    pohoda: str
    number: str
    fulfilment: str
    problems: tuple[str, ...]


def compare_orders(forms: dict[str, dict[str, Any]], orders: list[dict[str, Any]]) -> list[Row]:
    """`forms`: READY_FOR_PROCESSING forms by id; `orders`: Pohoda's received orders (extId, total, currency)."""
    by_form: dict[str, list[dict[str, Any]]] = {}
    for order in orders:
        if order["extId"]:
            by_form.setdefault(order["extId"], []).append(order)
    rows = [_row(form_id, form, by_form.get(form_id, [])) for form_id, form in sorted(forms.items())]
    strangers = [order for form_id in by_form.keys() - forms.keys() for order in by_form[form_id]]
    rows += [
        Row(
            order["extId"],
            "—",
            _money(order["total"], order["currency"]),
            order["number"],
            "",
            ("not ready at Allegro",),
        )
        for order in strangers
    ]
    return rows


def _row(form_id: str, form: dict[str, Any], found: list[dict[str, Any]]) -> Row:
    total = form["summary"]["totalToPay"]
    status = (form.get("fulfillment") or {}).get("status") or ""
    problems = []
    if len(found) != 1:
        problems.append("missing in Pohoda" if not found else f"{len(found)} times in Pohoda")
    for order in found:
        if Decimal(order["total"]) != Decimal(total["amount"]) or order["currency"] != total["currency"]:
            problems.append("totals differ")
    if status in ("", "NEW"):
        problems.append("PROCESSING not set")
    return Row(
        form_id,
        _money(total["amount"], total["currency"]),
        " + ".join(_money(order["total"], order["currency"]) for order in found) or "—",
        " + ".join(order["number"] for order in found) or "—",
        status,
        tuple(problems),
    )


def table(rows: list[Row]) -> str:
    """The rows as text, problems first, with sums below."""
    lines = [f"{'Allegro order':<38}{'Allegro':>16}{'Pohoda':>16}  {'number':<12}{'status':<14}differs"]
    for row in sorted(rows, key=lambda row: (not row.problems, row.form_id)):
        lines.append(
            f"{row.form_id:<38}{row.allegro:>16}{row.pohoda:>16}  {row.number:<12}{row.fulfilment:<14}"
            f"{', '.join(row.problems) or '-'}"
        )
    problems = Counter(problem for row in rows for problem in row.problems)
    agreed = sum(1 for row in rows if not row.problems)
    lines.append(f"{len(rows)} orders, {agreed} agree" + "".join(f", {n} × {what}" for what, n in problems.items()))
    return "\n".join(lines)


def _money(amount: str, currency: str) -> str:
    return f"{Decimal(amount):.2f} {currency}"
