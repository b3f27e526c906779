"""A seller for benches: the Allegro sandbox in a process of its own, an account that is linked to it, and its shelf."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx
from django.conf import settings

from allegro_integration.client.messages import Me
from allegro_integration.client.oauth import code_challenge
from allegro_integration.connections import CUSTOM, oauth_client, shared_http
from allegro_integration.domain.values import Reference
from allegro_integration.models import Account, Market
from allegro_integration.sandbox.settings import Settings
from allegro_integration.services.accounts import link_account
from connectify.clock import now
from connectify.environment import BASE_DIR
from connectify.instances.services import arm, create_instance
from connectify.sealing.keys import make_key
from pohoda_bridge.server.models import Unit
from tests.bench.exports import Stock, card

ACCOUNT: Final = "allegro.account"
SELLER: Final = "4404"
MARKETPLACE: Final = "allegro-cz"
CALLBACK: Final = "http://127.0.0.1:8000/allegro/callback"
VERIFIER: Final = "a verifier of a bench, which is of no use to anybody else"
_OFFERS: Final = {
    "stores": ["ZBOZI"],
    "price_steps": [{"step": "from_level", "level": "Allegro"}, {"step": "round_to", "to": "1", "mode": "nearest"}],
}


class Shelf(Stock):
    """Stock whose counts and selling prices are set card by card."""

    def __init__(self, size: int) -> None:
        self.counts = {number: number % 40 + 5 for number in range(1, size + 1)}
        self.selling = {number: 500 + number % 50 * 25 for number in range(1, size + 1)}
        super().__init__(size)

    def _body(self, start: int, every: int = 0) -> str:
        numbers = range(start, min(start + self._page, self.size + 1))
        return "".join(card(number, self.counts[number], self.selling[number]) for number in numbers)

    def export_anew(self) -> None:
        """What the next export shows is what the cards hold now."""
        self.pages = [self._body(start) for start in range(1, self.size + 1, self._page)]

    def quantity(self, number: int) -> int:
        """What may be offered of the card: its count without what is reserved."""
        return max(0, self.counts[number] - number % 2)

    def price(self, number: int) -> Decimal:
        """The card's price at the level of Allegro, which is a whole number here."""
        return Decimal(self.selling[number]) * 104 / 100

    def offers(self) -> list[dict[str, Any]]:
        """The offers that show just this; what is sold out is ended by that."""
        return [
            {
                "id": str(10_000_000_000 + number), "name": f"Zboží {number}", "external": f"SKL-{number:06d}",
                "stock": self.quantity(number), "prices": {MARKETPLACE: f"{self.price(number):.2f}"},
                **({} if self.quantity(number) else {"status": "ENDED", "ended_by": "EMPTY_STOCK"}),
            }
            for number in range(1, self.size + 1)
        ]  # fmt: skip


class AllegroProcess:
    """The sandbox's control, and what it was asked."""

    def __init__(self, url: str, ledger: Path) -> None:
        self.url: Final = url
        self._ledger: Final = ledger
        self._read = 0

    def control(self, method: str, path: str, body: Any = None) -> Any:
        answer = httpx.request(method, f"{self.url}/_sandbox/{path}", json=body, timeout=60, trust_env=False)
        answer.raise_for_status()
        return answer.json()

    def asked(self) -> list[tuple[str, str]]:
        """Method and path of each request since the last look."""
        with self._ledger.open("rb") as lines:
            lines.seek(self._read)
            found = [json.loads(line) for line in lines]
            self._read = lines.tell()
        return [(one["method"], one["path"]) for one in found]


@contextmanager
def allegro_process(folder: Path) -> Iterator[AllegroProcess]:
    """The sandbox, and this process's settings pointed at it."""
    chosen = Settings(folder / "ledger", folder / "state.sqlite3")
    argv = [sys.executable, "-m", "allegro_integration.sandbox", "--no-default-seller", "--command-delay", "1"]
    argv += ["--ledger-dir", str(chosen.ledger_dir), "--state", str(chosen.state)]
    with subprocess.Popen(argv, cwd=BASE_DIR, env=dict(os.environ), stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            ready, _, url = process.stdout.readline().strip().partition(" ")
            assert ready == "READY", ready
            settings.ALLEGRO_CUSTOM_API_URL = settings.ALLEGRO_CUSTOM_AUTH_URL = url
            settings.ALLEGRO_CLIENT_ID, settings.ALLEGRO_CLIENT_SECRET = chosen.client_id, chosen.client_secret
            settings.SEALING_KEY_DIR = folder / "sealing"
            make_key()
            yield AllegroProcess(url, chosen.ledger_dir / "allegro.jsonl")
        finally:
            shared_http().close()
            shared_http.cache_clear()
            process.terminate()


def armed_account(allegro: AllegroProcess, unit: Unit) -> Account:
    """A seller who has signed in, whose offers follow the unit's stock. In the tenant's scope."""
    allegro.control("PUT", f"sellers/{SELLER}", {"login": "bench", "offers": []})
    asked = {
        "seller": SELLER, "client_id": settings.ALLEGRO_CLIENT_ID, "redirect_uri": CALLBACK,
        "code_challenge": code_challenge(VERIFIER), "code_challenge_method": "S256",
    }  # fmt: skip
    code = allegro.control("POST", "consent", asked)["code"]
    pair = oauth_client(CUSTOM).exchange_code(code=code, verifier=VERIFIER, redirect_uri=CALLBACK)
    me = Me(id=SELLER, login="bench", base_marketplace=Reference(MARKETPLACE))
    account = link_account(environment=CUSTOM, me=me, pair=pair, received_at=now())
    instance = create_instance(
        name="bench", source=account.connection, target=unit.connection, settings={"offers": _OFFERS}
    )
    Market.objects.create(
        instance=instance, account=account, unit=unit, marketplace=MARKETPLACE, role=Market.Role.PRIMARY
    )
    arm(instance=instance, direction="offers", actor=None)
    return account
