"""`python -m pohoda_bridge.sandbox`: serve a Pohoda unit over HTTP until stopped."""

import argparse
from pathlib import Path

from connectify.sandbox.serve import run_app
from pohoda_bridge.sandbox.amounts import ROUNDING
from pohoda_bridge.sandbox.app import build_app
from pohoda_bridge.sandbox.settings import Settings


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m pohoda_bridge.sandbox", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one; it is printed in the READY line")
    parser.add_argument("--ledger-dir", type=Path, required=True)
    parser.add_argument("--state", type=Path, required=True, help="SQLite file of the unit; seeded when new")
    parser.add_argument("--ico", default="12345678", help="of a new unit")
    parser.add_argument("--year", type=int, default=2026, help="of a new unit")
    parser.add_argument("--user", default="mserver")
    parser.add_argument("--password", default="heslo")
    parser.add_argument("--rounding", choices=sorted(ROUNDING), default="none", help="where a document names none")
    parser.add_argument("--extid-unique", action="store_true", help="refuse a second document with an external id")
    parser.add_argument("--goods", type=int, help="of a new unit: goods of the catalogue (default 42)")
    parser.add_argument(
        "--still-cards",
        action="store_true",
        help="movements of goods leave the card's time of change alone (which way Pohoda does it is not sure)",
    )
    parser.add_argument(
        "--life-every", type=float, default=0.0, help="seconds between two ticks of the unit's own life; 0: none"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the unit's own life")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    settings = Settings(
        state=arguments.state,
        ledger_dir=arguments.ledger_dir,
        ico=arguments.ico,
        year=arguments.year,
        user=arguments.user,
        password=arguments.password,
        rounding=arguments.rounding,
        extid_unique=arguments.extid_unique,
        seed=arguments.seed,
        goods=arguments.goods,
        movements_touch_cards=not arguments.still_cards,
        life_every=arguments.life_every,
    )
    run_app(build_app(settings), host=arguments.host, port=arguments.port)


if __name__ == "__main__":
    main()
