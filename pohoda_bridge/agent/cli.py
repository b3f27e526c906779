"""The command line: enroll, run, check, renew-journal."""

from __future__ import annotations

import argparse
import datetime as dt
import logging
import logging.handlers
import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from pohoda_bridge.agent import __version__, journal
from pohoda_bridge.agent.doctor import examine
from pohoda_bridge.agent.home import (
    LOG,
    Config,
    HomeError,
    adopt_pending_key,
    pending_key,
    prepare,
    save_config,
    save_password,
)
from pohoda_bridge.agent.loop import Ending
from pohoda_bridge.agent.messages import Language, text
from pohoda_bridge.agent.platform import Denied, Fenced, Platform, PlatformError, Rejected
from pohoda_bridge.agent.service import run_agent
from pohoda_bridge.documents import UnitPin
from pohoda_bridge.protocol import EnrolAnswer

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def main(arguments: Sequence[str] | None = None) -> int:
    """→ exit code: 0 done, 1 something is wrong and was said, 3 fenced."""
    options = _parser(_language(arguments)).parse_args(arguments)
    match options.command:
        case "enroll":
            return _enroll(options, options.lang)
        case "run":
            return _run(options.home, options.lang)
        case "check":
            return _check(options.home, options.lang)
        case _:
            return _renew(options.home, options.lang)


def _language(arguments: Sequence[str] | None) -> Language:
    """The language of the help, which argparse prints before anything else is parsed."""
    early = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    early.add_argument("--lang", default="cs")
    try:
        return "en" if early.parse_known_args(arguments)[0].lang == "en" else "cs"
    except argparse.ArgumentError:
        return "cs"


def _parser(language: Language = "cs") -> argparse.ArgumentParser:
    def said(name: str) -> str:
        return text(f"help.{name}", language)

    parser = argparse.ArgumentParser(prog="connectify-agent", description=text("help", language))
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--lang", choices=("cs", "en"), default="cs", help=said("lang"))
    commands = parser.add_subparsers(dest="command", required=True)
    enroll = commands.add_parser("enroll", help=said("enroll"))
    for name in ("server", "code", "mserver", "user", "ico", "database"):
        enroll.add_argument(f"--{name}", required=True, help=said(name))
    enroll.add_argument("--year", type=int, required=True, help=said("year"))
    enroll.add_argument("--password-file", type=Path, metavar="FILE", help=said("password_file"))
    enroll.add_argument("--key", default="", help=said("key"))
    enroll.add_argument("--print-dir", default="", metavar="DIR", help=said("print_dir"))
    enroll.add_argument("--write-deadline", type=float, default=60.0, metavar="S", help=said("write_deadline"))
    enroll.add_argument("--read-deadline", type=float, default=600.0, metavar="S", help=said("read_deadline"))
    run = commands.add_parser("run", help=said("run"))
    check = commands.add_parser("check", help=said("check"))
    renew = commands.add_parser("renew-journal", help=said("renew"))
    for command in (enroll, run, check, renew):
        command.add_argument("--home", type=Path, required=True, help=said("home"))
        # Accepted behind the command as well; absent there it must not undo the one before it.
        command.add_argument("--lang", choices=("cs", "en"), default=argparse.SUPPRESS, help=said("lang"))
    return parser


def _enroll(options: argparse.Namespace, language: Language) -> int:
    server, home = str(options.server).rstrip("/"), options.home
    address = urlsplit(server)
    if address.scheme != "https" and address.hostname not in _LOOPBACK:
        return _say(text("enrol.https", language))
    try:
        password = _password(options.password_file)
    except (OSError, UnicodeDecodeError) as error:
        return _say(text("enrol.password", language), str(error))
    if password is None:
        return _say(text("enrol.password", language))
    prepare(home)
    key = pending_key(home)
    platform = Platform(server, agent="", key=key)
    try:
        answer = platform.enrol(options.code, host=socket.gethostname(), public_key=key.public_key().public_bytes_raw())
    except Denied:
        return _say(text("enrol.denied", language))
    except (PlatformError, Fenced, Rejected) as error:
        return _say(text("enrol.failed", language, detail=str(error)))
    finally:
        platform.close()
    if answer.ico != options.ico:
        return _say(text("enrol.other_ico", language, ico=answer.ico, own=options.ico))
    try:
        _open_or_create_journal(home)
    except journal.JournalError as error:
        return _say(text("journal.bad", language), str(error))
    adopt_pending_key(home)
    save_password(home, password)
    _save_config(options, server, answer)
    print(text("enrolled", language, ico=answer.ico))
    return 0


def _save_config(options: argparse.Namespace, server: str, answer: EnrolAnswer) -> None:
    save_config(
        options.home,
        Config(
            server=server,
            agent=answer.agent,
            unit=answer.unit,
            platform_key=answer.platform_key,
            pin=UnitPin(options.ico, str(options.database).removesuffix(".mdb"), options.year, options.key),
            mserver=_ipv4(options.mserver),
            user=options.user,
            write_deadline_s=options.write_deadline,
            read_deadline_s=options.read_deadline,
            print_dir=options.print_dir,
        ),
    )


def _open_or_create_journal(home: Path) -> None:
    """A second enrolment keeps the journal: what was sent before stays known."""
    if (home / journal.FILE).exists():
        journal.Journal.open(home).close()
    else:
        journal.Journal.create(home, now=dt.datetime.now(dt.UTC)).close()


def _password(file: Path | None) -> str | None:
    if file is not None:
        return file.read_text(encoding="utf-8").rstrip("\r\n")
    return os.environ.get("CONNECTIFY_POHODA_PASSWORD")


def _ipv4(url: str) -> str:
    """mServer listens on IPv4 only; `localhost` may mean ::1 and hang (P-fact 11)."""
    return url.replace("://localhost", "://127.0.0.1", 1).rstrip("/")


def _run(home: Path, language: Language) -> int:
    _start_log(home)
    try:
        ending = run_agent(home)
    except HomeError as error:
        return _say(text("config.bad", language), str(error))
    if ending is Ending.FENCED:
        _say(text("fenced", language))
    return int(ending)


def _check(home: Path, language: Language) -> int:
    bad = 0
    for finding in examine(home):
        state = text(finding.problem, language) if finding.problem else text("ok", language)
        detail = f" ({finding.detail})" if finding.detail else ""
        print(f"{'✗' if finding.problem else '✓'} {text(finding.name, language)}: {state}{detail}")
        bad += bool(finding.problem)
    return 1 if bad else 0


def _renew(home: Path, language: Language) -> int:
    try:
        renewed = journal.renew(home, now=dt.datetime.now(dt.UTC))
    except (journal.JournalError, OSError) as error:
        return _say(str(error))
    print(text("renewed", language, generation=renewed.generation))
    renewed.close()
    return 0


def _start_log(home: Path) -> None:
    """No personal data goes into the log: ids and codes only."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    if home.is_dir():
        handlers.append(
            logging.handlers.TimedRotatingFileHandler(home / LOG, when="D", backupCount=14, encoding="utf-8")
        )
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", handlers=handlers)
    # These name addresses and headers of every request.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _say(*lines: str) -> int:
    for line in lines:
        print(line, file=sys.stderr)
    return 1
