"""The channel to mServer: the pinned unit or nothing, a list read whole or not believed."""

import msgspec
import pytest

from pohoda_bridge.agent.http import Hooks
from pohoda_bridge.agent.mserver import LookupFailed, MServer, NotReady
from pohoda_bridge.documents import ExternalId, UnitPin
from tests.agent.pohoda import SYSTEM, importing
from tests.agent.wire import RawServer
from tests.bridge_xml.answers import FORM, PIN, exported, listed

EXT_ID = ExternalId(FORM, SYSTEM)


@pytest.mark.parametrize("nested", [True, False])
def test_the_pinned_unit_is_recognised_in_both_shapes_of_the_status(pohoda, nested):
    pohoda.control("POST", "config", status_nested=nested)
    detail = pohoda.channel().preflight(PIN)
    assert (detail.ico, detail.database, detail.year) == ("12345678", "StwPh_12345678_2026", 2026)


@pytest.mark.parametrize(
    "changes", [{"ico": "87654321"}, {"database": "StwPh_12345678_2025"}, {"year": 2025}, {"ico": "1", "database": ""}]
)
def test_another_unit_database_or_year_is_not_ready(pohoda, changes):
    with pytest.raises(NotReady) as caught:
        pohoda.channel().preflight(msgspec.structs.replace(PIN, **changes))
    assert caught.value.code == "wrong_unit"


def test_a_wrong_password_is_denied(pohoda):
    with pytest.raises(NotReady) as caught:
        pohoda.channel(password="x").preflight(PIN)
    assert caught.value.code == "denied"


def test_a_login_page_with_200_is_denied_not_data(pohoda):
    pohoda.control("POST", "config", mserver_right=False)
    with pytest.raises(NotReady) as caught:
        pohoda.channel().preflight(PIN)
    assert caught.value.code == "denied"
    with pytest.raises(LookupFailed) as failed:
        pohoda.channel().find_orders(PIN, EXT_ID)
    assert failed.value.code == "denied"


def test_an_mserver_that_is_off_or_busy_says_so(pohoda):
    pohoda.control("POST", "config", enabled=False)
    with pytest.raises(NotReady) as caught:
        pohoda.channel().preflight(PIN)
    assert caught.value.code == "mserver_off"
    pohoda.control("POST", "config", enabled=True)
    pohoda.fault("mserver_off", mode="503")
    with pytest.raises(NotReady) as caught:
        pohoda.channel().preflight(PIN)
    assert caught.value.code == "mserver_busy"


@pytest.mark.parametrize("body", [b"mServer", b"<mServer><status>idle</status></mServer>", b"<a/>", b"<a"])
def test_something_else_on_the_port_is_unreadable(body):
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with RawServer(lambda connection, request: connection.sendall(head + body)) as server:
        channel = channel_to(server.url)
        with pytest.raises(NotReady) as caught:
            channel.preflight(PIN)
        channel.close()
    assert caught.value.code == "mserver_unreadable"


def channel_to(url: str) -> MServer:
    from pohoda_bridge.agent.http import AdaptiveDeadline

    return MServer(url, user="u", password="p", write_deadline=AdaptiveDeadline(), read_deadline_s=5)


def test_a_lookup_finds_exactly_the_order_with_the_external_id(pohoda):
    channel = pohoda.channel()
    assert channel.find_orders(PIN, EXT_ID).records == ()
    for form in (FORM, "other-form"):
        operation, document = importing(form)
        channel.import_order(document, operation.item_id, Hooks())
    (record,) = channel.find_orders(PIN, EXT_ID).records
    assert record.ext_id == ExternalId(FORM, SYSTEM, record.ext_id.text)
    assert record.total == 2549
    assert channel.find_orders(PIN, ExternalId(FORM, "allegro:sandbox:43")).records == ()


def test_requests_carry_mservers_own_headers(pohoda):
    channel = pohoda.channel()
    channel.preflight(PIN)
    _, document = importing()
    channel.import_order(document, "job-1", Hooks())
    status, sent = [entry for entry in pohoda.exchanges() if "_sandbox" not in entry["path"]]
    assert status["query"] == "companyDetail"
    headers = {name.lower(): value for name, value in dict(sent["request_headers"]).items()}
    assert headers["stw-authorization"] == "***"
    assert headers["stw-application"] == "Connectify"
    assert headers["stw-instance"] == "job-1"
    assert headers["stw-check-duplicity"] == "true"
    assert headers["connection"] == "close"
    assert headers["accept-encoding"] == "identity"
    assert headers["content-type"] == "text/xml"
    assert headers["content-length"] == str(len(document))
    assert "heslo" not in str(sent)


@pytest.mark.parametrize(
    "fault", ["truncated", "not_well_formed", "empty_body", "bad_cp1250_byte", "wrong_item_id", "html_200", "http_503"]
)
def test_a_list_that_is_not_whole_proves_nothing(pohoda, fault):
    pohoda.fault(fault, target="list")
    with pytest.raises(LookupFailed):
        pohoda.channel().find_orders(PIN, EXT_ID)


def test_a_list_of_another_unit_is_not_believed(pohoda):
    pohoda.fault("wrong_ico", target="list")
    with pytest.raises(LookupFailed) as caught:
        pohoda.channel().find_orders(PIN, EXT_ID)
    assert caught.value.code == "wrong_unit"


@pytest.mark.parametrize("order", [exported(form="other"), exported(form=""), exported(system="other")])
def test_a_pohoda_that_ignores_the_filter_is_noticed(order):
    def script(connection, request):
        pack = request.partition(b'dataPack version="2.0" id="')[2].partition(b'"')[0].decode()
        body = listed(order, pack_id=pack, item_id=f"{pack}-1")
        connection.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    with RawServer(script) as server:
        channel = channel_to(server.url)
        with pytest.raises(LookupFailed) as caught:
            channel.find_orders(UnitPin("12345678", "", 2026), EXT_ID)
        channel.close()
    assert caught.value.code == "filter_not_honoured"
