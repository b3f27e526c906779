"""An installation behind HTTPS: Django's own check has nothing to say, and what browsers are told to guard is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from connectify.settings_security import CONTENT_SECURITY_POLICY
from tests.conftest import ROOT

PRODUCTION = {
    "CONNECTIFY_HTTPS": "1",
    "CONNECTIFY_BEHIND_PROXY": "1",
    "CONNECTIFY_HOSTS": "app.connectify.example",
    "CONNECTIFY_PUBLIC_URL": "https://app.connectify.example",
    "CONNECTIFY_SECRET_KEY": "a-production-like-key-" + "0123456789abcdefghij" * 3,
    "DATABASE_URL": "postgres://connectify:x@127.0.0.1:1/connectify",
    "DATABASE_OWNER_URL": "postgres://owner:x@127.0.0.1:1/connectify",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
COOKIES = """
import django; django.setup()
from django.conf import settings
for name in ("SESSION", "CSRF", "LANGUAGE"):
    print(name, *(getattr(settings, f"{name}_COOKIE_{what}") for what in ("SECURE", "HTTPONLY", "SAMESITE")))
"""


def run(*command: str, directory: Path) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment = {**inherited, **PRODUCTION, "CONNECTIFY_RUN_DIR": str(directory),
                   "DJANGO_SETTINGS_MODULE": "connectify.settings"}  # fmt: skip
    return subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True)


def test_djangos_check_of_a_deployment_finds_nothing(tmp_path: Path) -> None:
    done = run("manage.py", "check", "--deploy", "--fail-level", "DEBUG", directory=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "no issues (0 silenced)" in done.stdout


def test_cookies_go_by_https_alone_and_no_script_reads_them(tmp_path: Path) -> None:
    done = run("-c", COOKIES, directory=tmp_path)
    assert done.stdout.splitlines() == ["SESSION True True Lax", "CSRF True True Lax", "LANGUAGE True True Lax"]


@pytest.mark.parametrize(
    "address", ["/static/connectify/mark.svg", "/static/connectify/page.js", "/accounts/login/", "/api/v1/orders/",
                "/api/docs/", "/nowhere/"]
)  # fmt: skip
def test_every_kind_of_answer_carries_the_same_guards(db: None, address: str) -> None:
    answer = Client().get(address)
    answer.close()
    headers = answer.headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy == {name: " ".join(values) for name, values in CONTENT_SECURITY_POLICY["DIRECTIVES"].items()}
    assert {name: headers.get(name) for name in GUARDS} == GUARDS
    assert "camera=()" in headers["Permissions-Policy"]


GUARDS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
