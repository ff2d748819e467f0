"""All pages of the console. A new page is one line here, one module, one template, one test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from airshed.web.pages.air import air_page, air_picture
from airshed.web.pages.air_city import air_city_page
from airshed.web.pages.air_frames import air_frames_page
from airshed.web.pages.air_matrix import matrix_page
from airshed.web.pages.air_whatif import whatif_page
from airshed.web.pages.city import city_page, city_picture
from airshed.web.pages.data import data_page
from airshed.web.pages.effect import effects_page
from airshed.web.pages.frames import frames_page
from airshed.web.pages.law import law_page
from airshed.web.pages.now import now_page, now_picture
from airshed.web.pages.outlook import outlook_page
from airshed.web.pages.outlook_city import city_outlook_page, city_outlook_picture
from airshed.web.pages.outlook_map import outlook_frames_page, outlook_map_page, outlook_map_picture
from airshed.web.pages.ranking import ranking_page
from airshed.web.pages.scorecard import scorecard_page
from airshed.web.pages.search import search_page
from airshed.web.pages.why import why_page

__all__ = ["PAGES", "Page"]


@dataclass(frozen=True)
class Page:
    """One page: where it lies, what makes its dict, which template prints it, which twins it has."""

    name: str
    path: str
    build: Callable[..., dict[str, Any]]
    endings: tuple[str, ...] = ("json", "csv")
    template: str = ""
    twin: str = ""
    picture: Callable[..., str] | None = None
    """What draws its ``.svg`` from the dict."""

    @property
    def twin_path(self) -> str:
        """Where its twins lie, without their ending."""
        return self.twin or self.path


PAGES = (
    Page(
        "now", "/", now_page, endings=("json", "csv", "svg"), template="now", twin="/now", picture=now_picture
    ),
    Page("frames", "/frames", frames_page, endings=("json",)),
    Page(
        "city",
        "/city/{place}",
        city_page,
        endings=("json", "csv", "svg"),
        template="city",
        picture=city_picture,
    ),
    Page("air", "/air", air_page, endings=("json", "csv", "svg"), template="air", picture=air_picture),
    Page("air-frames", "/air/frames", air_frames_page, endings=("json",)),
    Page("air-matrix", "/air/matrix", matrix_page, template="air_matrix"),
    Page("air-city", "/air/city/{place}", air_city_page, template="air_city"),
    Page("air-whatif", "/air/whatif", whatif_page, template="air_whatif"),
    Page("outlook", "/outlook", outlook_page, template="outlook"),
    Page(
        "outlook-city",
        "/outlook/city/{place}",
        city_outlook_page,
        endings=("json", "csv", "svg"),
        template="outlook_city",
        picture=city_outlook_picture,
    ),
    Page(
        "outlook-map",
        "/outlook/map",
        outlook_map_page,
        endings=("json", "csv", "svg"),
        template="outlook_map",
        picture=outlook_map_picture,
    ),
    Page("outlook-frames", "/outlook/frames", outlook_frames_page, endings=("json",)),
    Page("scorecards", "/scorecards", scorecard_page, template="scorecard"),
    Page("effects", "/effects", effects_page, template="effect"),
    Page("ranking", "/ranking", ranking_page, template="ranking"),
    Page("data", "/data", data_page, template="data"),
    Page("law", "/law", law_page, template="law"),
    Page("why", "/why/{place}", why_page, endings=("json",), template="why"),
    Page("search", "/search", search_page, endings=("json",), template="search"),
)
