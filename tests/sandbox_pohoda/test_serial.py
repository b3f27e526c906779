from pathlib import Path
from threading import Thread
from xml.etree import ElementTree

import httpx
import pytest

from tests.sandbox_pohoda.packs import NS, by_ext_id, list_orders, order, pack
from tests.sandbox_pohoda.test_faults import wait_for
from tests.sandbox_pohoda.visitor import Visitor, login


def test_requests_are_answered_in_the_order_they_came(visitor: Visitor, tmp_path: Path) -> None:
    gate, release = tmp_path / "gate", tmp_path / "release"
    visitor.fault("busy", path=str(gate), release=str(release), seconds=30)
    answered: list[str] = []

    def send(name: str) -> None:
        with httpx.Client(base_url=visitor.server.url, timeout=20) as client:
            client.post("/xml", content=pack(order(ext=name), id=name).encode(), headers=login())
        answered.append(name)

    first, second = Thread(target=send, args=("first",)), Thread(target=send, args=("second",))
    first.start()
    wait_for(gate)
    second.start()
    wait_until_queued(visitor, 2)
    assert answered == []
    release.touch()
    first.join(20)
    second.join(20)
    assert [o["extId"] for o in visitor.orders()] == ["first", "second"]


def test_status_says_processing_and_counts_while_a_request_is_held(visitor: Visitor, tmp_path: Path) -> None:
    gate, release = tmp_path / "gate", tmp_path / "release"
    visitor.fault("busy", path=str(gate), release=str(release), seconds=30)
    sender = Thread(target=lambda: visitor.post(pack(order())))
    sender.start()
    wait_for(gate)
    status = ElementTree.fromstring(visitor.http.get("/status").content)
    assert (status.findtext("status"), status.findtext("processing")) == ("processing", "1")
    release.touch()
    sender.join(20)
    status = ElementTree.fromstring(visitor.http.get("/status").content)
    assert (status.findtext("status"), status.findtext("processing")) == ("idle", "0")


def test_a_request_goes_on_after_its_client_has_left_and_a_lookup_waits_for_it(
    visitor: Visitor, tmp_path: Path
) -> None:
    gate, release = tmp_path / "gate", tmp_path / "release"
    visitor.fault("hold_before_commit", path=str(gate), release=str(release), seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        visitor.http.post("/xml", content=pack(order()).encode(), headers=login(), timeout=0.3)
    wait_for(gate)
    found: list[int] = []

    def look_up() -> None:
        answer = visitor.send(pack(list_orders(by_ext_id())))
        found.append(len(answer.findall(".//lst:order", NS)))

    lookup = Thread(target=look_up)
    lookup.start()
    wait_until_queued(visitor, 2)
    assert found == []
    release.touch()
    lookup.join(20)
    assert found == [1]


def wait_until_queued(visitor: Visitor, count: int) -> None:
    with httpx.Client(base_url=visitor.server.url) as client:
        while ElementTree.fromstring(client.get("/status").content).findtext("processing") != str(count):
            pass
