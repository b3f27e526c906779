"""Django settings. What differs between installations comes from the environment (see .env.example)."""

from __future__ import annotations

import contextlib
import os
import secrets
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from connectify.environment import BASE_DIR, RUN_DIR, database, flag, server_url
from connectify.settings_security import *  # noqa: F403

DEBUG = flag("CONNECTIFY_DEBUG")
ALLOWED_HOSTS = os.environ.get("CONNECTIFY_HOSTS", "127.0.0.1,localhost,[::1]").split(",")


def _secret_key() -> str:
    """From the environment, else kept beside the embedded servers so that sessions survive a restart."""
    if value := os.environ.get("CONNECTIFY_SECRET_KEY"):
        return value
    file = RUN_DIR / "secret_key"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        own = file.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(own, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as stream:
            stream.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(own, file)  # of processes that start together the first one's counts, whole
        own.unlink()
    return file.read_text()


SECRET_KEY = _secret_key()

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django_htmx",
    "rest_framework",
    "drf_spectacular",
    "connectify.users",
    "connectify.tenants",
    "connectify.instances",
    "connectify.sealing",
    "connectify.sync",
    "connectify.audit",
    "connectify.api",
    "connectify.dashboard",
    "pohoda_bridge.server",
    "allegro_integration",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # First what every answer carries, also of static files and of what is refused on the way in.
    "connectify.dashboard.headers.HeadersMiddleware",
    "connectify.dashboard.content_policy.ContentPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "connectify.dashboard.languages.OfferedLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "connectify.api.middleware.ApiMiddleware",
    "connectify.tenants.middleware.TenantMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "connectify.dashboard.access.AccessMiddleware",
]

ROOT_URLCONF = "connectify.urls"
ASGI_APPLICATION = "connectify.asgi.application"
# Async applications beside Django, by path prefix.
ASGI_MOUNTS = {"/bridge/": "pohoda_bridge.server.asgi.application"}
WSGI_APPLICATION = None
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "connectify.dashboard.context.frame",
            ],
        },
    },
]

# The serving role does not own the tables; the owner migrates (DESIGN decision 2).
DATABASES = {
    "default": database(server_url("DATABASE_URL")),
    "owner": database(server_url("DATABASE_OWNER_URL") or server_url("DATABASE_URL")),
}
DATABASE_ROUTERS: list[str] = []
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = server_url("REDIS_URL")
# Counters of rate limits, and lists that can be asked for again (ADR 15): losing them loses no work.
CACHES = {"default": {"BACKEND": "connectify.counters.SteadyCounters", "LOCATION": REDIS_URL}}

# --- Mail (invitations, forgotten passwords): without a server it is written to the log ------------------------------
EMAIL_HOST = os.environ.get("CONNECTIFY_MAIL_HOST", "")
EMAIL_PORT = int(os.environ.get("CONNECTIFY_MAIL_PORT", "587"))
EMAIL_HOST_USER = os.environ.get("CONNECTIFY_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("CONNECTIFY_MAIL_PASSWORD", "")
EMAIL_USE_TLS = flag("CONNECTIFY_MAIL_TLS", default=True)
EMAIL_TIMEOUT = 10
EMAIL_BACKEND = f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'console'}.EmailBackend"
DEFAULT_FROM_EMAIL = os.environ.get("CONNECTIFY_MAIL_FROM", "Connectify <noreply@connectify.example>")

LANGUAGE_CODE = "cs"
LANGUAGES = [("cs", _("Czech")), ("en", _("English")), ("pl", _("Polish")), ("sk", _("Slovak"))]
LOCALE_PATHS = [BASE_DIR / "connectify" / "locale"]
TIME_ZONE = "Europe/Prague"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(os.environ.get("CONNECTIFY_STATIC_ROOT", RUN_DIR / "static"))
STATICFILES_DIRS = [BASE_DIR / "connectify" / "dashboard" / "assets"]
WHITENOISE_USE_FINDERS = True

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

UNFOLD = {
    "SITE_TITLE": "Connectify",
    "SITE_HEADER": "Connectify",
    "SITE_URL": "/",
    "SITE_SYMBOL": "support_agent",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/connectify/mark.svg"}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": ["/static/connectify/support.css"],
    "GLOBAL_CALLBACK": "connectify.dashboard.support_frame.frame",
    "DASHBOARD_CALLBACK": "connectify.dashboard.support.front",
    "SIDEBAR": {"navigation": "connectify.dashboard.support_frame.menu", "show_search": False},
}

# --- API for partners' programs -------------------------------------------------------------------------------------
API_PER_MINUTE = int(os.environ.get("CONNECTIFY_API_PER_MINUTE", "300"))
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "connectify.api.description.Described",
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Connectify API",
    "DESCRIPTION": "What runs, what waits and why, for partners' programs. A key belongs to one company.",
    "VERSION": "1.0.0",
    "OAS_VERSION": "3.1.0",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [],
    "COMPONENT_SPLIT_REQUEST": False,
}

