"""The web process: Django for people and partners, a small async app for agents beside it (DESIGN decision 4)."""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "connectify.settings")

django_application = get_asgi_application()

from django.conf import settings  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

_mounts = {prefix: import_string(dotted) for prefix, dotted in settings.ASGI_MOUNTS.items()}


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
        return
    for prefix, mounted in _mounts.items():
        if scope["type"] == "http" and scope["path"].startswith(prefix):
            await mounted(scope, receive, send)
            return
    await django_application(scope, receive, send)


async def _lifespan(receive: Any, send: Any) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
