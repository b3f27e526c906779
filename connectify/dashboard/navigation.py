"""The pages in the top bar. The platform knows its own; modules register theirs when they start."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from connectify.dashboard.access import MEMBERS
from connectify.tenants.models import Role


@dataclass(frozen=True)
class Page:
    """A place in the top bar. `name` is its URL name; pages are shown by rising `order`."""

    name: str
    label: str | Promise
    order: int = 50
    roles: tuple[Role, ...] = MEMBERS


@dataclass(frozen=True)
class NavigationLink:
    label: str
    url: str
    is_here: bool


_pages: dict[str, Page] = {}


def register_page(page: Page) -> None:
    """Idempotent by name."""
    _pages[page.name] = page


def links_for(request: HttpRequest) -> list[NavigationLink]:
    """The pages that this person's role may open."""
    membership = getattr(request, "membership", None)
    if membership is None:
        return []
    links = []
    for page in sorted(_pages.values(), key=lambda page: page.order):
        if membership.role not in page.roles:
            continue
        url = reverse(page.name)
        is_here = request.path == url or (url != "/" and request.path.startswith(url))
        links.append(NavigationLink(str(page.label), url, is_here))
    return links
