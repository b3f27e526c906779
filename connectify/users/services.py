"""Making people's accounts. Nobody signs up by themselves."""

from __future__ import annotations

from connectify.users.models import User


def create_user(
    *,
    email: str,
    password: str | None,
    full_name: str = "",
    language: str = "cs",
    is_staff: bool = False,
) -> User:
    """A person who can sign in with this e-mail address. `password` None: they must be invited to set one."""
    return User.objects.create_user(
        email, password, full_name=full_name, language=language, is_staff=is_staff, is_superuser=False
    )
