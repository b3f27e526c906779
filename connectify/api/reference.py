"""The API's description as a page shows it: by subject, each address with a call to try and an answer to expect."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext as _

from connectify.api.description import document, operations
from connectify.api.problems import KINDS
from connectify.api.scopes import SCOPES

_IN_EVERY: Final = frozenset({"Accept-Language", "Idempotency-Key"})


@dataclass(frozen=True)
class Parameter:
    name: str
    place: str
    kind: str
    text: str


@dataclass(frozen=True)
class Address:
    """One method of one address."""

    anchor: str
    method: str
    path: str
    summary: str
    text: str
    scope: str
    curl: str
    parameters: list[Parameter] = field(default_factory=list)
    body: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Subject:
    anchor: str
    name: str
    addresses: list[Address]


def pages() -> dict[str, Any]:
    """The template's context."""
    found = document()
    subjects: dict[str, list[Address]] = {}
    for path, method, facts in operations(found):
        subjects.setdefault(facts["tags"][0], []).append(_address(path, method, facts))
    return {
        "subjects": [Subject(slugify(name), name, addresses) for name, addresses in subjects.items()],
        "scopes": [(name, str(text)) for name, text in SCOPES.items()],
        "problems": [(code, kind.status, str(kind.title)) for code, kind in KINDS.items()],
        "per_minute": settings.API_PER_MINUTE,
        "public_url": settings.PUBLIC_URL,
        "version": found["info"]["version"],
    }


def _address(path: str, method: str, facts: dict[str, Any]) -> Address:
    content = facts["responses"]["200"]["content"].get("application/json", {})
    body = facts.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    return Address(
        anchor=slugify(facts["operationId"]),
        method=method.upper(),
        path=path,
        summary=facts["summary"],
        text=facts["description"].partition("\n\nScope:")[0],
        scope=facts["x-scope"],
        curl=_curl(path, method, facts, body),
        parameters=[_parameter(one) for one in facts["parameters"] if one["name"] not in _IN_EVERY],
        body=_json(body),
        answer=_json(content.get("example")),
    )


def _parameter(one: dict[str, Any]) -> Parameter:
    places = {"query": _("query"), "path": _("path"), "header": _("header")}
    return Parameter(one["name"], places[one["in"]], _kind(one["schema"]), one.get("description", ""))


def _kind(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(str(one) for one in schema["enum"])
    name = schema.get("format") or schema.get("type", "")
    limits = [f"≥ {schema['minimum']}"] if "minimum" in schema else []
    limits += [f"≤ {schema['maximum']}"] if "maximum" in schema else []
    return ", ".join([str(name), *limits])


def _curl(path: str, method: str, facts: dict[str, Any], body: Any) -> str:
    query = "&".join(f"{one['name']}={one['example']}" for one in facts["parameters"]
                     if one["in"] == "query" and "example" in one)  # fmt: skip
    lines = ["curl -sS" if method == "get" else f"curl -sS -X {method.upper()}"]
    lines[0] += f" '{settings.PUBLIC_URL}{path}{'?' if query else ''}{query}'"
    lines.append("-H 'Authorization: Bearer cfy_…'")
    if any(one["name"] == "If-Match" for one in facts["parameters"]):
        lines.append("-H 'If-Match: \"4\"'")
    if body is not None:
        lines.append("-H 'Content-Type: application/json'")
        lines.append(f"-d '{json.dumps(body, ensure_ascii=False)}'")
    return " \\\n  ".join(lines)


def _json(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, indent=2)
