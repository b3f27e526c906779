"""A process that dies at any named point of a refresh leaves a pair that the next one gets without a sign-in."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from allegro_integration.client.oauth import OAuthClient, TokenPair
from connectify.domain.crashpoints import TOKEN
from tests.allegro_client.conftest import Allegro

ROTATED = {"P6.s04.rotated", "P6.s05.answered", "P6.s06.committed", "P6.s07.unlocked"}
WORKER = """
import datetime as dt, json, sys
from allegro_integration.client.environments import custom_environment
from allegro_integration.client.http import AllegroHttp
from allegro_integration.client.oauth import OAuthClient, TokenPair
from allegro_integration.client.vault import TokenVault
from tests.allegro_client.stores import MemoryStore

order = json.load(sys.stdin)
url = order["url"]
now = dt.datetime.now(dt.UTC)
with AllegroHttp(user_agent="Connectify/0.1.0 (+https://connectify.example/allegro)") as http:
    environment = custom_environment(name="test", api=url, auth=url, upload=url)
    oauth = OAuthClient(http, environment, client_id=order["client_id"], client_secret=order["client_secret"])
    store = MemoryStore(TokenPair("a", order["refresh"], 1, ""), now - dt.timedelta(hours=1))
    vault = TokenVault(store, oauth.refresh, environment="test", seller_id="x")
    print(vault.access())
"""


@pytest.mark.parametrize("point", TOKEN)
def test_a_process_killed_at_a_point_costs_no_sign_in(
    allegro: Allegro, oauth: OAuthClient, pair: TokenPair, tmp_path: Path, point: str
) -> None:
    armed = point
    if point == "P6.s04.rotated":
        gate = tmp_path / "rotated"
        allegro.fault("gate_after_rotate", times=1, params={"path": str(gate)})
        armed = f"{point}@{gate}"
    order = {
        "url": allegro.server.url,
        "client_id": allegro.settings.client_id,
        "client_secret": allegro.settings.client_secret,
        "refresh": pair.refresh,
    }
    (tmp_path / "armed").write_text(armed)
    ended = subprocess.run(
        [sys.executable, "-c", WORKER],
        input=json.dumps(order),
        text=True,
        capture_output=True,
        timeout=60,
        env={**os.environ, "CONNECTIFY_CRASH_DIR": str(tmp_path)},
        check=False,
    )
    assert ended.returncode == 137, ended.stderr
    assert (tmp_path / point).exists()
    if point != "P6.s03.sent":  # whether those bytes were still heard is a race
        assert len(allegro.effects("token.rotated")) == (point in ROTATED)
    assert oauth.refresh(pair.refresh).refresh != pair.refresh
