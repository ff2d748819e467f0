"""Feeds: one file for each form in which measurements come. A feed parses; what is odd it refuses by line.

Add one: write ``feeds/<name>.py`` with a class that has ``name`` and ``read`` (``schema.Feed``) and name it
in ``FEEDS``.
"""

from __future__ import annotations

from airshed.errors import UnknownFeed
from airshed.observations.feeds.city_daily import CityDaily
from airshed.observations.feeds.city_weather import CityWeather
from airshed.observations.feeds.cnemc import Cnemc
from airshed.observations.feeds.crawl import Crawl
from airshed.observations.feeds.long import Long
from airshed.observations.feeds.openaq import OpenAq
from airshed.observations.feeds.prsa import Prsa
from airshed.observations.schema import Feed

__all__ = ["FEEDS", "feed"]

FEEDS: dict[str, Feed] = {
    f.name: f for f in (CityDaily(), CityWeather(), Cnemc(), Prsa(), Crawl(), Long(), OpenAq())
}
"""All feeds by name."""


def feed(name: str) -> Feed:
    """The feed of this name.

    Raises:
        UnknownFeed: there is none.

    >>> feed("city-daily").name
    'city-daily'
    """
    try:
        return FEEDS[name]
    except KeyError:
        raise UnknownFeed("the name of a feed", repr(name), f"one of {', '.join(sorted(FEEDS))}") from None
