"""The next days: forecast weather, methods, coherent members, outlooks, and the record of how good they were."""

from __future__ import annotations

__all__: list[str] = []
