"""What every page of the administration shows around its content: the menu, and whom support visits."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from connectify.dashboard.visit_admin import VisitAdmin, is_visit
from connectify.tenants.staff import visit_until


def frame(request: HttpRequest) -> dict[str, Any]:
    """unfold's GLOBAL_CALLBACK. Its colours come from our own style sheet: the policy takes no inline style."""
    return {
        "colors": None,
        "visit": request.membership if is_visit(request) else None,  # type: ignore[attr-defined]
        "visit_until": visit_until(request) if is_visit(request) else None,
    }


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """unfold's SIDEBAR navigation: the platform first; the visited company's tables while there is one."""
    platform = [
        _item(_("Platform"), reverse("admin:index"), "monitor_heart"),
        _item(_("Companies"), reverse("admin:companies"), "domain"),
        _item(_("Switches"), reverse("admin:switches"), "power_settings_new"),
        _item(_("People"), reverse("admin:users_user_changelist"), "group"),
    ]
    groups: list[dict[str, Any]] = [{"title": _("Support"), "items": platform}]
    if is_visit(request):
        pages = [one for one in admin.site._registry.values() if isinstance(one, VisitAdmin)]
        pages.sort(key=lambda page: page.place)
        items = [_item(str(page.label), _list_of(page), page.icon) for page in pages]
        items.append(_item(_("As the customer sees it"), reverse("home"), "open_in_new"))
        groups.append({"title": request.membership.tenant_name, "separator": True, "items": items})  # type: ignore[attr-defined]
    return groups


def _list_of(page: VisitAdmin) -> str:
    return reverse(f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist")


def _item(title: str, link: str, icon: str) -> dict[str, Any]:
    return {"title": title, "link": link, "icon": icon}
