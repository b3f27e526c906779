"""What one method of an address takes, gives and needs, declared once: it is enforced, parsed and documented from it.

    class OrderList(ApiView):
        @operation("orders:read", tag="Orders", summary="List orders", query=OrderQuery, answer=Listed[OrderRow])
        def get(self, request, query): ...

A method without a declaration does not get out: `manage.py check` fails, and the address is not found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from connectify.api.scopes import SCOPES

Method = TypeVar("Method", bound=Callable[..., Any])
METHODS: Final = ("get", "post", "put")


@dataclass(frozen=True)
class Operation:
    """`query`, `body` and `answer` are msgspec structs; `answer` None is a file. `problems`: what else it answers.

    `body_is_optional`: an empty body stands for one without values. `versioned`: If-Match says which version changes.
    """

    scope: str
    tag: str
    summary: str
    description: str = ""
    query: Any = None
    body: Any = None
    answer: Any = None
    example: Any = None
    body_example: Any = None
    query_example: Mapping[str, str] = field(default_factory=dict)
    body_is_optional: bool = False
    versioned: bool = False
    problems: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()


def operation(scope: str, **facts: Any) -> Callable[[Method], Method]:
    """Raises ValueError at import for a scope that no key can have."""
    if scope not in SCOPES:
        raise ValueError(f"there is no scope {scope!r}")

    def declare(method: Method) -> Method:
        method.operation = Operation(scope, **facts)  # type: ignore[attr-defined]
        return method

    return declare


def operation_of(view_class: type, method: str | None) -> Operation | None:
    """HEAD is a GET without its body."""
    name = (method or "").lower()
    handler = getattr(view_class, "get" if name == "head" else name, None)
    return getattr(handler, "operation", None) if name in (*METHODS, "head") else None


def undeclared_methods(view_class: type) -> list[str]:
    return [name for name in METHODS if hasattr(view_class, name) and operation_of(view_class, name) is None]
