"""Settings of how people sign in and of what browsers are told to guard; a part of connectify/settings.py."""

from __future__ import annotations

import os

from connectify.environment import flag

SECURE = flag("CONNECTIFY_HTTPS")
PUBLIC_URL = os.environ.get("CONNECTIFY_PUBLIC_URL", "http://127.0.0.1:8000")

# --- sign-in --------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "connectify.users.validators.LongEnough", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
# A link to set a new password (seconds); invitations have a life of their own.
PASSWORD_RESET_TIMEOUT = 2 * 3600
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "connectify.users.adapter.InvitationOnlyAdapter"
MFA_ADAPTER = "connectify.sealing.second_factor.SealedMFAAdapter"
# Failed sign-ins: by address, and by account and address, so that nobody can lock another person out (RELIABILITY U3).
ACCOUNT_RATE_LIMITS = {"login_failed": "30/h/ip,5/15m/key", "reset_password": "20/h/ip,3/h/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if flag("CONNECTIFY_BEHIND_PROXY") else 0
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True  # as long as SESSION_COOKIE_AGE says; nobody is asked
ACCOUNT_FORMS = {
    "login": "connectify.users.forms.SignInForm",
    "reauthenticate": "connectify.users.forms.ConfirmForm",
    "change_password": "connectify.users.forms.NewPasswordForm",
    "reset_password": "connectify.users.forms.ForgottenPasswordForm",
    "reset_password_from_key": "connectify.users.forms.ResetPasswordForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "Connectify"
MFA_TOTP_TOLERANCE = 1  # steps of 30 s either way (RELIABILITY U2)

# --- cookies and headers ---------------------------------------------------------------------------------------------
SESSION_COOKIE_AGE = 12 * 3600
# No script of ours reads a cookie: forms bring their token along in a field.
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
LANGUAGE_COOKIE_AGE = 365 * 86400
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_HSTS_SECONDS = 63_072_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if flag("CONNECTIFY_BEHIND_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if SECURE else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    },
}
