"""The bare script of G5: the calls, durable commits and fsyncs of a run, and nothing else.

Reads a plan (JSON) from standard input, works through it, prints its own CPU seconds.

    {"calls": [{"url", "method", "sent", "answer", "close"}, ...], "commits": n, "row_bytes": n, "fsyncs": n,
     "database": conninfo, "file": path}
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import httpx
import psycopg


def main() -> None:
    plan = json.load(sys.stdin)
    with (
        httpx.Client(trust_env=False, timeout=30) as client,
        psycopg.connect(plan["database"], autocommit=True) as database,
        Path(plan["file"]).open("ab", buffering=0) as file,
    ):
        database.execute("CREATE TABLE IF NOT EXISTS bare (id bigserial PRIMARY KEY, body bytea)")
        _work(plan, client, database, file, share=0.05)  # connections, statements and code are warm
        before = os.times()
        _work(plan, client, database, file, share=1.0)
        after = os.times()
    print(after.user + after.system - before.user - before.system)


def _work(plan: dict[str, Any], client: httpx.Client, database: Any, file: Any, *, share: float) -> None:
    """Calls, commits and fsyncs in turn, each kind spread evenly over the run."""
    calls = plan["calls"][: max(1, int(len(plan["calls"]) * share))]
    commits, fsyncs = (int(plan[name] * share) for name in ("commits", "fsyncs"))
    row, entry = b"x" * plan["row_bytes"], b"x" * 1000
    for number, call in enumerate(calls, 1):
        _call(client, call)
        for _ in range(commits * number // len(calls) - commits * (number - 1) // len(calls)):
            database.execute("INSERT INTO bare (body) VALUES (%s)", [row])
        for _ in range(fsyncs * number // len(calls) - fsyncs * (number - 1) // len(calls)):
            file.write(entry)
            os.fsync(file.fileno())


def _call(client: httpx.Client, call: dict[str, Any]) -> None:
    headers = {"X-Answer": str(call["answer"]), "Authorization": "x" * 200}
    if call["close"]:
        headers["Connection"] = "close"
    answer = client.request(call["method"], call["url"], headers=headers, content=b"x" * call["sent"])
    assert len(answer.content) == call["answer"]


if __name__ == "__main__":
    main()
