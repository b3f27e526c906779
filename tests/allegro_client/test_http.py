"""The one door to Allegro's HTTP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from allegro_integration.client.environments import PRODUCTION, SANDBOX, custom_environment
from allegro_integration.client.errors import NotSent, OutcomeUnknown
from allegro_integration.client.http import V1, AllegroHttp, Exchange, Request, Timeouts, check_base_url
from tests.allegro_client.conftest import AGENT, Allegro

HEADERS = {"Accept": V1}


@contextmanager
def speaking(answer: bytes) -> Iterator[str]:
    """A server that answers these very bytes once and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(10)


def get(url: str, path: str = "/order/events") -> Request:
    return Request(method="GET", base_url=url, path=path, headers=HEADERS)


def test_every_request_carries_the_user_agent_and_the_answer_its_trace_id(allegro: Allegro, http: AllegroHttp) -> None:
    seen: list[Exchange] = []
    answer = http.exchange(get(allegro.server.url, "/me"), seen.append)
    assert answer.status == 401
    (recorded,) = allegro.exchanges("/me")
    assert recorded["request_headers"]["user-agent"] == AGENT
    assert recorded["request_headers"]["accept-encoding"] == "identity"
    assert answer.trace_id
    (exchange,) = seen
    assert (exchange.method, exchange.path, exchange.status, exchange.outcome) == ("GET", "/me", 401, "answered")
    assert exchange.trace_id == answer.trace_id
    assert exchange.received == answer.body
    assert exchange.sent == b""


def test_a_closed_port_means_that_nothing_was_sent(http: AllegroHttp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    seen: list[Exchange] = []
    request = Request(method="PUT", base_url=f"http://127.0.0.1:{port}", path="/x", headers=HEADERS, body=b"{}")
    with pytest.raises(NotSent) as caught:
        http.exchange(request, seen.append)
    assert caught.value.code == "allegro_unreachable"
    assert (seen[0].outcome, seen[0].status, seen[0].sent) == ("not_sent", None, b"")


def test_a_connection_cut_after_the_request_leaves_the_outcome_unknown(allegro: Allegro, http: AllegroHttp) -> None:
    allegro.fault("timeout_before", times=1, params={"seconds": 0})
    seen: list[Exchange] = []
    request = Request(method="PUT", base_url=allegro.server.url, path="/x", headers=HEADERS, body=b"{}")
    with pytest.raises(OutcomeUnknown) as caught:
        http.exchange(request, seen.append)
    assert caught.value.code == "answer_lost"
    assert (seen[0].outcome, seen[0].sent) == ("unknown", b"{}")


def test_the_total_time_ends_an_answer_that_drips(allegro: Allegro) -> None:
    allegro.fault("slow_drip", params={"seconds": 0.05, "piece": 1})
    with (
        AllegroHttp(user_agent=AGENT, timeouts=Timeouts(connect=5, read=5, total=0.3)) as http,
        pytest.raises(OutcomeUnknown, match="Timeout"),
    ):
        http.exchange(get(allegro.server.url))


def test_an_answer_beyond_the_cap_is_refused(allegro: Allegro) -> None:
    with AllegroHttp(user_agent=AGENT, max_answer=20) as http, pytest.raises(OutcomeUnknown) as caught:
        http.exchange(get(allegro.server.url))
    assert (caught.value.code, caught.value.params["status"]) == ("unreadable_answer", 401)


def test_an_answer_shorter_than_it_announced_is_refused(http: AllegroHttp) -> None:
    with (
        speaking(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}") as url,
        pytest.raises(OutcomeUnknown) as caught,
    ):
        http.exchange(get(url))
    assert caught.value.code == "unreadable_answer"


def test_a_compressed_answer_is_not_unpacked(http: AllegroHttp) -> None:
    raw = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}"
    with speaking(raw) as url, pytest.raises(OutcomeUnknown) as caught:
        http.exchange(get(url))
    assert caught.value.code == "unreadable_answer"


def test_a_redirect_is_an_answer_and_not_followed(http: AllegroHttp) -> None:
    with speaking(b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n") as url:
        assert http.exchange(get(url)).status == 302


def test_proxies_of_the_environment_are_ignored(
    allegro: Allegro, http: AllegroHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    with AllegroHttp(user_agent=AGENT) as fresh:
        assert fresh.exchange(get(allegro.server.url)).status == 401


def test_secret_bodies_do_not_reach_the_observer(allegro: Allegro, http: AllegroHttp) -> None:
    seen: list[Exchange] = []
    request = Request(
        method="POST",
        base_url=allegro.server.url,
        path="/auth/oauth/token",
        headers=HEADERS,
        body=b"x=1",
        is_secret=True,
    )
    http.exchange(request, seen.append)
    assert (seen[0].sent, seen[0].received) == (b"***", b"***")


def test_what_runs_after_sending_runs_when_the_bytes_have_left(http: AllegroHttp) -> None:
    order: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        arrived = threading.Event()

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                received = b""
                while not received.endswith(b"body"):
                    received += connection.recv(65536)
                order.append("arrived")
                arrived.set()
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        def after_sent() -> None:
            assert arrived.wait(10)
            order.append("after")

        thread = threading.Thread(target=serve)
        thread.start()
        http.exchange(
            Request(
                method="POST",
                base_url=f"http://127.0.0.1:{server.getsockname()[1]}",
                path="/",
                headers=HEADERS,
                body=b"body",
                after_sent=after_sent,
            )
        )
        thread.join(10)
    assert order == ["arrived", "after"]


@pytest.mark.parametrize("agent", ["", "httpx", "A/1\r\nX: y"])
def test_a_client_without_a_proper_user_agent_is_not_made(agent: str) -> None:
    with pytest.raises(ValueError, match="User-Agent"):
        AllegroHttp(user_agent=agent)


@pytest.mark.parametrize(
    "url", ["http://allegro.pl", "ftp://127.0.0.1", "https://", "https://u:p@x.cz", "https://x.cz/?a=1", "x.cz"]
)
def test_an_address_that_is_not_safe_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"base URL|plain http"):
        check_base_url(url)


def test_the_two_allegros_have_fixed_addresses() -> None:
    for known in (PRODUCTION, SANDBOX):
        assert check_base_url(known.api) == known.api
        with pytest.raises(ValueError, match="fixed addresses"):
            custom_environment(name=known.name, api=known.api, auth=known.auth, upload=known.upload)
