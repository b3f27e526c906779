"""The OpenAPI document: drf-spectacular finds the addresses, each method's declaration says the rest."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from django.utils import translation
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema

from connectify.api.operations import Operation, operation_of
from connectify.api.problems import KINDS, MEDIA_TYPE, ProblemAnswer
from connectify.api.scopes import SCOPES

REFERENCE: Final = "#/components/schemas/{name}"
UUID: Final = {"schema": {"type": "string", "format": "uuid"}, "description": ""}
ALWAYS: Final = ("unauthenticated", "scope_missing", "not_acceptable", "too_many_requests", "server_error")
WRITING: Final = ("invalid", "conflict", "too_large", "idempotency_key_reused")
_HEADERS: Final = {
    "RateLimit-Limit": "Requests a minute that the key may make.",
    "RateLimit-Remaining": "How many are left in this minute.",
    "RateLimit-Reset": "Seconds until the next minute begins.",
}


class Described(AutoSchema):
    """Takes every fact from the method's `@operation`."""

    def get_operation(  # type: ignore[override]
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        view_class = type(self.view)
        declared = operation_of(view_class, method)
        if declared is None:
            return None
        found: dict[str, Any] = {
            "operationId": f"{method.lower()}_{_name_of(path)}",
            "tags": [declared.tag],
            "summary": declared.summary,
            "description": f"{declared.description}\n\nScope: `{declared.scope}`.".strip(),
            "parameters": [*_in_path(path, getattr(view_class, "places", {})), *_parameters(declared, method)],
            "security": [{"key": []}],
            "x-scope": declared.scope,
            "responses": _responses(declared, method, path),
        }
        if declared.body is not None:
            content: dict[str, Any] = {"schema": _reference(declared.body)}
            if declared.body_example is not None:
                content["example"] = declared.body_example
            found["requestBody"] = {
                "required": not declared.body_is_optional,
                "content": {"application/json": content},
            }
        return found


@functools.cache
def document() -> dict[str, Any]:
    """The whole description, in English. Made once in a process."""
    with translation.override("en"):
        found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    found.setdefault("components", {})["schemas"] = components()
    found["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": "A key of your company: `cfy_…`."}
    }
    with translation.override("en"):
        found["x-scopes"] = {name: str(text) for name, text in SCOPES.items()}
    found["tags"] = [{"name": name} for name in _tags(found)]
    return found


def operations(found: dict[str, Any]) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """(address, method, operation) in the document's order."""
    for path, methods in found["paths"].items():
        for method, facts in methods.items():
            if method in ("get", "post", "put"):
                yield path, method, facts


def components() -> dict[str, Any]:
    types: list[Any] = [ProblemAnswer, *_declared_types()]
    _outer, inner = msgspec.json.schema_components(types, ref_template=REFERENCE)
    return dict(sorted(inner.items()))


def _declared_types() -> list[Any]:
    generator = SchemaGenerator()
    generator._initialise_endpoints()
    found = []
    for _path, _regex, method, view in generator._get_paths_and_endpoints():
        if declared := operation_of(type(view), method):
            found += [one for one in (declared.body, declared.answer) if one is not None]
    return found


def _reference(wanted: Any) -> dict[str, Any]:
    (found,), _inner = msgspec.json.schema_components([wanted], ref_template=REFERENCE)
    return dict(found)


def _parameters(declared: Operation, method: str) -> list[dict[str, Any]]:
    found = []
    if declared.query is not None:
        _outer, inner = msgspec.json.schema_components([declared.query], ref_template=REFERENCE)
        shape = inner[declared.query.__name__]
        for name, schema in shape["properties"].items():
            one = {"name": name, "in": "query", "required": False, "schema": _of_query(schema)}
            one["description"] = str(schema.get("description", ""))
            if name in declared.query_example:
                one["example"] = declared.query_example[name]
            found.append(one)
    found.append(_header("Accept-Language", "Language of the sentences: cs (default) or en.", "en"))
    if method != "GET":
        text = "Repeating is harmless: the same request under the same key is done once, answered the same for 30 days."
        found.append({**_header("Idempotency-Key", text, "resync-2026-11-23-1"), "schema": _IDEMPOTENCY})
    if declared.versioned:
        text = 'The version you read: the ETag of the GET, for example "4".'
        found.append(_header("If-Match", text, '"4"'))
    return found


_IDEMPOTENCY: Final = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"^[\x21-\x7e]+$"}


def _of_query(schema: dict[str, Any]) -> dict[str, Any]:
    """A missing parameter is no null in an address."""
    shape = {name: value for name, value in schema.items() if name not in ("default", "description")}
    options = [one for one in shape.get("anyOf", []) if one != {"type": "null"}]
    if "anyOf" in shape:
        shape = options[0] if len(options) == 1 else {"anyOf": options}
    if "enum" in shape:
        shape = {**shape, "enum": [one for one in shape["enum"] if one is not None]}
    return shape


def _header(name: str, description: str, example: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": description,
            "example": example}  # fmt: skip


def _in_path(path: str, places: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    names = [part.split("}")[0] for part in path.split("{")[1:]]
    return [{"name": name, "in": "path", "required": True, **places.get(name, UUID)} for name in names]


def _responses(declared: Operation, method: str, path: str) -> dict[str, Any]:
    codes = [*ALWAYS, "invalid", *declared.problems]
    if "{" in path:
        codes.append("not_found")
    if method != "GET":
        codes += [*WRITING, "request_in_progress"]
    if declared.body is not None:
        codes += ["unreadable", "unsupported_media_type"]
    if declared.versioned:
        codes += ["version_missing", "version_differs"]
    by_status: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        by_status.setdefault(KINDS[code].status, []).append(code)
    found: dict[str, Any] = {"200": _good(declared)}
    for status, names in sorted(by_status.items()):
        with translation.override("en"):
            description = " ".join(f"{KINDS[name].title} (`{name}`)" for name in names)
        found[str(status)] = {
            "description": description,
            "headers": _response_headers(status),
            "content": {MEDIA_TYPE: {"schema": REFERENCE_TO_PROBLEM}},
        }
    return found


REFERENCE_TO_PROBLEM: Final = {"$ref": REFERENCE.format(name="ProblemAnswer")}


def _good(declared: Operation) -> dict[str, Any]:
    headers = {name: {"schema": {"type": "integer"}, "description": text} for name, text in _HEADERS.items()}
    for name in declared.headers:
        headers[name] = {"schema": {"type": "string"}, "description": ""}
    if declared.answer is None:
        file = {"schema": {"type": "string", "format": "binary"}}
        names = ("application/xml", "application/pdf", "application/octet-stream")
        content: dict[str, Any] = {**dict.fromkeys(names, file), "application/json": {"schema": {}}}
        return {"description": "The file.", "headers": headers, "content": content}
    answer: dict[str, Any] = {"schema": _reference(declared.answer)}
    if declared.example is not None:
        answer["example"] = declared.example
    return {"description": declared.summary, "headers": headers, "content": {"application/json": answer}}


def _response_headers(status: int) -> dict[str, Any]:
    names = {401: ("WWW-Authenticate",), 403: ("WWW-Authenticate",), 429: ("Retry-After",)}.get(status, ())
    return {name: {"schema": {"type": "string"}, "description": ""} for name in names}


def _name_of(path: str) -> str:
    parts = [part.strip("{}") for part in path.strip("/").split("/")[2:]]
    return "_".join(parts).replace("-", "_")


def _tags(found: dict[str, Any]) -> list[str]:
    return list(dict.fromkeys(facts["tags"][0] for _path, _method, facts in operations(found)))
