"""The agent's HTTP: every exchange ends in time and in size, and says whether a byte of the body may have left."""

import socket

import pytest

from pohoda_bridge.agent.http import AdaptiveDeadline, Hooks, Http, LostError, NotSentError
from tests.agent.wire import RawServer


@pytest.fixture
def http():
    made = Http()
    yield made
    made.close()


def post(http, url, body=b"<xml/>", deadline_s=5.0, limit=1000, hooks=None):
    return http.exchange("POST", url, headers={}, body=body, deadline_s=deadline_s, limit=limit, hooks=hooks)


def answering(data: bytes):
    return lambda connection, request: connection.sendall(data)


def test_a_whole_answer_with_the_headers_it_was_asked_for(http):
    with RawServer(answering(b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nok")) as server:
        answer = post(http, server.url, b"abc")
    assert (answer.status, answer.headers["x-a"], answer.body) == (200, "1", b"ok")
    head = server.requests[0].lower()
    assert b"accept-encoding: identity" in head
    assert b"content-length: 3" in head
    assert b"transfer-encoding" not in head


def test_hooks_are_called_after_the_last_byte_and_when_the_answer_begins(http):
    calls = []
    hooks = Hooks(sent=lambda: calls.append("sent"), answering=lambda: calls.append("answering"))
    with RawServer(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as server:
        post(http, server.url, b"x" * 200_000, hooks=hooks)
    assert calls == ["sent", "answering"]
    assert server.requests[0].endswith(b"x" * 200_000)


def test_a_refused_connection_sent_nothing(http):
    free = socket.create_server(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    with pytest.raises(NotSentError) as caught:
        post(http, f"http://127.0.0.1:{port}")
    assert caught.value.code == "unreachable"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "broken"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "broken"),
        (b"nonsense\r\n\r\n", "broken"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx", "encoded"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2000\r\n\r\n" + b"x" * 2000, "too_big"),
    ],
)
def test_a_broken_answer_leaves_the_request_perhaps_done(http, data, code):
    with RawServer(answering(data)) as server, pytest.raises(LostError) as caught:
        post(http, server.url)
    assert caught.value.code == code


def drip(prefix: bytes):
    """Sends a byte every 20 ms for ever: never silent, never done."""

    def script(connection, request):
        connection.sendall(prefix)
        connection.settimeout(0.02)
        while True:
            try:
                if not connection.recv(1):
                    return
            except TimeoutError:
                connection.sendall(b"x")

    return script


@pytest.mark.parametrize("prefix", [b"HTTP/1.1 200 OK\r\nX-", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_an_answer_that_drips_ends_at_the_total_deadline(http, prefix):
    with RawServer(drip(prefix)) as server, pytest.raises(LostError) as caught:
        post(http, server.url, deadline_s=0.2)
    assert caught.value.code == "deadline"


def test_redirects_and_proxies_of_the_environment_are_not_followed(http, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    with RawServer(answering(b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n")) as server:
        assert post(http, server.url).status == 302
    assert len(server.requests) == 1


def test_an_exchange_can_be_ended_from_another_thread(http):
    def hang(connection, request):
        http.abort()
        connection.recv(1)

    with RawServer(hang) as server, pytest.raises(LostError) as caught:
        post(http, server.url)
    assert caught.value.code == "broken"


def test_the_write_deadline_follows_what_writes_take():
    deadline = AdaptiveDeadline(floor_s=60, cap_s=600)
    assert deadline.seconds() == 60
    deadline._taken = [1.0] * 50
    assert deadline.seconds() == 60
    deadline._taken = [1.0] * 50 + [40.0] * 5
    assert deadline.seconds() == 160
    deadline._taken = [500.0]
    assert deadline.seconds() == 600
