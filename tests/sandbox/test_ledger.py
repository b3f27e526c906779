"""The ledger: every exchange whole, readable and without secrets; every effect kept."""

import base64
import gzip
import json
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectify.sandbox.bodies import record_body, record_headers
from connectify.sandbox.ledger import Ledger

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
CZECH = '<?xml version="1.0" encoding="Windows-1250"?><a>Žluťoučký kůň</a>'


def opened(folder: Path, name: str = "allegro") -> Ledger:
    return Ledger(folder, name, now=lambda: NOON)


def test_effects_are_numbered_kept_and_read_again(tmp_path: Path) -> None:
    first = opened(tmp_path)
    first.applied("order.created", "7", {"total": "1"})
    first.applied("order.deleted", "7", {})
    expected = {
        "at": NOON.isoformat(),
        "sandbox": "allegro",
        "kind": "order.created",
        "key": "7",
        "data": {"total": "1"},
    }
    assert first.entries()[0] == expected
    assert [entry["kind"] for entry in first.entries(1)] == ["order.deleted"]
    first.close()
    again = opened(tmp_path)
    again.applied("order.created", "8", {})
    assert [entry["key"] for entry in again.entries()] == ["7", "7", "8"]
    again.close()


def test_two_sandboxes_share_the_file_of_effects_and_read_their_own(tmp_path: Path) -> None:
    allegro, pohoda = opened(tmp_path), opened(tmp_path, "pohoda")
    allegro.applied("purchase.created", "1", {})
    pohoda.applied("order.created", "2", {})
    assert [entry["key"] for entry in pohoda.entries()] == ["2"]
    assert len((tmp_path / "applied.jsonl").read_text().splitlines()) == 2
    allegro.close()
    pohoda.close()
    again = opened(tmp_path, "pohoda")
    assert [entry["key"] for entry in again.entries()] == ["2"]
    again.close()


def test_a_line_cut_by_a_kill_spoils_no_other(tmp_path: Path) -> None:
    (tmp_path / "applied.jsonl").write_text('{"sandbox":"allegro","kind":"a","key":"1"}\n{"sandbox":"alle')
    ledger = opened(tmp_path)
    ledger.applied("b", "2", {})
    ledger.close()
    again = opened(tmp_path)
    assert [entry["key"] for entry in again.entries()] == ["1", "2"]
    again.close()


def test_a_closed_ledger_writes_nothing_into_other_files(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    ledger.close()
    ledger.exchange({"path": "/late"})
    assert (tmp_path / "allegro.jsonl").read_bytes() == b""


@pytest.mark.parametrize("encoding", ["cp1250", "utf-8"])
def test_xml_is_read_by_its_own_declaration(encoding: str) -> None:
    text = CZECH.replace("Windows-1250", encoding)
    assert record_body(text.encode(encoding), {"content-type": "text/xml; charset=iso-8859-1"}) == text


@pytest.mark.parametrize(
    ("encoding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("deflate", lambda body: body)]
)
def test_packed_bodies_are_unpacked(encoding: str, pack) -> None:
    headers = {"content-type": "text/xml", "content-encoding": encoding}
    assert record_body(pack(CZECH.encode("cp1250")), headers) == CZECH


def test_what_is_not_text_is_kept_in_base64() -> None:
    for body, content_type in (
        (b"%PDF-1.4 plain", "application/pdf"),
        (b"\xff\xfe\x81", "text/plain"),
        (b"a\x00b", ""),
    ):
        recorded = record_body(body, {"content-type": content_type})
        assert recorded == {"base64": base64.b64encode(body).decode()}
    assert record_body(b"", {}) == ""


def test_secrets_are_masked_and_error_codes_are_not() -> None:
    body = {"access_token": 'a"b\\', "refresh_token": "r", "scope": "s", "errors": [{"code": "E1"}], "device_code": "d"}
    masked = {**body, "access_token": "***", "refresh_token": "***", "device_code": "***"}
    assert json.loads(str(record_body(json.dumps(body).encode(), {"content-type": "application/json"}))) == masked
    form = b"grant_type=x&code=abc&code_verifier=v&client_secret=s&encode=kept"
    headers = {"content-type": "application/x-www-form-urlencoded"}
    assert record_body(form, headers) == "grant_type=x&code=***&code_verifier=***&client_secret=***&encode=kept"


def test_headers_are_lower_case_joined_and_masked() -> None:
    raw = [
        (b"Authorization", b"Bearer x"),
        (b"STW-Authorization", b"Basic y"),
        (b"Accept", b"a"),
        (b"accept", b"b"),
        (b"Location", b"http://127.0.0.1/back?code=abc&state=s"),
    ]
    assert record_headers(raw) == {
        "authorization": "***",
        "stw-authorization": "***",
        "accept": "a, b",
        "location": "http://127.0.0.1/back?code=***&state=s",
    }
