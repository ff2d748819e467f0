"""Errors as people and machines can read them: RFC 9457 problem documents."""

from __future__ import annotations

from typing import Any

from airshed.errors import AirshedError, BadInput, LawNotFound, Missing, UnknownPlace

__all__ = ["MEDIA_TYPE", "problem", "status_of", "wants_json"]

MEDIA_TYPE = "application/problem+json"

_STATUS: tuple[tuple[type[AirshedError], int], ...] = (
    (UnknownPlace, 404),
    (BadInput, 400),
    (LawNotFound, 404),
    (Missing, 503),
)


def status_of(error: AirshedError) -> int:
    """The HTTP status an error of ours answers with."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def problem(status: int, title: str, detail: str = "", instance: str = "", **more: Any) -> dict[str, Any]:
    """The members of a problem document; ``type`` is ``about:blank``, so ``title`` says it."""
    body = {"type": "about:blank", "status": status, "title": title, "detail": detail, "instance": instance}
    return {k: v for k, v in (body | more).items() if v not in ("", None)}


def wants_json(path: str, accept: str) -> bool:
    """Whether the answer is read by a machine: by the ending asked for, or by what it accepts."""
    return path.endswith((".json", ".csv")) or ("json" in accept and "text/html" not in accept)
