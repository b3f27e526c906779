"""`python -m allegro_integration.sandbox`: serve the sandbox in the foreground."""

import argparse
from pathlib import Path

from allegro_integration.sandbox.app import build_app
from allegro_integration.sandbox.settings import Settings
from connectify.sandbox.serve import run_app

OFFER_OPTIONS = ("goods", "command_delay_s", "scan_delay_s", "operation_delay_s", "patch_202", "campaign_base")


def parse(arguments: list[str] | None = None) -> tuple[Settings, str, int]:
    """Settings, host and port from the command line."""
    parser = argparse.ArgumentParser(prog="allegro_integration.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; the READY line says which")
    parser.add_argument("--ledger-dir", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True, help="SQLite file, made when it is missing")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--purchases-every", type=float, default=0.0, metavar="SECONDS", help="0 switches them off")
    parser.add_argument("--client-id", default=Settings.client_id)
    parser.add_argument("--client-secret", default="connectify-sandbox-secret")
    parser.add_argument(
        "--redirect-uri", action="append", default=[], help="registered for the client; may be repeated"
    )
    parser.add_argument("--access-lifetime", type=int, default=Settings.access_lifetime, metavar="SECONDS")
    parser.add_argument(
        "--refresh-grace", type=int, default=Settings.refresh_grace, metavar="SECONDS", help="0: strict"
    )
    parser.add_argument("--user-agent", choices=("refuse", "count"), default=Settings.user_agent)
    parser.add_argument("--event-ids", choices=("number", "uuid"), default=Settings.event_ids)
    _offer_options(parser)
    parser.add_argument("--no-default-seller", action="store_true")
    given = parser.parse_args(arguments)
    settings = Settings(
        ledger_dir=given.ledger_dir,
        state=given.state,
        seed=given.seed,
        client_id=given.client_id,
        client_secret=given.client_secret,
        redirect_uris=tuple(given.redirect_uri),
        access_lifetime=given.access_lifetime,
        refresh_grace=given.refresh_grace,
        user_agent=given.user_agent,
        event_ids=given.event_ids,
        purchases_every=given.purchases_every,
        default_seller=not given.no_default_seller,
        **{name: getattr(given, name) for name in OFFER_OPTIONS},
    )
    return settings, given.host, given.port


def _offer_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--goods", type=int, help="offers of a new seller: so many goods of the catalogue")
    for name in ("command-delay", "scan-delay", "operation-delay"):
        parser.add_argument(f"--{name}", type=float, dest=f"{name}_s".replace("-", "_"), default=0.0, metavar="SECONDS")
    parser.add_argument("--patch-202", type=float, default=0.0, metavar="CHANCE", help="edits that are only accepted")
    parser.add_argument("--campaign-base", choices=("set", "old"), default=Settings.campaign_base)


if __name__ == "__main__":
    chosen, host, port = parse()
    run_app(build_app(chosen), host, port)
