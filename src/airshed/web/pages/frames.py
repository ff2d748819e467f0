"""All steps of the window around the cursor, for the island that plays them."""

from __future__ import annotations

from typing import Any

from airshed.web.desk import Desk
from airshed.web.frames import Frames, frames_at
from airshed.web.pages.common import categories_of, cursor_of, label_of
from airshed.web.pages.now import city_rows, sentence
from airshed.web.readings import index_provision, span
from airshed.web.state import Cursor
from airshed.web.stations import station_categories

__all__ = ["frames_page"]


def frames_page(desk: Desk) -> dict[str, Any]:
    """The dict of ``/frames.json``: for each step its label, its sentence, and each city's reading."""
    extent = span(desk)
    cursor = cursor_of(desk, extent)
    if extent is None or cursor is None:
        return {"steps": [], "labels": [], "sentences": [], "places": {}, "stations": {}}
    frames = frames_at(desk, cursor, extent)
    key = ("frames.json", desk.words.language, desk.region.id, frames.steps[0], frames.steps[-1])
    return desk.remember(key, lambda: _told(desk, frames))


def _told(desk: Desk, frames: Frames) -> dict[str, Any]:
    return {
        "steps": [str(s) for s in frames.steps],
        "labels": [label_of(desk.words, s) for s in frames.steps],
        "sentences": [_sentence(desk, frames, s) for s in frames.steps],
        "items": list(frames.items),
        "places": {p: _column(frames, p) for p in frames.places},
        "stations": station_categories(desk, frames),
    }


def _sentence(desk: Desk, frames: Frames, step: Cursor) -> str:
    categories = desk.remember(
        ("categories", desk.words.language, desk.region.id, step.day.replace(day=1)),
        lambda: categories_of(index_provision(desk, step.day), desk.words),
    )
    return sentence(desk.words, city_rows(desk, frames, step), categories)


def _column(frames: Frames, place: str) -> dict[str, list[Any]]:
    readings = [frames.at(place, s) for s in frames.steps]
    return {
        "aqi": [r.aqi for r in readings],
        "category": [r.category for r in readings],
        "primary": ["+".join(r.primary) for r in readings],
        "pm25": [r.values[0] for r in readings],
        frames.items[-1]: [r.values[-1] for r in readings],
    }
