"""The settings under test, on servers of the tests' own."""

from tests import servers

servers.prepare()

from connectify.settings import *  # noqa: E402, F403

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}  # each process counts for itself
