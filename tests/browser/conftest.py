"""A real Chromium against the real web process."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from connectify import clock
from connectify.processes.ports import free_port
from tests.browser.visitors import sign_in, visitor
from tests.conftest import ROOT
from tests.dashboard import shop


@pytest.fixture
def toys(committed_db) -> shop.Shop:
    return shop.fill(shop.make_shop(), now=clock.now(), more=3)


@pytest.fixture(scope="package")
def address(emptier) -> Iterator[str]:
    """The web process, as in production but on a free port."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "connectify.asgi:application", "--port", str(port)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "connectify.settings"}
    process = subprocess.Popen([*command, "--log-level", "error"], cwd=ROOT, env=environment)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, process)
        yield url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    """Until the process answers. Raises AssertionError when it ends or stays silent for 30 s."""
    deadline = time.monotonic() + 30
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline and process.poll() is None:
            try:
                client.get(f"{url}/accounts/login/")
                return
            except httpx.TransportError:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
    raise AssertionError("the web process does not answer")


@pytest.fixture(scope="package")
def browser(chromium) -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright runs an event loop in this thread, which Django would take for an asynchronous view.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        running = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser, address) -> Iterator[Page]:
    """A Czech page; whatever it complains of in the console fails the test."""
    with visitor(browser, address) as page:
        yield page


@pytest.fixture
def owner(page, toys) -> Page:
    """Signed in as the shop's owner, at home."""
    page.goto("/")
    sign_in(page, toys.owner.email, shop.PASSWORD)
    page.get_by_role("heading", name="Přehled").wait_for()
    return page
