"""Answers in Allegro's media type and the error bodies of the API and of OAuth."""

from typing import Any

from starlette.responses import JSONResponse, Response

from allegro_integration.sandbox.context import dumps

MEDIA_TYPE = "application/vnd.allegro.public.v1+json"


class ApiError(Exception):
    """A refusal in the shape of Allegro's ErrorsHolder."""

    def __init__(self, status: int, code: str, message: str, path: str | None = None) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.path = status, code, message, path

    def described(self) -> dict[str, Any]:
        """One entry of `errors`."""
        return {
            "code": self.code,
            "message": self.message,
            "details": None,
            "path": self.path,
            "userMessage": self.message,
            "metadata": {},
        }


def answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(dumps(value).encode(), status, {"content-type": f"{MEDIA_TYPE};charset=UTF-8", **(headers or {})})


def refusal(error: ApiError) -> Response:
    return answer({"errors": [error.described()]}, error.status)


def oauth_error(status: int, error: str, description: str) -> JSONResponse:
    return JSONResponse({"error": error, "error_description": description}, status, {"Cache-Control": "no-store"})


def failure(status: int) -> Response:
    """What a tired or limiting server says, for the faults of the wire."""
    codes = {429: ("TooManyRequestsException", "Too many requests"), 503: ("ServiceUnavailable", "Try again later")}
    code, message = codes.get(status, ("ServerError", "Internal server error"))
    return refusal(ApiError(status, code, message))
