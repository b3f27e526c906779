"""The fixed scenario, played once: its ledgers hold nothing but what the official files allow, and no secret."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import redis

from allegro_integration.demo import scenario
from allegro_integration.demo.world import CLIENT_SECRET, ICO, MSERVER_PASSWORD, SELLER, World
from tests.directories import run_directory
from tests.flows.acts import act
from tests.flows.ledgers import read_applied
from tests.flows.platform import Platform
from tests.flows.readings import read_readings
from tests.flows.shop import Shop

pytestmark = [pytest.mark.processes, pytest.mark.timeout(420)]
Entry = dict[str, Any]
DECLARED = re.compile(rb"""^<\?xml[^>]*encoding=["']([\w-]+)["']""")
# What the scenario does to an answer of Pohoda on purpose.
CUT = ("truncated", "list_cut", "list_without_end")
GOODS = 90
WRITES = {
    r"PUT /order/checkout-forms/[\w-]+/fulfillment",
    r"POST /order/checkout-forms/[\w-]+/shipments",
    r"POST /order/checkout-forms/[\w-]+/invoices",
    r"PUT /order/checkout-forms/[\w-]+/invoices/[\w-]+/file",
    r"PATCH /sale/product-offers/\d+",
    r"PUT /sale/offer-quantity-change-commands/[\w-]+",
    r"PUT /sale/offer-price-change-commands/[\w-]+",
}
ASKED = ("lStk:listStockRequest", "lst:listOrderRequest", "lst:listInvoiceRequest", "prn:print", "ord:order ")


@pytest.fixture(scope="module")
def played() -> Iterator[World]:
    """The world after the scenario, both sides quiet."""
    with run_directory() as run_dir, Shop(run_dir, goods=GOODS, ALLEGRO_SWEEP_S="5").world as world:
        world.start()
        world.control("allegro", "POST", "tokens/expire", {"seller": SELLER})
        rows, flows = scenario.play(world)
        assert [row for row in rows if row.problems] == []
        assert [flow for flow in flows if flow.problems] == []
        yield world


def entries(world: World, name: str) -> list[Entry]:
    lines = (world.ledger_dir / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def as_sent(text: str) -> bytes:
    """The ledger keeps text; its bytes were those of the encoding that the document declares."""
    declared = DECLARED.match(text[:200].encode("ascii", "replace"))
    return text.encode(declared.group(1).decode() if declared else "utf-8")


def test_each_data_pack_is_valid_and_reaches_the_right_unit(played: World, reference_dir: Path) -> None:
    from tests.xsd import pack_violations

    packs = [as_sent(entry["request_body"]) for entry in entries(played, "pohoda") if entry["path"] == "/xml"]
    imports = [pack for pack in packs if b"ord:orderHeader" in pack]
    assert len(imports) >= 40
    assert [problem for pack in packs for problem in pack_violations(pack)] == []
    assert {re.search(rb' ico="(\d+)"', pack).group(1).decode() for pack in packs} == {ICO}  # type: ignore[union-attr]


def test_each_answer_of_pohoda_is_valid_but_the_ones_spoilt_on_purpose(played: World, reference_dir: Path) -> None:
    from tests.xsd import pack_violations

    fired = Counter(played.control("pohoda", "GET", "counters")["faults_fired"])
    answered = [entry for entry in entries(played, "pohoda") if entry["path"] == "/xml" and entry["response_body"]]
    bad: Counter[str] = Counter()
    for entry in answered:
        headers = {name.lower(): value for name, value in entry["response_headers"].items()}
        if "html" in headers["content-type"]:
            bad["html_200"] += 1
        elif problems := pack_violations(as_sent(entry["response_body"])):
            assert problems[0].startswith("not well-formed"), problems
            bad["cut"] += 1
    assert len(answered) >= 80
    # One request may be struck by several faults, of which one shows.
    assert sum(bad.values()) >= 1
    assert not bad - (fired + Counter(cut=sum(fired[name] for name in CUT)))


def test_each_exchange_with_allegro_fits_the_official_file(played: World, reference_dir: Path) -> None:
    from tests.openapi import violations

    exchanges = [entry for entry in entries(played, "allegro") if not entry["path"].startswith("/auth/")]
    assert len(exchanges) >= 100
    assert {"PUT", "GET", "POST", "PATCH"} == {entry["method"] for entry in exchanges}
    assert [problem for entry in exchanges for problem in violations(entry)] == []


def test_the_whole_way_back_is_in_the_exchanges(played: World) -> None:
    """So that the two tests of all exchanges have seen each kind of request."""
    written = {f"{one['method']} {one['path']}" for one in entries(played, "allegro") if one["method"] != "GET"}
    kinds = {pattern for pattern in WRITES for one in written if re.fullmatch(pattern, one)}
    assert kinds == WRITES
    bodies = [one["request_body"] for one in entries(played, "pohoda") if one["path"] == "/xml"]
    assert [name for name in ASKED if not any(f"<{name}" in body for body in bodies)] == []


def test_no_effect_stands_twice_and_none_goes_beyond_what_pohoda_could_give(played: World) -> None:
    offers = played.control("allegro", "GET", f"sellers/{SELLER}/offers")["offers"]
    applied = read_applied(played.ledger_dir, GOODS, offers)
    assert len(applied.written_to_offers()) >= 100
    assert len(applied.of_kind("fulfillment.set")) >= 40
    assert len(applied.of_kind("invoice.file")) >= 10
    assert applied.doubled() == []
    assert applied.beyond_both_sides(read_readings(played.ledger_dir)) == []


def test_each_ready_order_is_in_pohoda_once_with_the_same_total(played: World) -> None:
    forms = played.ready_forms()
    orders = played.control("pohoda", "GET", "orders")["orders"]
    assert len(forms) >= 40
    assert Counter(order["extId"] for order in orders if order["extId"]) == Counter(dict.fromkeys(forms, 1))
    totals = {order["extId"]: (Decimal(order["total"]), order["currency"]) for order in orders}
    for form_id, form in forms.items():
        total = form["summary"]["totalToPay"]
        assert totals[form_id] == (Decimal(total["amount"]), total["currency"])
    assert {form["summary"]["totalToPay"]["currency"] for form in forms.values()} == {"CZK", "EUR"}


@pytest.fixture(scope="module")
def secrets(played: World) -> list[str]:
    """Every secret that this run knows: the pair as the platform holds it, passwords, keys."""
    tenant = Platform(played, played.facts["unit"]).tenant
    tokens = act(played, "reveal_tokens", tenant=str(tenant))
    keys = [path.read_text().strip() for path in sorted((played.run_dir / "keys" / "sealing").glob("*.key"))]
    found = [*tokens.values(), CLIENT_SECRET, played.facts["password"], *keys]
    assert len(found) >= 7
    assert all(len(secret) >= 12 for secret in found)
    return found


def test_no_secret_is_in_a_ledger_or_a_log(played: World, secrets: list[str]) -> None:
    login = b"mserver:" + MSERVER_PASSWORD.encode()
    files = [*played.ledger_dir.glob("*.jsonl"), *(played.run_dir / "log").glob("*.log")]
    assert len(files) >= 9
    assert sum(path.stat().st_size for path in files) > 100_000
    for path in files:
        content = path.read_bytes()
        assert [number for number, secret in enumerate(secrets) if secret.encode() in content] == [], path.name
        assert login not in content
        assert b"PRIVATE KEY" not in content


def test_no_secret_is_in_valkey(played: World, secrets: list[str]) -> None:
    with redis.Redis.from_url(played.environment["REDIS_URL"]) as client:
        seen = 0
        for key in client.scan_iter():
            dump = client.dump(key)
            if dump is None:
                continue
            seen += 1
            assert not [number for number, secret in enumerate(secrets) if secret.encode() in key + dump]
    assert seen >= 1


def test_files_with_secrets_are_for_their_owner_alone(played: World) -> None:
    private = [played.run_dir / "mserver-password", *(played.run_dir / "keys" / "sealing").glob("*.key")]
    private += [played.run_dir / "keys" / "jobs.key", *played.agent_home.rglob("*.key")]
    assert len(private) >= 4
    assert [oct(os.stat(path).st_mode & 0o077) for path in private] == ["0o0"] * len(private)
