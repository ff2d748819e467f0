"""The only code of the feeds that touches the network: hours of OpenAQ's API v3, kept as JSON.

``GET /v3/locations/{id}`` names the sensors of a location; ``GET /v3/sensors/{id}/hours`` gives their
hourly means, page by page. A key is wanted (header ``X-API-Key``); 429 says with ``Retry-After`` how long
to wait.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from airshed.errors import BadInput

__all__ = ["PUBLIC", "OpenAqService", "fetch_location"]

PUBLIC = "https://api.openaq.org"
_PAGE = 1_000
_LONGEST_WAIT = 120.0  # s; a service that asks for more is left alone
_TOO_MANY = 429
_SERVER = 500


@dataclass(frozen=True)
class OpenAqService:
    """Where the service is and how patiently it is asked.

    Parameters:
        timeout: longest silence [s].
        tries: how often one page is asked for.
        wait: sleeps so many seconds; handed in so that tests need not.
    """

    api_key: str
    base_url: str = PUBLIC
    timeout: float = 30.0
    tries: int = 5
    wait: Callable[[float], None] = time.sleep

    def pages(self, client: httpx.Client, path: str, query: dict[str, Any]) -> Iterator[list[Any]]:
        """Results page by page, until one is not full."""
        page = 1
        while True:
            results = self.results(client, path, {**query, "limit": _PAGE, "page": page})
            yield results
            if len(results) < _PAGE:
                return
            page += 1

    def results(self, client: httpx.Client, path: str, query: dict[str, Any]) -> list[Any]:
        """The results of one request, asked for again while the service is busy or out of order.

        Raises:
            BadInput: the service refuses, stays out of order, or answers with something else than results.
        """
        came, pause = "", 0.0
        for attempt in range(self.tries):
            if pause:
                self.wait(pause)
            answer, came, pause = self._ask(client, path, query, attempt)
            if answer is not None:
                return answer
        raise BadInput(
            f"an answer of {self.base_url}{path}", came, f"asked {self.tries} times; try again later"
        )

    def _ask(
        self, client: httpx.Client, path: str, query: dict[str, Any], attempt: int
    ) -> tuple[list[Any] | None, str, float]:
        """The results, or what came instead and how long to wait before asking again [s]."""
        pause = min(2.0**attempt, _LONGEST_WAIT)
        try:
            answer = client.get(path, params=query)
        except httpx.TransportError as error:
            return None, f"{type(error).__name__}: {error}", pause
        if answer.status_code == _TOO_MANY:
            return None, "429 Too Many Requests", self._asked_pause(answer, pause)
        if answer.status_code >= _SERVER:
            return None, f"status {answer.status_code}", pause
        if answer.is_error:
            advice = "check the key in X-API-Key" if answer.status_code in {401, 403} else "check the id"
            raise BadInput(f"an answer of {self.base_url}{path}", f"status {answer.status_code}", advice)
        try:
            return list(answer.json()["results"]), "", 0.0
        except (ValueError, KeyError, TypeError):
            return None, f"broken JSON: {answer.text[:80]!r}", pause

    def _asked_pause(self, answer: httpx.Response, otherwise: float) -> float:
        text = answer.headers.get("Retry-After", "")
        pause = float(text) if text.isdecimal() else otherwise
        if pause > _LONGEST_WAIT:
            wanted = f"an answer of {self.base_url} within {_LONGEST_WAIT:.0f} s"
            raise BadInput(wanted, f"429 with Retry-After {text}", "the quota is used up: try again later")
        return pause


def fetch_location(
    location: int, start: datetime, end: datetime, folder: Path, service: OpenAqService
) -> list[Path]:
    """Hourly means of all sensors of one location, one JSON file a sensor, for the feed to read.

    A file is written when all pages of its sensor have come, and then all at once.

    Parameters:
        start, end: with zone; the hours that begin at or after ``start`` and end by ``end``.
        folder: where the files go; made if absent.

    Raises:
        BadInput: the service did not give what was asked; files of the sensors before remain.
    """
    folder.mkdir(parents=True, exist_ok=True)
    span = {"datetime_from": _text(start), "datetime_to": _text(end)}
    headers = {"X-API-Key": service.api_key, "Accept": "application/json"}
    written = []
    with httpx.Client(base_url=service.base_url, headers=headers, timeout=service.timeout) as client:
        found = service.results(client, f"/v3/locations/{location}", {})
        if not found:
            raise BadInput(
                f"location {location} of OpenAQ", "no such location", "look its id up on the map of OpenAQ"
            )
        for sensor in found[0].get("sensors", []):
            pages = service.pages(client, f"/v3/sensors/{sensor['id']}/hours", span)
            results = [result for page in pages for result in page]
            path = folder / f"openaq-{location}-{sensor['id']}-{start:%Y%m%d}-{end:%Y%m%d}.json"
            _write(path, {"location": found[0], "sensor": sensor, "results": results})
            written.append(path)
    return written


def _text(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _write(path: Path, content: dict[str, Any]) -> None:
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    partial.replace(path)
