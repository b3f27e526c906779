"""Forms about passwords, without what our pages say better: labels stand above the fields, not inside."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ChangePasswordForm, LoginForm, ReauthenticateForm


class _Plain:
    """No placeholders, and no way to the page for forgotten passwords, which we do not have."""

    fields: dict[str, Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if name in ("password", "oldpassword"):
                field.help_text = ""


class SignInForm(_Plain, LoginForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"].widget.attrs |= {"autocomplete": "username", "autofocus": True}


class ConfirmForm(_Plain, ReauthenticateForm):  # type: ignore[misc]
    pass


class NewPasswordForm(_Plain, ChangePasswordForm):  # type: ignore[misc]
    pass
