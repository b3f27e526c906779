"""Checks recorded exchanges with Allegro against the official OpenAPI file.

The file belongs to Allegro and is read from the reference folder. Only what an operation needs is compiled, once.
"""

import json
import os
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote
from uuid import UUID

import yaml
from jsonschema import FormatChecker
from openapi_schema_validator import OAS30Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

ROOT = "urn:allegro:openapi"
METHODS = ("get", "put", "post", "delete", "patch")
# Answers any gateway may give, whether an operation lists them or not.
GATEWAY_STATUSES = frozenset({401, 403, 404, 405, 406, 415, 429, 500, 502, 503, 504})
# Where the file contradicts the service: an empty list of orders says count 0, the file demands 1.
CORRECTIONS = {("CheckoutForms", "count"): {"minimum": 0}, ("CheckoutForms", "totalCount"): {"minimum": 0}}

formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def _is_date_time(value: Any) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@formats.checks("uuid", raises=ValueError)
def _is_uuid(value: Any) -> bool:
    return not isinstance(value, str) or str(UUID(value)) == value.lower()


@formats.checks("integer")
def _is_integer(value: Any) -> bool:
    return isinstance(value, bool) or not isinstance(value, float) or value == int(value)


def reference_path() -> Path:
    root = os.environ.get("CONNECTIFY_REFERENCE")
    folder = Path(root) if root else Path(__file__).parents[2] / "shared" / "reference"
    return folder / "allegro" / "swagger.yaml"


def violations(entry: dict[str, Any]) -> list[str]:
    """What of one ledger entry the OpenAPI file does not allow, as sentences; empty when all of it is allowed.

    `entry` has the ledger's keys: method, path, query, request_headers, request_body, status, response_headers,
    response_body. OAuth and the device page are not in the file and pass. Without a status only the request counts.
    """
    if entry["path"].startswith(("/auth/oauth/", "/skojarz-aplikacje")):
        return []
    found = _find_operation(entry["method"].lower(), entry["path"])
    if found is None:
        return [f"{entry['method']} {entry['path']}: no such operation"]
    pointer, operation, path_values = found
    problems = [
        *_parameter_problems(pointer, operation, path_values, entry),
        *_request_problems(pointer, operation, entry),
        *_response_problems(pointer, operation, entry),
    ]
    return [f"{entry['method']} {entry['path']}: {problem}" for problem in problems]


@cache
def specification() -> dict[str, Any]:
    content: dict[str, Any] = yaml.load(reference_path().read_bytes(), Loader=yaml.CSafeLoader)
    for (schema, name), correction in CORRECTIONS.items():
        content["components"]["schemas"][schema]["properties"][name].update(correction)
    return content


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resource(ROOT, Resource(contents=specification(), specification=DRAFT4))


@cache
def _validator(pointer: str) -> OAS30Validator:
    return OAS30Validator({"$ref": f"{ROOT}#{pointer}"}, registry=_registry(), format_checker=formats)


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """Paths of the file, those with fewer placeholders first."""
    paths = sorted(specification()["paths"], key=lambda path: path.count("{"))
    patterns = (re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path)) for path in paths)
    return [(re.compile(f"^{pattern}$"), path) for pattern, path in zip(patterns, paths, strict=True)]


def _find_operation(method: str, path: str) -> tuple[str, dict[str, Any], dict[str, str]] | None:
    for pattern, template in _templates():
        matched = pattern.match(path)
        if matched and method in METHODS and method in specification()["paths"][template]:
            pointer = f"/paths/{template.replace('~', '~0').replace('/', '~1')}/{method}"
            return pointer, specification()["paths"][template][method], matched.groupdict()
    return None


def _parameter_problems(
    pointer: str, operation: dict[str, Any], path_values: dict[str, str], entry: dict[str, Any]
) -> Iterator[str]:
    query: dict[str, list[str]] = {}
    for name, value in parse_qsl(entry.get("query") or "", keep_blank_values=True):
        query.setdefault(name, []).append(value)
    headers = {name.lower(): value for name, value in (entry.get("request_headers") or {}).items()}
    known = set()
    for index, listed in enumerate(operation.get("parameters", ())):
        parameter, where = _resolve(listed, f"{pointer}/parameters/{index}")
        name, place = parameter["name"], parameter["in"]
        if place == "query":
            known.add(name)
        given = {
            "query": query.get(name, []),
            "path": [unquote(path_values[name])] if name in path_values else [],
            "header": [headers[name.lower()]] if name.lower() in headers else [],
        }[place]
        if not given:
            if parameter.get("required"):
                yield f"{place} parameter {name} is missing"
            continue
        schema, _ = _resolve(parameter["schema"], f"{where}/schema")
        is_list = schema.get("type") == "array"
        typed = [_typed(value, _resolve(schema["items"], "")[0] if is_list else schema) for value in given]
        yield from _schema_problems(f"{where}/schema", typed if is_list else typed[-1], f"{place} parameter {name}")
    yield from (f"query parameter {name} is not in the file" for name in query if name not in known)


