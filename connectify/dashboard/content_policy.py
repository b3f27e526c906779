"""What a page may load and run. The administration's pages are another library's: their scripts evaluate expressions.

Still no inline script or style works there, and nothing from elsewhere: `unsafe-eval` is for Alpine's expressions in
attributes. Everywhere else nothing is loosened.
"""

from __future__ import annotations

from typing import Any, Final

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

ADMIN: Final = "/admin/"
LOOSENED: Final[dict[str, Any]] = {"script-src": ["'self'", "'unsafe-eval'"]}


class ContentPolicyMiddleware(CSPMiddleware):
    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if request.path_info.startswith(ADMIN) and not report_only:
            parts.config = {**settings.CONTENT_SECURITY_POLICY["DIRECTIVES"], **LOOSENED}
        return parts