# --- engine ---------------------------------------------------------------------------------------------------------
SYNC_LEASE_S = int(os.environ.get("CONNECTIFY_LEASE_S", "120"))
SYNC_SWEEP_S = float(os.environ.get("CONNECTIFY_SWEEP_S", "15"))
SYNC_DISPATCH_S = float(os.environ.get("CONNECTIFY_DISPATCH_S", "1"))
SYNC_NUDGE_S = int(os.environ.get("CONNECTIFY_NUDGE_S", "30"))
SYNC_ATTEMPTS = 5

# --- secrets --------------------------------------------------------------------------------------------------------
# Key-encryption keys: a directory of files `<key id>.key` (32 bytes, base64). The newest id by name is active.
SEALING_KEY_DIR = Path(os.environ.get("CONNECTIFY_SEALING_KEY_DIR", RUN_DIR / "keys" / "sealing"))
# The web process starts without it (DESIGN decision 4): only workers sign jobs.
JOB_SIGNING_KEY_FILE = os.environ.get("CONNECTIFY_JOB_SIGNING_KEY_FILE", "")
JOB_VERIFY_KEY_FILE = Path(os.environ.get("CONNECTIFY_JOB_VERIFY_KEY_FILE", RUN_DIR / "keys" / "jobs.pub"))

# --- bridge ---------------------------------------------------------------------------------------------------------
BRIDGE_POLL_WAIT_S = float(os.environ.get("CONNECTIFY_POLL_WAIT_S", "25"))
BRIDGE_RECHECK_S = float(os.environ.get("CONNECTIFY_POLL_RECHECK_S", "5"))
# A job without a result for this long is handed out again; an agent that has it knows so from its journal.
BRIDGE_REHAND_S = float(os.environ.get("CONNECTIFY_REHAND_S", "60"))
# After a try or a lookup that did not get through.
BRIDGE_RETRY_S = float(os.environ.get("CONNECTIFY_BRIDGE_RETRY_S", "60"))
# Records on one page of an export: an order of a buyer's waits at most for one page.
MIRROR_PAGE = int(os.environ.get("POHODA_MIRROR_PAGE", "1000"))
# How often, and for how many days, a confirmed order is looked up again: it may have been deleted or lost by a backup.
POHODA_RECHECK_S = float(os.environ.get("POHODA_RECHECK_S", "21600"))
POHODA_WATCH_DAYS = 14
POHODA_XSD_DIR = os.environ.get("POHODA_XSD_DIR", "")

# --- Allegro --------------------------------------------------------------------------------------------------------
ALLEGRO_CLIENT_ID = os.environ.get("ALLEGRO_CLIENT_ID", "")
ALLEGRO_CLIENT_SECRET = os.environ.get("ALLEGRO_CLIENT_SECRET", "")
# Where that application is registered, comma-separated: production, sandbox, custom. Empty: custom where its address is
# given, else production.
ALLEGRO_ENVIRONMENTS = os.environ.get("ALLEGRO_ENVIRONMENTS", "")
ALLEGRO_USER_AGENT = os.environ.get("ALLEGRO_USER_AGENT", "Connectify/0.1.0 (+https://connectify.example/about)")
# Total deadline of one call; a lease and a task outlive it.
ALLEGRO_CALL_S = float(os.environ.get("ALLEGRO_CALL_S", "45"))
# The same for sending a file.
ALLEGRO_UPLOAD_S = float(os.environ.get("ALLEGRO_UPLOAD_S", "90"))
# How often the list of forms is read to find what the journal missed.
ALLEGRO_SWEEP_S = int(os.environ.get("ALLEGRO_SWEEP_S", "900"))
# How often the whole list of offers is read to find what their journal missed.
ALLEGRO_OFFERS_LIST_S = int(os.environ.get("ALLEGRO_OFFERS_LIST_S", "21600"))
# Base addresses of the environment named "custom" (our own sandbox).
ALLEGRO_CUSTOM_API_URL = os.environ.get("ALLEGRO_CUSTOM_API_URL", "")
ALLEGRO_CUSTOM_AUTH_URL = os.environ.get("ALLEGRO_CUSTOM_AUTH_URL", "")

# --- Celery ---------------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 55
CELERY_TASK_TIME_LIMIT = 75
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_throttle": 1,
    "socket_timeout": 1.0,
    "socket_connect_timeout": 1.0,
}
# A tick nobody took in time is worth nothing: without an end they would pile up while all workers are busy.
CELERY_BEAT_SCHEDULE = {
    "tick": {
        "task": "connectify.sync.tasks.tick",
        "schedule": SYNC_DISPATCH_S,
        "options": {"expires": 5 * SYNC_DISPATCH_S},
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {
        "hide_tokens": {"()": "connectify.log_filters.HideTokens"},
        "refusals": {"()": "connectify.log_filters.RefusalsInOneLine"},
    },
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["hide_tokens", "refusals"]}
    },
    "root": {"handlers": ["console"], "level": os.environ.get("CONNECTIFY_LOG_LEVEL", "INFO")},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
        # uvicorn's own handler would write addresses as they are.
        "uvicorn.access": {"handlers": ["console"], "propagate": False},
    },
}
