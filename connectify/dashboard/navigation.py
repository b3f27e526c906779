"""The places in the top bar and, below them, the pages of a section. Modules register theirs when they start."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise

from connectify.dashboard.access import MEMBERS
from connectify.tenants.models import Role


@dataclass(frozen=True)
class Page:
    """A place in the top bar, or in the bar of its `section`. `name` is its URL name; shown by rising `order`.

    A section is named by the URL name of its own page in the top bar ("setup", "company").
    """

    name: str
    label: str | Promise
    order: int = 50
    roles: tuple[Role, ...] = MEMBERS
    section: str = ""


@dataclass(frozen=True)
class NavigationLink:
    label: str
    url: str
    is_here: bool


_pages: dict[str, Page] = {}


def register_page(page: Page) -> None:
    """Idempotent by name. A page may stand in the top bar and first in its own section."""
    _pages[f"{page.section}:{page.name}"] = page


def links_for(request: HttpRequest) -> list[NavigationLink]:
    """The places of the top bar that this person's role may open."""
    return _links(request, "")


def section_links_for(request: HttpRequest) -> list[NavigationLink]:
    """The pages of the section that this address lies in; none outside of the sections."""
    for section in sorted({page.section for page in _pages.values() if page.section}):
        if request.path.startswith(reverse(section)):
            return _links(request, section)
    return []


def _links(request: HttpRequest, section: str) -> list[NavigationLink]:
    membership = getattr(request, "membership", None)
    if membership is None:
        return []
    shown = [page for page in _pages.values() if page.section == section and membership.role in page.roles]
    shown.sort(key=lambda page: page.order)
    urls = [reverse(page.name) for page in shown]
    fitting = [url for url in urls if request.path == url or (url != "/" and request.path.startswith(url))]
    here = max(fitting, key=len, default="")
    return [NavigationLink(str(page.label), url, url == here) for page, url in zip(shown, urls, strict=True)]