def _request_problems(pointer: str, operation: dict[str, Any], entry: dict[str, Any]) -> Iterator[str]:
    body, declared = entry.get("request_body"), operation.get("requestBody")
    if declared is None:
        if body:
            yield "a request body where the file has none"
        return
    described, where = _resolve(declared, f"{pointer}/requestBody")
    if not body:
        if described.get("required"):
            yield "the request body is missing"
        return
    content, headers = described["content"], entry["request_headers"]
    problems = list(_content_problems(content, f"{where}/content", body, headers, "request body"))
    yield from problems
    media_type = _media_type(headers)
    if not problems and media_type.endswith("json") and "schema" in content[media_type]:
        for name in _unknown_names(json.loads(body), content[media_type]["schema"]):
            yield f"request body.{name} is not in the file"


def _unknown_names(value: Any, schema: dict[str, Any]) -> Iterator[str]:
    """Names of plain objects the file does not list; Allegro drops them silently, so they are mistakes of ours."""
    schema, _ = _resolve(schema, "")
    if isinstance(value, list) and "items" in schema:
        for place, item in enumerate(value):
            yield from (f"[{place}].{name}" for name in _unknown_names(item, schema["items"]))
    listed = schema.get("properties")
    composed = {"allOf", "anyOf", "oneOf", "additionalProperties", "discriminator"} & set(schema)
    if not isinstance(value, dict) or not listed or composed:
        return
    for name, inner in value.items():
        if name not in listed:
            yield name
        else:
            yield from (f"{name}.{rest}" for rest in _unknown_names(inner, listed[name]))


def _response_problems(pointer: str, operation: dict[str, Any], entry: dict[str, Any]) -> Iterator[str]:
    status, body = entry.get("status"), entry.get("response_body")
    if status is None:
        return
    declared = operation["responses"].get(str(status))
    if declared is None:
        if status not in GATEWAY_STATUSES:
            yield f"status {status} is not in the file"
        return
    described, where = _resolve(declared, f"{pointer}/responses/{status}")
    if described.get("content"):
        yield from _content_problems(
            described["content"], f"{where}/content", body, entry["response_headers"], "answer"
        )


def _content_problems(
    content: dict[str, Any], where: str, body: Any, headers: dict[str, str], what: str
) -> Iterator[str]:
    media_type = _media_type(headers)
    if media_type not in content:
        yield f"{what}: media type {media_type or 'none'} is not one of {', '.join(content)}"
        return
    if not media_type.endswith("json"):
        return
    try:
        value = json.loads(body)
    except (TypeError, ValueError):
        yield f"{what}: not JSON"
        return
    if "schema" in content[media_type]:
        yield from _schema_problems(f"{where}/{media_type.replace('/', '~1')}/schema", value, what)


def _media_type(headers: dict[str, str]) -> str:
    named = {name.lower(): value for name, value in headers.items()}
    return named.get("content-type", "").split(";")[0].strip()


def _schema_problems(pointer: str, value: Any, what: str) -> Iterator[str]:
    for error in _validator(pointer.replace("{", "%7B").replace("}", "%7D")).iter_errors(value):
        place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path)
        yield f"{what}{place}: {error.message[:300]}"


def _resolve(node: dict[str, Any], pointer: str) -> tuple[dict[str, Any], str]:
    while "$ref" in node:
        pointer = node["$ref"].removeprefix("#")
        found: Any = specification()
        for part in pointer.strip("/").split("/"):
            found = found[part.replace("~1", "/").replace("~0", "~")]
        node = found
    return node, pointer


def _typed(text: str, schema: dict[str, Any]) -> Any:
    kind = schema.get("type")
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text)
    except ValueError:
        return text
    return {"true": True, "false": False}.get(text, text) if kind == "boolean" else text
